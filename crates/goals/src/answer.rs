//! What is kept of a goal, as JSON in the shape in which it is answered.
//!
//! Texts are phrases, which whoever shows them puts into the reader's language. What moved the goal is found
//! afterwards, for several goals at once.

use jiff::civil::Date;
use luotsi_marketing::currency::Currency;
use luotsi_marketing::goal::lint::{Level, Verdict};
use luotsi_marketing::goal::outlook::Outlook;
use luotsi_marketing::goal::wording::{self, Writing};
use luotsi_marketing::goal::{Plan, Progress};
use luotsi_marketing::metric::{Combine, DayValue};
use luotsi_stats::attainment::Ambition;
use luotsi_stats::forecast::Skill;
use serde_json::{Value, json};

use crate::explain::phrase;

/// Most points of a small picture.
const MOST_SPARK: usize = 60;

/// Everything that was found about a goal.
pub(crate) struct Found<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) outlook: Option<&'a Outlook>,
    pub(crate) progress: Progress,
    pub(crate) path: &'a [(Date, f64)],
    pub(crate) course: &'a [(Date, f64)],
    pub(crate) days: &'a [DayValue],
    pub(crate) combine: Combine,
    pub(crate) verdicts: &'a [Verdict],
    /// What came after decisions.
    pub(crate) effects: Vec<Value>,
    pub(crate) writing: Writing,
    pub(crate) unit_value: Option<(f64, Currency)>,
    pub(crate) today: Date,
    pub(crate) complete_to: Date,
}

impl Found<'_> {
    /// For lists.
    pub(crate) fn summary(&self) -> Value {
        let gap = self.outlook.map(|outlook| phrase(&wording::gap(outlook, self.writing, None).0));
        let probability = self.outlook.map(|outlook| outlook.probability);
        let headline = wording::headline(self.plan, &self.progress, probability, self.writing);
        let worst =
            self.verdicts.iter().filter(|one| one.level != Level::Ok).max_by(|one, other| {
                let weight = |one: &Verdict| (one.level, is_about_sense(one));
                weight(one).cmp(&weight(other)).then(std::cmp::Ordering::Greater)
            });
        json!({
            "reason": null,
            "progress": self.progress(),
            "probability": probability,
            "gap_text": gap,
            "verdict_text": phrase(&headline),
            "spark": self.spark(),
            "worst_verdict": worst.map(verdict),
        })
    }

    /// For the goal's own page, beside the summary.
    pub(crate) fn state(&self) -> Value {
        json!({
            "outlook": self.outlook.map(|outlook| self.outlook(outlook)),
            "path": self.points(),
            "verdicts": self.verdicts.iter().map(verdict).collect::<Vec<_>>(),
            "drivers": null,
            "effects": self.effects,
        })
    }

    fn progress(&self) -> Value {
        let found = &self.progress;
        json!({
            "status": found.status.as_str(), "actual": found.actual, "expected": found.expected,
            "progress_share": found.progress_share, "expected_share": found.expected_share,
            "days_left": found.days_left, "days_total": found.days_total,
            "as_of": self.complete_to.to_string(), "trouble": null,
        })
    }

    fn outlook(&self, outlook: &Outlook) -> Value {
        let (gap, money) = wording::gap(outlook, self.writing, self.unit_value);
        let required = wording::required(&self.plan.goal(), outlook, self.writing);
        let ambition = match outlook.ambition {
            Ambition::Moonshot => "moonshot",
            Ambition::Sound => "sound",
            Ambition::Sandbag => "sandbag",
        };
        let skill = match outlook.skill {
            Skill::BetterThanNaive => "better_than_naive",
            Skill::NoneOverNaive => "none_over_naive",
            Skill::Unknown => "unknown",
        };
        let outcome = |percent: usize| outlook.outcomes.get(percent).copied();
        let fan: Vec<Value> = outlook
            .fan
            .iter()
            .map(|ahead| {
                json!({
                    "date": ahead.day.to_string(), "expected": ahead.expected, "low": ahead.low,
                    "high": ahead.high, "lowest": ahead.lowest, "highest": ahead.highest,
                })
            })
            .collect();
        json!({
            "day": self.today.to_string(), "probability": outlook.probability,
            "low": outcome(10).unwrap_or(outlook.expected),
            "high": outcome(90).unwrap_or(outlook.expected),
            "expected": outlook.expected, "p80": outlook.commit, "p50": outlook.target,
            "p20": outlook.stretch, "ambition": ambition, "gap": outlook.gap,
            "gap_money": money.as_ref().map(phrase), "gap_text": phrase(&gap),
            "required": {
                "needed": outlook.required.needed, "usual": outlook.required.usual,
                "text": phrase(&required),
            },
            "pace": outlook.pace,
            "skill": {"model": skill, "mase": outlook.mase, "coverage80": outlook.coverage80},
            "fan": fan,
        })
    }

    fn points(&self) -> Vec<Value> {
        let at = |list: &[(Date, f64)], day: Date| {
            list.binary_search_by_key(&day, |point| point.0).ok().map(|index| list[index].1)
        };
        self.path
            .iter()
            .map(|(day, expected)| {
                let own = self.days.binary_search_by_key(day, |one| one.day).ok();
                json!({
                    "date": day.to_string(), "expected": expected,
                    "actual": at(self.course, *day),
                    "day_value": own.and_then(|index| self.days[index].value(self.combine)),
                })
            })
            .collect()
    }

    fn spark(&self) -> Vec<Value> {
        let every = self.path.len().div_ceil(MOST_SPARK).max(1);
        let at = |day: Date| {
            self.course.binary_search_by_key(&day, |point| point.0).ok().map(|at| self.course[at].1)
        };
        let last = self.path.len().saturating_sub(1);
        self.path
            .iter()
            .enumerate()
            .filter(|(index, _)| (last - index).is_multiple_of(every))
            .map(|(_, (day, expected))| {
                json!({"date": day.to_string(), "actual": at(*day), "expected": expected})
            })
            .collect()
    }
}

/// Whether it doubts the goal itself: that comes before how it is written down.
fn is_about_sense(one: &Verdict) -> bool {
    ["probability_low", "probability_high", "vanity_untied"].contains(&one.code())
}

fn verdict(one: &Verdict) -> Value {
    json!({
        "letter": one.letter.as_str(), "level": one.level.as_str(), "code": one.code(),
        "text": phrase(&one.evidence),
    })
}
