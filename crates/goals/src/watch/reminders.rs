//! What is told in the morning: reviews and figures that people enter are due, a goal is reached or missed.

use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;
use luotsi_marketing::alert::{News, Silence};
use luotsi_marketing::goal::wording::Writing;
use luotsi_marketing::metric::Nature;
use luotsi_marketing::phrase::Phrase;
use luotsi_marketing::review;
use luotsi_notify::compose::{Announcement, Audience, LOCALES, Story, texts};
use luotsi_store::goal::Goal;
use serde_json::{Value, json};

use super::finding::{by_language, goal_names};
use super::series::{figure_names, list, runs, series_of};
use crate::measure::{MeasureError, Measuring, Resolved, SiteContext};
use crate::run::writing;

/// Days after the deadline in which the last review is asked for.
const AFTER_DAYS: i64 = 35;

/// Days after the deadline in which it is told how a goal ended.
const END_DAYS: i64 = 7;

/// Least days between two reminders of one figure.
const LEAST_BETWEEN: i64 = 7;

/// Reminders of a site's goals.
pub(super) struct Reminders<'a> {
    pub(super) measuring: &'a Measuring<'a>,
    pub(super) site: &'a Arc<SiteContext>,
    pub(super) goals: &'a [Goal],
    pub(super) silences: &'a [Silence],
    pub(super) to: &'a Audience,
}

/// One reminder.
struct Reminder<'a> {
    goal: &'a Goal,
    names: [String; 3],
    news: News,
    bad: bool,
    message_id: String,
    link: String,
    /// In each language.
    titles: [String; 3],
    advice: &'static str,
    due: Date,
}

impl Reminders<'_> {
    /// Writes those that are due and were not written; how many.
    pub(super) async fn write(&self) -> Result<usize, MeasureError> {
        let mut written = 0;
        for goal in self.goals.iter().filter(|goal| goal.fields.site_id == self.site.site.id) {
            let metric = match self.measuring.resolve_goal(self.site, goal).await {
                Ok(metric) => Some(metric),
                Err(error @ (MeasureError::Store(_) | MeasureError::Failed(_))) => {
                    return Err(error);
                }
                Err(_) => None,
            };
            let figure = match &metric {
                Some(metric) => figure_names(metric, &list(&goal.fields.filters)),
                None => LOCALES.map(|_| goal.fields.metric.clone()),
            };
            let review = self.review(goal, &figure).await?;
            let entry = match &metric {
                Some(metric) => self.figure(goal, metric, &figure).await?,
                None => None,
            };
            let end = self.end(goal, metric.as_ref(), &figure).await?;
            for reminder in review.into_iter().chain(entry).chain(end) {
                written += usize::from(self.tell(&reminder).await?);
            }
        }
        Ok(written)
    }

    async fn review<'g>(
        &self,
        goal: &'g Goal,
        figure: &[String; 3],
    ) -> Result<Option<Reminder<'g>>, MeasureError> {
        let (plan, today) = (&goal.fields.plan, self.site.today());
        let Some(rhythm) = goal.fields.review_rhythm else { return Ok(None) };
        if plan.deadline.saturating_add(AFTER_DAYS.days()) < today {
            return Ok(None);
        }
        let held = self.measuring.store.reviews(&goal.workspace_id, &goal.id).await?;
        let held = held.first().map(|review| review.day);
        // Reviews from before anybody could hold them are missed by nobody.
        let zone = self.site.context.time_zone.clone();
        let made = Some(goal.created_at.to_zoned(zone).date()).filter(|made| *made > plan.start);
        let due = review::due(rhythm, plan.start, plan.deadline, held.max(made), today);
        let Some((due, number)) = due.and_then(|due| Some((due, due.reminder(today)?))) else {
            return Ok(None);
        };
        let names = goal_names(goal, figure);
        let titles = LOCALES.map(|locale| {
            let key = if due.late_days > 0 { "told_review_late" } else { "told_review_due" };
            Phrase::new(key)
                .text_value("goal", names[locale as usize].as_str())
                .day("day", due.day)
                .number("days", due.late_days as f64, 0)
                .text(locale)
        });
        Ok(Some(Reminder {
            goal,
            news: News::ReviewDue,
            bad: false,
            message_id: format!("review_due/{}/{}#{number}", goal.id, due.day),
            link: format!("/goals/{}/review", goal.id),
            titles,
            advice: "advice_review_due",
            due: due.day,
            names,
        }))
    }

    async fn figure<'g>(
        &self,
        goal: &'g Goal,
        metric: &Resolved,
        figure: &[String; 3],
    ) -> Result<Option<Reminder<'g>>, MeasureError> {
        let today = self.site.today();
        if !runs(goal, today) {
            return Ok(None);
        }
        let entry = self.measuring.entry(goal, metric, today).await?;
        let Some(entry) = entry.filter(|entry| entry.due && entry.by_hand) else {
            return Ok(None);
        };
        let due = match entry.last {
            Some((last, _)) => last.saturating_add(entry.every_days.days()),
            None => goal.fields.plan.start,
        };
        let late = due.until(today).map_or(0, |span| i64::from(span.get_days()));
        let number = late / entry.every_days.max(LEAST_BETWEEN);
        let titles = LOCALES.map(|locale| {
            let phrase = match entry.last {
                Some((last, _)) => Phrase::new("told_figure_due").day("day", last),
                None => Phrase::new("told_figure_first"),
            };
            phrase.text_value("metric", figure[locale as usize].as_str()).text(locale)
        });
        // Goals of one person that count the same ask for the same figure.
        let owner = goal.fields.owner_id.as_deref().unwrap_or("-");
        Ok(Some(Reminder {
            goal,
            names: goal_names(goal, figure),
            news: News::FigureDue,
            bad: false,
            message_id: format!("figure_due/{}/{owner}/{due}#{number}", series_of(goal)),
            link: format!("/goals/{}", goal.id),
            titles,
            advice: "advice_figure_due",
            due,
        }))
    }

    /// How a goal ended: a sum as soon as its target is there, others when the deadline is over.
    async fn end<'g>(
        &self,
        goal: &'g Goal,
        metric: Option<&Resolved>,
        figure: &[String; 3],
    ) -> Result<Option<Reminder<'g>>, MeasureError> {
        let (plan, today) = (&goal.fields.plan, self.site.today());
        let zone = self.site.context.time_zone.clone();
        let made = goal.created_at.to_zoned(zone).date();
        let last = plan.deadline.saturating_add(END_DAYS.days());
        // What was over when it was set is no news.
        if today < plan.start || last < today || plan.deadline < made {
            return Ok(None);
        }
        let state = self.measuring.store.goal_state(&goal.workspace_id, &goal.id).await?;
        let Some(state) = state else { return Ok(None) };
        let found: Value = serde_json::from_str(&state.summary).unwrap_or_default();
        let progress = &found["progress"];
        let reached = match progress["status"].as_str() {
            Some("reached") => true,
            // Of the whole time, with its last day.
            Some("missed") if state.day > plan.deadline => false,
            _ => return Ok(None),
        };
        let writing = metric.map_or(Writing { nature: Nature::Flow, currency: None }, writing);
        let actual = writing.value(progress["actual"].as_f64().unwrap_or_default());
        let (title, advice, news) = if reached {
            ("told_goal_reached", "advice_goal_reached", News::GoalReached)
        } else {
            ("told_goal_missed", "advice_goal_missed", News::GoalMissed)
        };
        let names = goal_names(goal, figure);
        let titles = LOCALES.map(|locale| {
            let phrase = Phrase::new(title)
                .text_value("goal", names[locale as usize].as_str())
                .with("actual", actual.clone())
                .with("target", writing.exact(plan.target_value));
            let phrase = if reached { phrase } else { phrase.day("day", plan.deadline) };
            phrase.text(locale)
        });
        Ok(Some(Reminder {
            goal,
            names,
            news,
            bad: !reached,
            // Another target or deadline is another goal.
            message_id: format!(
                "{}/{}/{}#{}",
                news.as_str(),
                goal.id,
                plan.deadline,
                plan.target_value
            ),
            link: format!("/goals/{}", goal.id),
            titles,
            advice,
            due: plan.deadline,
        }))
    }

    async fn tell(&self, reminder: &Reminder<'_>) -> Result<bool, MeasureError> {
        let silent = |silence: &Silence| reminder.message_id.starts_with(&silence.prefix);
        if self.silences.iter().any(silent) {
            return Ok(false);
        }
        let texts = texts(|locale| Story {
            title: reminder.titles[locale as usize].clone(),
            body: Vec::new(),
            advice: Some(Phrase::new(reminder.advice).text(locale)),
            subject: reminder.names[locale as usize].clone(),
        });
        let goal = reminder.goal;
        let owners: Vec<String> = goal.fields.owner_id.iter().cloned().collect();
        let told = Announcement {
            message_id: reminder.message_id.clone(),
            news: reminder.news,
            bad: reminder.bad,
            texts: &texts,
            link: reminder.link.clone(),
            owners: &owners,
            data: json!({
                "subject": {"kind": "goal", "id": goal.id, "name": by_language(&reminder.names)},
                "due": reminder.due.to_string(),
            }),
        };
        let notice = self.to.notice(&told, self.measuring.now);
        Ok(self.measuring.store.tell(&goal.workspace_id, &notice, self.measuring.now).await?)
    }
}
