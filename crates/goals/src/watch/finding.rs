//! A deviation with everything that is said of it.

use jiff::Timestamp;
use luotsi_marketing::alert::{Decision, Deviation, News, diagnose};
use luotsi_marketing::goal::drivers::Drivers;
use luotsi_marketing::goal::wording::Writing;
use luotsi_marketing::goal::{Locale, dimension_name};
use luotsi_marketing::phrase::{Phrase, Value as Word};
use luotsi_notify::compose::{Announcement, Audience, LOCALES, Story, texts, word};
use luotsi_store::goal::Goal;
use luotsi_store::notice::Notice;
use serde_json::{Value, json};

use crate::explain;

/// What is watched, and what people call it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Watched {
    /// `goal`, `series`, `line`, `site` or `work`.
    pub(super) kind: &'static str,
    pub(super) id: String,
    /// User ids.
    pub(super) owners: Vec<String>,
    /// Path of its page.
    pub(super) link: String,
    /// In each language of `LOCALES`.
    pub(super) names: [String; 3],
}

impl Watched {
    /// One goal.
    pub(super) fn goal(goal: &Goal, names: [String; 3]) -> Watched {
        Watched {
            kind: "goal",
            id: goal.id.clone(),
            owners: goal.fields.owner_id.iter().cloned().collect(),
            link: format!("/goals/{}", goal.id),
            names,
        }
    }
}

/// What is known of why.
#[derive(Debug)]
pub(super) enum Why {
    Unknown,
    Found(Box<Drivers>, Writing),
    /// As a goal's newest answer keeps it.
    Kept(Value),
}

/// A deviation with what it is of and what moved it.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) of: Watched,
    pub(super) deviation: Deviation,
    /// Name of the figure in each language, in place of the rule's.
    pub(super) figure: [String; 3],
    pub(super) why: Why,
    /// Filters of the part that it is of.
    pub(super) part: Vec<Value>,
    /// What else is worth saying.
    pub(super) also: Vec<Phrase>,
    /// Whether whole days were looked at: only then a later look says more than the first.
    pub(super) whole_days: bool,
}

impl Finding {
    pub(super) fn new(of: Watched, deviation: Deviation, figure: [String; 3]) -> Finding {
        Finding {
            of,
            deviation,
            figure,
            why: Why::Unknown,
            part: Vec::new(),
            also: Vec::new(),
            whole_days: true,
        }
    }

    pub(super) fn texts(&self) -> Value {
        texts(|locale| {
            let at = LOCALES.iter().position(|one| *one == locale).unwrap_or_default();
            let told = self.diagnosis();
            let mut headline = told.headline;
            for (name, value) in &mut headline.values {
                match *name {
                    "metric" => *value = Word::Text(self.figure[at].clone()),
                    "goal" => *value = Word::Text(self.of.names[at].clone()),
                    _ => {}
                }
            }
            let mut body: Vec<String> = told
                .drivers
                .iter()
                .map(|one| explain::in_words(&one.text(locale), locale))
                .collect();
            if let Why::Kept(drivers) = &self.why {
                body.extend(explain::told(&drivers["text"]["phrase"], locale));
            }
            body.extend(self.also.iter().map(|one| one.text(locale)));
            Story {
                title: headline.text(locale),
                body,
                advice: told.advice.map(|advice| advice.text(locale)),
                subject: self.of.names[at].clone(),
            }
        })
    }

    fn diagnosis(&self) -> luotsi_marketing::alert::Diagnosis {
        let (drivers, writing) = match &self.why {
            Why::Found(drivers, writing) => (Some(drivers.as_ref()), *writing),
            _ => (None, Writing { nature: luotsi_marketing::metric::Nature::Flow, currency: None }),
        };
        // The dimension's name is put into each reader's language.
        diagnose(&self.deviation, drivers, writing, |dimension| format!("{{{dimension}}}"))
    }

    /// The query API's filters of the part it is of, and of what explains most of it.
    pub(super) fn filters(&self) -> Value {
        let mut filters = self.part.clone();
        match &self.why {
            Why::Kept(drivers) => filters.extend(explain::first_filter(drivers)),
            _ => filters.extend(self.diagnosis().filters),
        }
        Value::Array(filters)
    }

    /// What is told of it.
    pub(super) fn notice(&self, decision: &Decision, to: &Audience, now: Timestamp) -> Notice {
        let Deviation { cause, since, day, bad, .. } = self.deviation;
        let texts = self.texts();
        let told = Announcement {
            message_id: decision.message_id(),
            news: News::Alert(cause),
            bad,
            texts: &texts,
            link: self.of.link.clone(),
            owners: &self.of.owners,
            data: json!({
                "key": decision.incident().key,
                "cause": cause.as_str(),
                "subject": {"kind": self.of.kind, "id": self.of.id, "name": by_language(&self.of.names)},
                "since": since.to_string(),
                "day": day.to_string(),
                "filters": self.filters(),
            }),
        };
        to.notice(&told, now)
    }
}

/// Names as programs are told them.
pub(super) fn by_language(names: &[String; 3]) -> Value {
    let named = LOCALES.map(|locale: Locale| word(locale)).into_iter().zip(names);
    Value::Object(named.map(|(language, name)| (language.to_owned(), json!(name))).collect())
}

/// A goal's name, or what it counts where it has none.
pub(super) fn goal_names(goal: &Goal, figure: &[String; 3]) -> [String; 3] {
    let name = goal.fields.name.trim();
    if name.is_empty() { figure.clone() } else { [name, name, name].map(str::to_owned) }
}

/// The goals that something concerns, as a sentence.
pub(super) fn concerned(names: &[String]) -> Phrase {
    let key = if names.len() == 1 { "told_goal" } else { "told_goals" };
    Phrase::new(key).text_value("goals", names.join("; "))
}

/// A dimension's value beside what it is a value of: `Mobile (device)`.
pub(super) fn part_names(figure: &[String; 3], dimension: &str, value: &str) -> [String; 3] {
    LOCALES.map(|locale| {
        let name = &figure[locale as usize];
        format!("{name} ({}: {value})", dimension_name(locale, dimension))
    })
}
