//! Puts together what is told: inboxes, letters and webhooks' bodies of one piece of news.

use jiff::Timestamp;
use luotsi_marketing::alert::{Choice, News, Told, recipients};
use luotsi_marketing::goal::Locale;
use luotsi_store::notice::{Channel, Notice};
use luotsi_store::webhook::Webhook;
use luotsi_store::{Result, Store};
use serde_json::{Map, Value, json};

use crate::letter::Letter;

/// The languages of the product.
pub const LOCALES: [Locale; 3] = [Locale::En, Locale::Fi, Locale::Fa];

/// The word of a language.
pub fn word(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "en",
        Locale::Fi => "fi",
        Locale::Fa => "fa",
    }
}

/// What is said in one language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Story {
    pub title: String,
    /// Where the change sits, the most telling first.
    pub body: Vec<String>,
    /// What can be done about it.
    pub advice: Option<String>,
    /// Name of what it is about.
    pub subject: String,
}

/// What is said in every language, as it is kept.
pub fn texts(story: impl Fn(Locale) -> Story) -> Value {
    let by_language = LOCALES.map(|locale| {
        let Story { title, body, advice, subject } = story(locale);
        let told = json!({"title": title, "body": body, "advice": advice, "subject": subject});
        (word(locale).to_owned(), told)
    });
    Value::Object(Map::from_iter(by_language))
}

/// What was kept, in one language.
pub fn story(texts: &Value, locale: &str) -> Story {
    let told = texts.get(locale).or_else(|| texts.get("en")).unwrap_or(&Value::Null);
    let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    let body = told["body"].as_array().into_iter().flatten();
    Story {
        title: text("title"),
        body: body.filter_map(|line| line.as_str().map(str::to_owned)).collect(),
        advice: told["advice"].as_str().map(str::to_owned),
        subject: text("subject"),
    }
}

/// A piece of news.
#[derive(Debug, Clone)]
pub struct Announcement<'a> {
    /// The same for every repetition.
    pub message_id: String,
    pub news: News,
    pub bad: bool,
    /// Made by `texts`.
    pub texts: &'a Value,
    /// Path of the page that it is about, within the workspace.
    pub link: String,
    /// User ids of who owns what it is about.
    pub owners: &'a [String],
    /// What programs are told besides the texts.
    pub data: Value,
}

/// Who could be told in a workspace.
#[derive(Debug, Clone)]
pub struct Audience {
    workspace: String,
    workspace_name: String,
    members: Vec<(Told, String)>,
    webhooks: Vec<Webhook>,
    languages: Vec<String>,
    /// Whether mail is set up.
    mail: bool,
}

impl Audience {
    pub async fn load(store: &Store, workspace: &str, mail: bool) -> Result<Self> {
        let choices = store.notice_choices(workspace).await?;
        let mut members = Vec::new();
        for member in store.members(workspace).await? {
            let chosen = choices.iter().find(|(user, _)| *user == member.user_id);
            let choice = chosen.map_or_else(Choice::default, |(_, choice)| choice.clone());
            let locale = store.user(&member.user_id).await?.locale;
            members.push((Told { user_id: member.user_id, role: member.role, choice }, locale));
        }
        Ok(Self {
            workspace: workspace.to_owned(),
            workspace_name: store.workspace(workspace).await?.name,
            members,
            webhooks: store.webhooks(workspace).await?,
            languages: store.alert_settings(workspace).await?.languages,
            mail,
        })
    }

    /// Everything that is written for a piece of news.
    pub fn notice(&self, told: &Announcement<'_>, now: Timestamp) -> Notice {
        let everyone: Vec<Told> = self.members.iter().map(|(member, _)| member.clone()).collect();
        let owners: Vec<&str> = told.owners.iter().map(String::as_str).collect();
        let to = recipients(told.news, &owners, &everyone);
        let mails = to.iter().filter(|one| self.mail && one.email).map(|one| {
            let locale = self.members.iter().find(|(member, _)| member.user_id == one.user_id);
            let locale = locale.map_or("en", |(_, locale)| locale.as_str());
            let letter = self.letter(told, locale);
            (Channel::Email, one.user_id.clone(), letter)
        });
        let hooks =
            self.webhooks.iter().filter(|hook| hook.enabled && hook.news.contains(&told.news));
        let body = self.payload(told, now);
        let hooks = hooks.map(|hook| (Channel::Webhook, hook.id.clone(), body.clone()));
        Notice {
            message_id: told.message_id.clone(),
            news: told.news.as_str().to_owned(),
            bad: told.bad,
            texts: told.texts.clone(),
            link: self.path(&told.link),
            inboxes: to.iter().map(|one| one.user_id.clone()).collect(),
            outgoing: mails.chain(hooks).collect(),
        }
    }

    /// A path of the workspace.
    fn path(&self, page: &str) -> String {
        format!("/w/{}{page}", self.workspace)
    }

    fn letter(&self, told: &Announcement<'_>, locale: &str) -> String {
        let Story { title, body, advice, .. } = story(told.texts, locale);
        let letter = Letter {
            locale: locale.to_owned(),
            workspace: self.workspace_name.clone(),
            title,
            body,
            advice,
            link: self.path(&told.link),
            choose: self.path("/settings/notices"),
        };
        serde_json::to_string(&letter).unwrap_or_default()
    }

    fn payload(&self, told: &Announcement<'_>, now: Timestamp) -> String {
        let texts: Map<String, Value> = self
            .languages
            .iter()
            .filter_map(|language| Some((language.clone(), told.texts.get(language)?.clone())))
            .collect();
        let kind = match told.news {
            News::Alert(_) => "alert.opened",
            News::ReviewDue => "review.due",
            News::FigureDue => "figure.due",
            News::GoalReached => "goal.reached",
            News::GoalMissed => "goal.missed",
        };
        json!({
            "type": kind,
            "timestamp": now.to_string(),
            "data": {
                "workspace": {"id": self.workspace, "name": self.workspace_name},
                "news": told.news.as_str(),
                "bad": told.bad,
                "link": self.path(&told.link),
                "texts": texts,
                "about": told.data,
            },
        })
        .to_string()
    }
}
