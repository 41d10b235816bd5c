//! What came after decisions: worked out with the night's forecasts, and when a review is written down.

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_marketing::goal::outlook::{Counting, History};
use luotsi_marketing::metric::DayValue;
use luotsi_marketing::phrase::Phrase;
use luotsi_marketing::review::{self, Effect};
use luotsi_store::goal::Goal;
use luotsi_store::outlook::GoalState;
use luotsi_store::review::Review;
use serde_json::{Value, json};

use crate::explain::phrase;
use crate::figures::{PAST_DAYS, digest, rules};
use crate::measure::{MeasureError, Measuring, Resolved};
use crate::run::{absent_is_zero, complete_to, writing};

/// Days with decisions that are looked at, the newest.
const MOST_DAYS: usize = 6;

/// Days after which an effect is looked at again, until it is final, on another night for each goal. Of what people
/// read now and then, every reading counts.
const EVERY_DAYS: i64 = 7;

/// The figures that effects are seen in.
pub(crate) struct Seen<'a> {
    pub(crate) resolved: &'a Resolved,
    pub(crate) counting: Counting,
    /// As the goal counts them.
    pub(crate) figures: &'a [DayValue],
    pub(crate) complete_to: Date,
    /// Names what is asked: effects that were kept under another name are of another question.
    pub(crate) rules: &'a str,
}

impl Measuring<'_> {
    /// What came after each day on which something was decided about a goal, as it is kept. What was looked at
    /// lately is left as it is.
    pub(crate) async fn effects(
        &self,
        goal: &str,
        seen: &Seen<'_>,
    ) -> Result<Vec<Value>, MeasureError> {
        let workspace = &seen.resolved.subject.site.site.workspace_id;
        let days = decided(&self.store.reviews(workspace, goal).await?);
        if days.is_empty() {
            return Ok(Vec::new());
        }
        let before = self.store.goal_state(workspace, goal).await?;
        let before = before.filter(|state| state.rules == seen.rules);
        let before: Value =
            before.and_then(|state| serde_json::from_str(&state.state).ok()).unwrap_or_default();
        let observed = seen.resolved.observed();
        let newest = match seen.figures.last() {
            Some(last) if observed => last.day.min(seen.complete_to),
            _ => seen.complete_to,
        };
        let turn = Turn { every: if observed { 1 } else { EVERY_DAYS }, offset: offset(goal) };
        let (mut effects, mut due) = (Vec::new(), Vec::new());
        for day in days {
            match kept(&before, day).filter(|one| turn.is_fresh(one, day, newest)) {
                Some(one) => effects.push(one.clone()),
                None => due.push(day),
            }
        }
        if due.is_empty() {
            return Ok(effects);
        }
        let (figures, counting, complete_to) =
            (seen.figures.to_vec(), seen.counting, seen.complete_to);
        let absent_is_zero = absent_is_zero(seen.resolved, counting);
        let writing = writing(seen.resolved);
        let found = tokio::task::spawn_blocking(move || {
            let history = History { days: &figures, complete_to, absent_is_zero };
            let one = |day: Date| {
                let effect = review::effect(&history, counting, day, 1)?;
                Some(json!({
                    "day": day.to_string(), "as_of": newest.to_string(),
                    "text": phrase(&effect.phrase(writing)), "clear": effect.clear,
                }))
            };
            due.into_iter().filter_map(one).collect::<Vec<Value>>()
        });
        effects.extend(found.await.unwrap_or_default());
        Ok(effects)
    }

    /// Looks at what a goal's decisions did after a review was written down, and keeps it with its newest answer.
    ///
    /// # Errors
    /// Whatever measuring meets. A goal that cannot be measured has no effects.
    pub async fn keep_effects(&self, goal: &Goal) -> Result<(), MeasureError> {
        let workspace = &goal.workspace_id;
        let site = self.store.site(workspace, &goal.fields.site_id).await?;
        let site = self.site(&site).await?;
        let resolved = match self.resolve_goal(&site, goal).await {
            Ok(resolved) => resolved,
            Err(error @ (MeasureError::Store(_) | MeasureError::Failed(_))) => return Err(error),
            Err(_) => return Ok(()),
        };
        let Some(state) = self.store.goal_state(workspace, &goal.id).await? else {
            return Ok(());
        };
        let (plan, today) = (&goal.fields.plan, site.today());
        let from = plan.start.min(today).saturating_sub(PAST_DAYS.days());
        let days = self.kept_days(&resolved.subject, from).await?;
        let seen = Seen {
            resolved: &resolved,
            counting: plan.counting,
            figures: &plan.counting.figures(&days, resolved.combine),
            complete_to: complete_to(&resolved, &days, today),
            rules: &rules(&resolved.subject, plan),
        };
        let effects = self.effects(&goal.id, &seen).await?;
        if let Ok(Value::Object(mut kept)) = serde_json::from_str(&state.state) {
            kept.insert("effects".to_owned(), Value::Array(effects));
            let state = GoalState { state: Value::Object(kept).to_string(), ..state };
            self.store.add_to_state(workspace, &state).await?;
        }
        Ok(())
    }
}

/// The newest days on which reviews decided something.
fn decided(reviews: &[Review]) -> Vec<Date> {
    let notes = reviews.iter().flat_map(|review| &review.notes.decisions);
    let mut days: Vec<Date> = notes.map(|decision| decision.decided_on).collect();
    days.sort_unstable();
    days.dedup();
    days.reverse();
    days.truncate(MOST_DAYS);
    days
}

fn kept(state: &Value, decided: Date) -> Option<&Value> {
    state["effects"].as_array()?.iter().find(|one| one["day"] == decided.to_string())
}

/// The days on which effects are looked at again.
#[derive(Debug, Clone, Copy)]
struct Turn {
    every: i64,
    offset: i64,
}

impl Turn {
    /// Whether a kept effect needs no new look: it is final, or as new as the last turn.
    fn is_fresh(self, kept: &Value, decided: Date, newest: Date) -> bool {
        let as_of = kept["as_of"].as_str().and_then(|day| day.parse::<Date>().ok());
        let last = Effect::final_day(decided);
        let due = if newest >= last {
            last
        } else {
            let age = decided.until(newest).map_or(0, |span| i64::from(span.get_days()));
            newest.saturating_sub(((age + self.offset).rem_euclid(self.every)).days())
        };
        as_of.is_some_and(|as_of| as_of >= due)
    }
}

/// Spreads the goals over the nights of a week.
fn offset(goal: &str) -> i64 {
    i64::from_str_radix(&digest(goal)[..4], 16).unwrap_or_default()
}

/// What came after the decisions of a day, of a goal's newest answer: what is said of it, and whether it is
/// beyond chance.
pub fn told(state: &Value, decided: Date) -> Option<(Phrase, bool)> {
    let one = kept(state, decided)?;
    Some((Phrase::from_json(&one["text"]["phrase"])?, one["clear"] == true))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_effect_is_looked_at_again_weekly_until_it_is_final() {
        let decided = date(2026, 3, 1);
        let of = |as_of: &str, newest: Date, every, offset| {
            Turn { every, offset }.is_fresh(&json!({"as_of": as_of}), decided, newest)
        };
        // Three weeks after it is 22 March.
        assert!(of("2026-03-15", date(2026, 3, 21), 7, 0));
        assert!(!of("2026-03-15", date(2026, 3, 22), 7, 0));
        assert!(!of("2026-03-15", date(2026, 3, 21), 7, 1), "another goal's night");
        assert!(of("2026-03-21", date(2026, 3, 27), 7, 1));
        assert!(!of("2026-03-20", date(2026, 3, 21), 1, 5), "a new reading");
        // Ninety days after the decision, once more and never again.
        assert!(!of("2026-05-28", date(2026, 5, 30), 7, 0));
        assert!(of("2026-05-30", date(2026, 8, 1), 7, 0));
        let turn = Turn { every: 7, offset: 0 };
        assert!(!turn.is_fresh(&Value::Null, decided, date(2026, 3, 20)));
    }
}
