//! The goal linter: a verdict for each letter of SMART, with its evidence and a stable code.

pub mod budget;
mod link;
mod plan;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::days_between;
use super::outlook::Outlook;
use super::wording::Writing;
use crate::metric::DayValue;
use crate::observation::every_days;
use crate::phrase::Phrase;

pub use link::{Figures, Link, Tie, tie};
pub use plan::{Said, said};

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

/// Days of zeros that make a flat history, of what comes more often than every nine days.
const FLAT_DAYS: i64 = 28;

/// Days without figures after which data of events no longer arrive.
const SILENT_DAYS: i64 = 3;

/// Metrics that are easy to raise and easy to like.
const VANITY: [&str; 8] =
    ["likes", "followers", "pageviews", "visits", "visitors", "impressions", "reach", "mentions"];

/// Whether a metric says little unless it is tied to an outcome.
pub fn is_vanity(metric: &str) -> bool {
    VANITY.contains(&metric)
}

/// What is known about a goal when it is judged.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// Id of the metric, or of the ready one that it counts.
    pub metric: &'a str,
    pub writing: Writing,
    /// Filters narrow the metric, or it is of one place already (an account's followers, a keyword).
    pub narrowed: bool,
    /// Whether people or programs enter it; otherwise it is counted from the site's events.
    pub observed: bool,
    /// Days with figures, oldest first; with the zeros of days on which none of its events came.
    pub history: &'a [DayValue],
    /// The last day on which data arrived: a figure of its own, or any event of the site. `None` without figures.
    pub arrived: Option<Date>,
    /// Usual days between two arrivals: 1 for events, 7 for a figure that is typed in weekly.
    pub every_days: i64,
    /// `None` when there are too few figures.
    pub outlook: Option<&'a Outlook>,
    /// The objective's name.
    pub objective: Option<&'a str>,
    /// How the metric moved with the objective's outcome, if it has one.
    pub tie: Option<&'a Tie>,
    /// Months over which its budget is spread; `None` without one.
    pub budget_months: Option<i64>,
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

/// The codes of all verdicts.
pub const CODES: [&str; 29] = [
    "segmented",
    "unsegmented",
    "duplicate",
    "owned",
    "owner_missing",
    "measured",
    "no_data_ever",
    "no_data_arriving",
    "flat_zero_history",
    "achievable",
    "no_forecast",
    "probability_low",
    "probability_high",
    "objective",
    "no_objective",
    "metric_moves_outcome",
    "metric_unrelated_to_outcome",
    "link_not_yet_known",
    "vanity_untied",
    "budget_spread",
    "budget_not_spread",
    "too_many_for_person",
    "too_many_for_team",
    "time_bound",
    "deadline_past",
    "no_deadline",
    "target_against_direction",
    "baseline_differs",
    "counted_each_day",
];

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
    found.extend(budget_spread(facts));
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
    let Some(newest) = facts.arrived.filter(|_| !facts.history.is_empty()) else {
        return warning(Phrase::new("no_data_ever"));
    };
    let silent = days_between(newest, facts.today) - 1;
    if silent > SILENT_DAYS.max(2 * facts.every_days) {
        return warning(Phrase::new("no_data_arriving").day("day", newest));
    }
    // What comes once a month is not silent after four weeks.
    let counted = facts.history.iter().filter(|day| day.numerator != 0.0);
    let flat = FLAT_DAYS.max(3 * every_days(counted.map(|day| day.day)));
    let since = facts.today.saturating_sub(flat.days());
    let recent = facts.history.iter().filter(|day| day.day >= since);
    if recent.clone().all(|day| day.numerator == 0.0) && facts.history.len() >= 7 {
        return warning(Phrase::new("flat_zero_history").number("days", flat as f64, 0));
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
    found.extend(tied(facts));
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

/// What is known of how the metric moves with the outcome. One that is easy to like has to show it.
fn tied(facts: &Facts) -> Option<Verdict> {
    // Traffic is no vanity when it is someone's; what others count of us is, wherever they do.
    let vain = is_vanity(facts.metric) && (facts.observed || !facts.narrowed);
    Some(match facts.tie {
        Some(Tie::Known(link)) => {
            let (key, level) = if link.associated {
                ("metric_moves_outcome", Level::Ok)
            } else {
                ("metric_unrelated_to_outcome", Level::Warning)
            };
            let phrase = Phrase::new(key)
                .text_value("outcome", link.outcome.as_str())
                .number("correlation", link.correlation, 2)
                .number("lag", link.lag as f64, 0)
                .number("days", link.days as f64, 0);
            verdict(Letter::Relevant, level, phrase)
        }
        Some(Tie::NotYet { outcome, figures }) => {
            let phrase = Phrase::new("link_not_yet_known")
                .text_value("outcome", outcome.as_str())
                .number("count", *figures as f64, 0);
            verdict(Letter::Relevant, Level::Advice, phrase)
        }
        None if vain => verdict(Letter::Relevant, Level::Warning, Phrase::new("vanity_untied")),
        None => return None,
    })
}

/// A budget lasts at least two years, unless the campaign is short.
fn budget_spread(facts: &Facts) -> Option<Verdict> {
    let months = facts.budget_months?;
    if days_between(facts.start, facts.deadline?) <= budget::SHORT_DAYS {
        return None;
    }
    let (key, level) = if months < budget::LEAST_MONTHS {
        ("budget_not_spread", Level::Advice)
    } else {
        ("budget_spread", Level::Ok)
    };
    let phrase = Phrase::new(key).number("months", months as f64, 0);
    let phrase = match level {
        Level::Ok => phrase,
        _ => phrase.number("least", budget::LEAST_MONTHS as f64, 0),
    };
    Some(verdict(Letter::Achievable, level, phrase))
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
