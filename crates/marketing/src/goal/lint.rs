//! The goal linter: a verdict for each letter of SMART, with its evidence and a stable code.

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_stats::association::{self, Association};

use super::days_between;
use super::outlook::Outlook;
use super::wording::Writing;
use crate::metric::DayValue;
use crate::phrase::Phrase;

/// A letter of SMART.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letter {
    Specific,
    Measurable,
    Achievable,
    Relevant,
    TimeBound,
}

impl Letter {
    pub const ALL: [Letter; 5] = [
        Letter::Specific,
        Letter::Measurable,
        Letter::Achievable,
        Letter::Relevant,
        Letter::TimeBound,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Letter::Specific => "S",
            Letter::Measurable => "M",
            Letter::Achievable => "A",
            Letter::Relevant => "R",
            Letter::TimeBound => "T",
        }
    }
}

/// Most active KPIs that one person and one team can steer.
pub const MOST_PER_PERSON: usize = 7;
pub const MOST_PER_TEAM: usize = 12;

/// Probabilities outside of these are too hard or too easy to mean anything.
pub const PROBABILITY_LOW: f64 = 0.1;
pub const PROBABILITY_HIGH: f64 = 0.9;

/// Days of zeros that make a flat history.
const FLAT_DAYS: usize = 28;

/// Days without figures after which data of events no longer arrive.
const SILENT_DAYS: i64 = 3;

/// Metrics that are easy to raise and easy to like.
const VANITY: [&str; 8] =
    ["likes", "followers", "pageviews", "visits", "visitors", "impressions", "reach", "mentions"];

/// Whether a metric says little unless it is tied to an outcome.
pub fn is_vanity(metric: &str) -> bool {
    VANITY.contains(&metric)
}

/// How a metric moved with an outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The outcome's name.
    pub outcome: String,
    /// Days by which the metric leads.
    pub lag: usize,
    /// −1 to 1.
    pub correlation: f64,
    /// After correction for having tried several lags.
    pub p_value: f64,
    pub associated: bool,
    /// Days that were compared.
    pub days: usize,
}

/// Largest share of false associations, and the most days by which a metric may lead.
const FALSE_SHARE: f64 = 0.05;
const MOST_LAG: usize = 14;

/// Compares a metric's days with an outcome's; `None` when there are too few or one never changes.
pub fn link(metric: &[DayValue], outcome: &[DayValue], outcome_name: &str) -> Option<Link> {
    let first = metric.first()?.day.max(outcome.first()?.day);
    let last = metric.last()?.day.min(outcome.last()?.day);
    let length = usize::try_from(days_between(first, last)).ok().filter(|length| *length > 0)?;
    let series = |days: &[DayValue]| {
        let mut values = vec![f64::NAN; length];
        for day in days.iter().filter(|day| first <= day.day && day.day <= last) {
            if let Ok(at) = usize::try_from(days_between(first, day.day) - 1) {
                values[at] = day.numerator;
            }
        }
        values
    };
    let found = association::associate(&series(metric), &series(outcome), 7, MOST_LAG).ok()?;
    let Association { lags, strongest } = &found;
    let best = lags.get(*strongest)?;
    Some(Link {
        outcome: outcome_name.to_owned(),
        lag: best.lag,
        correlation: best.correlation,
        p_value: best.adjusted,
        associated: found.associated(FALSE_SHARE),
        days: length,
    })
}

/// What is known about a goal when it is judged.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// Id of the metric.
    pub metric: &'a str,
    pub writing: Writing,
    /// Filters narrow the metric, or it is of one place already (an account's followers, a keyword).
    pub narrowed: bool,
    /// Days with figures, oldest first.
    pub history: &'a [DayValue],
    /// Usual days between two figures: 1 for events, 7 for a figure that is typed in weekly.
    pub every_days: i64,
    /// `None` when there are too few figures.
    pub outlook: Option<&'a Outlook>,
    /// The objective's name.
    pub objective: Option<&'a str>,
    /// How the metric moved with the objective's outcome, if it has one with figures.
    pub link: Option<&'a Link>,
    pub start: Date,
    pub deadline: Option<Date>,
    pub today: Date,
    /// Another active goal that counts the same.
    pub twin: Option<&'a str>,
    /// The owner's name.
    pub owner: Option<&'a str>,
    /// Active KPIs with this one.
    pub active_of_owner: usize,
    pub active_of_team: usize,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Ok,
    /// It may be right so.
    Advice,
    /// It should be changed.
    Warning,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Advice => "advice",
            Level::Warning => "warning",
        }
    }
}

/// What was found. The phrase's key is the stable code.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    pub letter: Letter,
    pub level: Level,
    pub evidence: Phrase,
}

impl Verdict {
    pub fn code(&self) -> &'static str {
        self.evidence.key
    }
}

/// At least one verdict for each letter, in their order.
pub fn lint(facts: &Facts) -> Vec<Verdict> {
    let mut found = Vec::new();
    specific(facts, &mut found);
    found.push(measurable(facts));
    found.push(achievable(facts));
    relevant(facts, &mut found);
    time_bound(facts, &mut found);
    found
}

fn verdict(letter: Letter, level: Level, evidence: Phrase) -> Verdict {
    Verdict { letter, level, evidence }
}

fn specific(facts: &Facts, found: &mut Vec<Verdict>) {
    found.push(if facts.narrowed {
        verdict(Letter::Specific, Level::Ok, Phrase::new("segmented"))
    } else {
        verdict(Letter::Specific, Level::Warning, Phrase::new("unsegmented"))
    });
    if let Some(twin) = facts.twin {
        let phrase = Phrase::new("duplicate").text_value("goal", twin);
        found.push(verdict(Letter::Specific, Level::Warning, phrase));
    }
    match facts.owner {
        None => found.push(verdict(Letter::Specific, Level::Warning, Phrase::new("owner_missing"))),
        Some(owner) => {
            let phrase = Phrase::new("owned").text_value("owner", owner);
            found.push(verdict(Letter::Specific, Level::Ok, phrase));
        }
    }
}

fn measurable(facts: &Facts) -> Verdict {
    let warning = |phrase| verdict(Letter::Measurable, Level::Warning, phrase);
    let Some(newest) = facts.history.last().map(|day| day.day) else {
        return warning(Phrase::new("no_data_ever"));
    };
    let silent = days_between(newest, facts.today) - 1;
    if silent > SILENT_DAYS.max(2 * facts.every_days) {
        return warning(Phrase::new("no_data_arriving").day("day", newest));
    }
    let since = facts.today.saturating_sub(i64::try_from(FLAT_DAYS).unwrap_or(28).days());
    let recent = facts.history.iter().filter(|day| day.day >= since);
    if recent.clone().all(|day| day.numerator == 0.0) && facts.history.len() >= 7 {
        return warning(Phrase::new("flat_zero_history").number("days", FLAT_DAYS as f64, 0));
    }
    let phrase =
        Phrase::new("measured").number("days", facts.history.len() as f64, 0).day("day", newest);
    verdict(Letter::Measurable, Level::Ok, phrase)
}

fn achievable(facts: &Facts) -> Verdict {
    let Some(outlook) = facts.outlook else {
        return verdict(Letter::Achievable, Level::Advice, Phrase::new("no_forecast"));
    };
    let said = |key| Phrase::new(key).chance("probability", outlook.probability);
    let target = facts.writing.value(outlook.target);
    if outlook.probability < PROBABILITY_LOW {
        verdict(Letter::Achievable, Level::Warning, said("probability_low").with("target", target))
    } else if outlook.probability > PROBABILITY_HIGH {
        verdict(Letter::Achievable, Level::Warning, said("probability_high").with("target", target))
    } else {
        verdict(Letter::Achievable, Level::Ok, said("achievable"))
    }
}

fn relevant(facts: &Facts, found: &mut Vec<Verdict>) {
    found.push(match facts.objective {
        Some(objective) => {
            let phrase = Phrase::new("objective").text_value("objective", objective);
            verdict(Letter::Relevant, Level::Ok, phrase)
        }
        None => verdict(Letter::Relevant, Level::Warning, Phrase::new("no_objective")),
    });
    match facts.link {
        Some(link) => {
            let key = if link.associated {
                "metric_moves_outcome"
            } else {
                "metric_unrelated_to_outcome"
            };
            let level = if link.associated { Level::Ok } else { Level::Warning };
            let phrase = Phrase::new(key)
                .text_value("outcome", link.outcome.as_str())
                .number("correlation", link.correlation, 2)
                .number("lag", link.lag as f64, 0)
                .number("days", link.days as f64, 0);
            found.push(verdict(Letter::Relevant, level, phrase));
        }
        None if is_vanity(facts.metric) && !facts.narrowed => {
            found.push(verdict(Letter::Relevant, Level::Warning, Phrase::new("vanity_untied")));
        }
        None => {}
    }
    let (person, team) = (facts.active_of_owner, facts.active_of_team);
    if let Some(owner) = facts.owner
        && person > MOST_PER_PERSON
    {
        let phrase = Phrase::new("too_many_for_person")
            .text_value("owner", owner)
            .number("count", person as f64, 0)
            .number("most", MOST_PER_PERSON as f64, 0);
        found.push(verdict(Letter::Relevant, Level::Warning, phrase));
    }
    if team > MOST_PER_TEAM {
        let phrase = Phrase::new("too_many_for_team").number("count", team as f64, 0).number(
            "most",
            MOST_PER_TEAM as f64,
            0,
        );
        found.push(verdict(Letter::Relevant, Level::Warning, phrase));
    }
}

fn time_bound(facts: &Facts, found: &mut Vec<Verdict>) {
    let Some(deadline) = facts.deadline else {
        found.push(verdict(Letter::TimeBound, Level::Warning, Phrase::new("no_deadline")));
        return;
    };
    found.push(if deadline < facts.today {
        verdict(
            Letter::TimeBound,
            Level::Warning,
            Phrase::new("deadline_past").day("day", deadline),
        )
    } else {
        let days = days_between(facts.start, deadline) as f64;
        let phrase = Phrase::new("time_bound").day("day", deadline).number("days", days, 0);
        verdict(Letter::TimeBound, Level::Ok, phrase)
    });
}

/// A goal by what it counts, to find those that count the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted<'a> {
    pub id: &'a str,
    pub metric: &'a str,
    /// The query API's filters, in any order.
    pub filters: &'a [serde_json::Value],
    pub start: Date,
    pub deadline: Date,
}

/// The first of `others` that counts the same as `goal` on some of the same days.
pub fn duplicate<'a>(goal: &Counted, others: &'a [Counted<'a>]) -> Option<&'a str> {
    let normal = |filters: &[serde_json::Value]| {
        let mut texts: Vec<String> = filters.iter().map(ToString::to_string).collect();
        texts.sort();
        texts
    };
    others
        .iter()
        .find(|other| {
            other.id != goal.id
                && other.metric == goal.metric
                && other.start <= goal.deadline
                && goal.start <= other.deadline
                && normal(other.filters) == normal(goal.filters)
        })
        .map(|other| other.id)
}

#[cfg(test)]
mod tests;
