//! The words of goals' answers. They are stable: programs may rely on them.

use luotsi_marketing::goal::milestone::State as MilestoneStateRule;
use luotsi_marketing::goal::outlook::Counting;
use luotsi_marketing::goal::reading::{
    Aim as AimRule, Ask as AskRule, Confidence as ConfidenceRule, Per as PerRule,
};
use luotsi_marketing::goal::{Rolling, TargetKind as TargetKindRule};
use luotsi_marketing::metric::{Better as BetterRule, Unit};
use luotsi_marketing::objective::Health as HealthRule;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Words for the variants of one of the rules' enums, or words of their own.
macro_rules! words {
    ($(#[$about:meta])* $name:ident $(of $rule:ident)? { $($word:ident),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($word),+ }

        words!(@from $name $($rule)? { $($word),+ });
    };
    (@from $name:ident { $($word:ident),+ }) => {};
    (@from $name:ident $rule:ident { $($word:ident),+ }) => {
        impl From<$rule> for $name {
            fn from(word: $rule) -> Self {
                match word { $($rule::$word => Self::$word),+ }
            }
        }
    };
}

words! {
    /// Where a goal stands: `unknown` with too few figures; from 90 % probability `ahead`, below 40 % `behind`.
    GoalStatus { NotStarted, OnTrack, Behind, Ahead, Reached, Missed, Unknown }
}

words! {
    /// Whether more or less of it is better.
    Better of BetterRule { More, Less }
}

words! {
    /// How the target was given: as the value to reach, as a change in percent of the baseline, or as a change in the
    /// metric's unit (of a share, in percentage points).
    TargetKind of TargetKindRule { Absolute, Percent, Change }
}

words! {
    /// What figures are counted in: `share` is percent, `duration` seconds, `money` the currency's unit.
    UnitKind { Count, Share, Money, Duration, Rank, Score }
}

words! {
    /// How bold the target is for such figures: too easy (`sandbag`), `sound`, or hardly possible (`moonshot`).
    Ambition { Sandbag, Sound, Moonshot }
}

words! {
    /// Whether the forecast was better than repeating the last week in the past; `unknown` with too short a past.
    ForecastSkill { BetterThanNaive, NoneOverNaive, Unknown }
}

words! {
    /// How much a verdict matters.
    VerdictLevel { Ok, Advice, Warning }
}

words! {
    /// What the linter found.
    VerdictCode {
        Segmented, Unsegmented, Duplicate, Owned, OwnerMissing, Measured, NoDataEver, NoDataArriving,
        FlatZeroHistory, Achievable, NoForecast, ProbabilityLow, ProbabilityHigh, Objective, NoObjective,
        MetricMovesOutcome, TargetAgainstDirection, BaselineDiffers, CountedEachDay, MetricUnrelatedToOutcome, LinkNotYetKnown, VanityUntied, BudgetSpread, BudgetNotSpread, TooManyForPerson, TooManyForTeam, TimeBound,
        DeadlinePast, NoDeadline,
    }
}

words! {
    /// How a milestone stands: `near` is due within a week.
    MilestoneState of MilestoneStateRule { Upcoming, Near, Met, MetLate, Missed }
}

words! {
    /// Whether a person set a milestone, or it was cut from the goal's path.
    MilestoneCut { Hand, Season }
}

words! {
    WorkKind { Campaign, Experiment, Content, Post, Task }
}

words! {
    ResourceKind { Budget, People, Tools }
}

words! {
    /// How a part of the objective tree stands.
    Health of HealthRule { OffTrack, AtRisk, OnTrack, Done, Unknown }
}

words! {
    ObjectiveKind { Objective, Kpi }
}

words! {
    /// How sure a part of a sentence is: `assumed` is taken because nothing else was said.
    Confidence of ConfidenceRule { Assumed, Likely, Said }
}

words! {
    /// How a target's number is meant: the value to reach, so much more (or less), in percent, in percentage points.
    Aim of AimRule { Value, Change, Percent, Points }
}

words! {
    /// For which time a target is meant again and again.
    Per of PerRule { Day, Week, Month, Quarter, Year }
}

words! {
    /// What has to be asked before a sentence is a goal.
    Ask of AskRule {
        MetricMissing, MetricAmbiguous, SeveralMetrics, DirectionMissing, TargetMissing, TargetAmbiguous, TotalOrMore,
        NumberUnclear, DeadlineMissing, DeadlineAmbiguous, DeadlinePast, NameUnclear,
    }
}

words! {
    /// Ready KPI sets: of a kind of business, or what a company's objectives mean on social media.
    TemplateSet { Business, CompanyToSocial }
}

/// A letter of SMART.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) enum Letter {
    S,
    M,
    A,
    R,
    T,
}

/// How days make the goal's number: their sum, that of so many last days up to the deadline, the last one's level,
/// their mean, Σ numerators ÷ Σ denominators, or the number of weeks whose sum meets a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CountingKind {
    Sum,
    #[serde(rename = "last_7_days")]
    LastWeek,
    #[serde(rename = "last_30_days")]
    LastMonth,
    #[serde(rename = "last_91_days")]
    LastQuarter,
    #[serde(rename = "last_365_days")]
    LastYear,
    EndLevel,
    Mean,
    Ratio,
    Weeks,
}

impl From<Counting> for CountingKind {
    fn from(counting: Counting) -> Self {
        match counting {
            Counting::Sum => CountingKind::Sum,
            Counting::Rolling(Rolling::Week) => CountingKind::LastWeek,
            Counting::Rolling(Rolling::Month) => CountingKind::LastMonth,
            Counting::Rolling(Rolling::Quarter) => CountingKind::LastQuarter,
            Counting::Rolling(Rolling::Year) => CountingKind::LastYear,
            Counting::EndLevel => CountingKind::EndLevel,
            Counting::Mean => CountingKind::Mean,
            Counting::Ratio { .. } => CountingKind::Ratio,
            Counting::Weeks { .. } => CountingKind::Weeks,
        }
    }
}

impl From<Unit> for UnitKind {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Count => UnitKind::Count,
            Unit::Share => UnitKind::Share,
            Unit::Money(_) => UnitKind::Money,
            Unit::Duration => UnitKind::Duration,
            Unit::Rank => UnitKind::Rank,
            Unit::Score => UnitKind::Score,
        }
    }
}

/// Reads a word that is kept as text.
pub(crate) fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(text.into()).ok()
}

#[cfg(test)]
mod tests {
    use luotsi_marketing::goal::Status;
    use luotsi_marketing::goal::lint::{CODES, Letter as LetterRule, Level};
    use serde_json::json;

    use super::*;

    #[test]
    fn words_are_those_of_the_rules() {
        for status in ["not_started", "on_track", "behind", "ahead", "reached", "missed", "unknown"]
        {
            assert!(status.parse::<Status>().is_ok());
            assert_eq!(json!(word::<GoalStatus>(status)), json!(status));
        }
        for code in CODES {
            assert_eq!(json!(word::<VerdictCode>(code)), json!(code));
        }
        for letter in LetterRule::ALL {
            assert!(word::<Letter>(letter.as_str()).is_some());
        }
        for level in [Level::Ok, Level::Advice, Level::Warning] {
            assert_eq!(json!(word::<VerdictLevel>(level.as_str())), json!(level.as_str()));
        }
        for kind in luotsi_store::work::KINDS {
            assert!(word::<WorkKind>(kind).is_some(), "{kind}");
        }
        for kind in luotsi_store::resource::KINDS {
            assert!(word::<ResourceKind>(kind).is_some(), "{kind}");
        }
        let rolling = [Rolling::Week, Rolling::Month, Rolling::Quarter, Rolling::Year];
        let rolling = rolling.map(Counting::Rolling);
        for counted in rolling.into_iter().chain([Counting::EndLevel, Counting::Mean]) {
            assert_eq!(json!(CountingKind::from(counted)), json!(counted.as_str()));
        }
        assert_eq!(json!(UnitKind::from(Unit::Duration)), json!(Unit::Duration.as_str()));
        let late = MilestoneStateRule::MetLate;
        assert_eq!(json!(MilestoneState::from(late)), json!(late.as_str()));
        let asked = AskRule::DeadlineAmbiguous;
        assert_eq!(json!(Ask::from(asked)), json!(asked.as_str()));
    }
}
