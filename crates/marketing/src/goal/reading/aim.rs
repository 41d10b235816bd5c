//! From numbers and directions to the target, or to what has to be asked.

use std::ops::Range;

use super::target::{Amount, Place, Unit, Way};
use super::text::Token;
use super::{Aim, Ask, Confidence, Part, Per, Reading, Target, span};
use crate::metric::{Better, Nature};

/// What the target's rules look at.
pub(super) struct Aims<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) cut: usize,
    pub(super) kind: Option<(Nature, Better)>,
    pub(super) way: Option<(Way, usize)>,
    pub(super) per: Option<Per>,
    pub(super) factor: Option<(f64, Option<Way>, Range<usize>)>,
}

impl Aims<'_> {
    /// Sets target, direction and baseline, or asks.
    pub(super) fn aim(&self, amounts: &[Amount], reading: &mut Reading) {
        let goals = |before: bool| -> Vec<&Amount> {
            amounts
                .iter()
                .filter(|amount| {
                    amount.place != Place::From && (amount.range.start < self.cut) == before
                })
                .collect()
        };
        let from = amounts.iter().find(|amount| amount.place == Place::From);
        let mut list = goals(true);
        if list.is_empty() && self.factor.is_none() {
            list = goals(false);
        }
        let better = self.kind.map(|(_, better)| better);
        if let Some((percent, way, range)) = &self.factor {
            self.direct(reading, way.or(self.way.map(|(way, _)| way)), better);
            let number = signed(*percent, reading);
            self.set(
                reading,
                Target { aim: Aim::Percent, number, currency: None, per: None },
                range,
                Confidence::Said,
            );
            return;
        }
        let Some(amount) = choose(&list) else {
            self.direct(reading, self.way.map(|(way, _)| way), better);
            if self.kind.is_some_and(|(nature, _)| nature == Nature::Rank)
                && reading.direction.is_some()
            {
                reading.direction = self.part(Better::Less, Confidence::Likely);
            }
            let code = if list.is_empty() { Ask::TargetMissing } else { Ask::TargetAmbiguous };
            reading.ask(code, []);
            return;
        };
        let share = self.kind.is_some_and(|(nature, _)| nature == Nature::Share);
        let bound = matches!(amount.place, Place::To | Place::AtMost | Place::AtLeast);
        let moved = self.way.is_some()
            || amount.sign.is_some()
            || amount.on_top
            || amount.place == Place::By;
        let aim = match amount.unit {
            Unit::Points => Aim::Points,
            Unit::Percent if share && (bound || from.is_some() || !moved) => Aim::Value,
            Unit::Percent => Aim::Percent,
            Unit::Rank => Aim::Value,
            _ if from.is_some() || bound => Aim::Value,
            _ if amount.sign.is_some() || amount.on_top || amount.place == Place::By => Aim::Change,
            _ => Aim::Value,
        };
        let way = match (amount.sign, amount.place) {
            (Some(Better::More), _) => Some(Way::More),
            (Some(Better::Less), _) => Some(Way::Less),
            (None, Place::AtMost) => Some(Way::Less),
            (None, Place::AtLeast) => Some(Way::More),
            _ => self.way.map(|(way, _)| way),
        };
        let confidence = if matches!((aim, amount.unit, share), (Aim::Percent, Unit::Percent, true))
        {
            // Five percent of it, or five points?
            Confidence::Likely
        } else {
            Confidence::Said
        };
        let rank = self.kind.is_some_and(|(nature, _)| nature == Nature::Rank);
        if let Some(from) = from.filter(|_| aim == Aim::Value) {
            reading.baseline = Some(Part {
                value: from.value,
                confidence: Confidence::Said,
                span: span(self.tokens, &from.range),
            });
            let less = amount.value < from.value;
            reading.direction =
                self.part(if less { Better::Less } else { Better::More }, Confidence::Said);
        } else if rank {
            reading.direction = self.part(Better::Less, Confidence::Said);
        } else if way.is_some() {
            self.direct(reading, way, better);
        } else if aim == Aim::Value || amount.on_top {
            reading.direction = better.and_then(|better| self.part(better, Confidence::Likely));
        }
        let number = if aim == Aim::Value { amount.value } else { signed(amount.value, reading) };
        let currency = match amount.unit {
            Unit::Money(code) => code.parse().ok(),
            _ => None,
        };
        let per = self.per.filter(|_| {
            aim == Aim::Value
                && self
                    .kind
                    .is_none_or(|(nature, _)| matches!(nature, Nature::Flow | Nature::Money))
        });
        self.set(reading, Target { aim, number, currency, per }, &amount.range, confidence);
        let stock = self.kind.is_some_and(|(nature, _)| nature == Nature::Stock);
        if stock && aim == Aim::Value && !bound && from.is_none() {
            reading.ask(Ask::TotalOrMore, []);
        }
        if aim != Aim::Value && reading.direction.is_none() {
            reading.ask(Ask::DirectionMissing, []);
        }
    }

    fn direct(&self, reading: &mut Reading, way: Option<Way>, better: Option<Better>) {
        reading.direction = match way {
            Some(Way::More) => self.part(Better::More, Confidence::Said),
            Some(Way::Less) => self.part(Better::Less, Confidence::Said),
            Some(Way::Better) => better.and_then(|better| self.part(better, Confidence::Likely)),
            None => None,
        };
    }

    pub(super) fn part(&self, value: Better, confidence: Confidence) -> Option<Part<Better>> {
        let span = self.way.map_or(0..0, |(_, at)| self.tokens[at].span.clone());
        Some(Part { value, confidence, span })
    }

    fn set(
        &self,
        reading: &mut Reading,
        target: Target,
        range: &Range<usize>,
        confidence: Confidence,
    ) {
        reading.target = Some(Part { value: target, confidence, span: span(self.tokens, range) });
    }
}

/// A change with the sign of its direction.
fn signed(number: f64, reading: &Reading) -> f64 {
    match &reading.direction {
        Some(Part { value: Better::Less, .. }) => -number.abs(),
        _ => number.abs(),
    }
}

/// The amount that is the target: the one that is said to be, else the only one of its kind.
fn choose<'a>(list: &[&'a Amount]) -> Option<&'a Amount> {
    let bound =
        |amount: &&&Amount| matches!(amount.place, Place::To | Place::AtMost | Place::AtLeast);
    let telling = |amount: &&&Amount| amount.unit != Unit::Plain || amount.place == Place::By;
    for rule in [&bound as &dyn Fn(&&&Amount) -> bool, &telling, &|_| true] {
        let mut fitting = list.iter().filter(|amount| rule(amount));
        if let Some(first) = fitting.next() {
            return fitting.next().is_none().then_some(*first);
        }
    }
    None
}
