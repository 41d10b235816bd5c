//! The interface, asked by commands: they check, keep and answer as it does, beside a running server.

use anyhow::{Result, anyhow};
use axum::http::{Method, StatusCode};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use luotsi_api::operator::Operator;
use luotsi_api::state::App;
use luotsi_lake::lake::Lake;
use luotsi_marketing::site as rules;
use luotsi_store::site::Site;
use luotsi_store::workspace::Workspace;
use serde_json::{Map, Value};

use crate::output::{BadInput, text};
use crate::settings::Settings;
use crate::workspace::{self, WorkspaceArgs};
use crate::{clock, import, serve};

/// What these commands have in common.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) workspace: WorkspaceArgs,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Flags whose names are not those of the interface's fields.
const RENAMED: [(&str, &str); 7] = [
    ("start_date", "start"),
    ("end_date", "end"),
    ("owner_id", "owner"),
    ("parent_id", "parent"),
    ("goal_id", "goal"),
    ("site_id", "site"),
    // `--state` is where the installation's state is.
    ("state", "status"),
];

/// The interface of one workspace.
pub(crate) struct Asking {
    operator: Operator,
    workspace: Workspace,
}

impl Asking {
    /// # Errors
    /// When there is no such workspace, or the data folder cannot be read.
    pub(crate) async fn open(common: &Common, settings: &Settings) -> Result<Self> {
        let store = settings.open_store().await?;
        let Some(workspace) = workspace::choose(&store, &common.workspace).await? else {
            anyhow::bail!("there is no workspace yet: `luotsi site create` makes the first");
        };
        let lake = Lake::beside(settings.lake_settings()).await?;
        let app_settings = serve::app_settings(settings, None)?;
        let app = App::new(store, lake, app_settings, clock::now).await?;
        Ok(Self { operator: Operator::new(app).await?, workspace })
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.ask(Method::GET, path, None, None).await
    }

    /// Asks with what was given of a query.
    pub(crate) async fn search(&self, path: &str, pairs: &[(&str, Option<&str>)]) -> Result<Value> {
        let given: Map<String, Value> = pairs
            .iter()
            .filter_map(|(name, value)| Some(((*name).to_owned(), Value::from((*value)?))))
            .collect();
        let path = format!("{path}{}", query(pairs));
        self.ask(Method::GET, &path, None, Some(&given.into())).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.ask(Method::POST, path, Some(body), Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        self.ask(Method::PATCH, path, Some(body), Some(body)).await
    }

    /// What a list has.
    pub(crate) async fn items(&self, path: &str) -> Result<Vec<Value>> {
        match self.get(path).await?["items"].take() {
            Value::Array(items) => Ok(items),
            _ => Ok(Vec::new()),
        }
    }

    /// Asks a path below the workspace's own; `given` is what a refusal may be about.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        given: Option<&Value>,
    ) -> Result<Value> {
        let path = format!("/api/v1/workspaces/{}/{path}", self.workspace.id);
        let (status, answer) = self.operator.ask(method, &path, body).await;
        if status.is_success() { Ok(answer) } else { Err(refused(status, &answer, given)) }
    }

    /// The goal of this name or id.
    pub(crate) async fn goal(&self, wanted: &str) -> Result<Value> {
        one_of(self.items("goals").await?, "--goal", wanted, "luotsi goal list")
    }

    /// The whole of a goal, or of all without one.
    pub(crate) async fn whole_goals(&self, wanted: Option<&str>) -> Result<Vec<Value>> {
        let goals = match wanted {
            Some(wanted) => vec![self.goal(wanted).await?],
            None => self.items("goals").await?,
        };
        let mut whole = Vec::with_capacity(goals.len());
        for goal in goals {
            whole.push(self.get(&format!("goals/{}", text(&goal["id"]))).await?);
        }
        Ok(whole)
    }

    /// What hangs on goals, with `goal_id` and the goal's name in `goal`.
    pub(crate) async fn of_goals(&self, wanted: Option<&str>, part: &str) -> Result<Vec<Value>> {
        let mut found = Vec::new();
        for mut goal in self.whole_goals(wanted).await? {
            let (id, name) = (goal["id"].clone(), goal_name(&goal));
            let Value::Array(parts) = goal[part].take() else { continue };
            found.extend(parts.into_iter().map(|mut one| {
                one["goal_id"] = id.clone();
                one["goal"] = name.clone().into();
                one
            }));
        }
        Ok(found)
    }

    /// The part of a goal that has this id, and its goal's id.
    ///
    /// # Errors
    /// `BadInput` when no goal has it; `list` is the command that shows them.
    pub(crate) async fn part(&self, part: &str, id: &str, list: &str) -> Result<Value> {
        let all = self.of_goals(None, part).await?;
        one_of(all, "ID", id, list)
    }

    /// The id of the member with an e-mail address.
    pub(crate) async fn member(&self, flag: &str, email: Option<&str>) -> Result<Option<String>> {
        let Some(email) = email.map(str::trim) else { return Ok(None) };
        let members = self.operator.app().store().members(&self.workspace.id).await?;
        match members.into_iter().find(|one| one.email.eq_ignore_ascii_case(email)) {
            Some(member) => Ok(Some(member.user_id)),
            None => Err(bad(format!("{flag} `{email}`: is no member of the workspace"))),
        }
    }

    /// The site with a domain.
    pub(crate) async fn site(&self, domain: &str) -> Result<Site> {
        let domain = rules::domain(domain).map_err(BadInput::from_error)?;
        import::find(self.operator.app().store(), &domain).await
    }

    /// Today where a goal's site is.
    pub(crate) async fn today_of_goal(&self, goal_id: &str) -> Result<Date> {
        let goal = self.operator.app().store().goal(&self.workspace.id, goal_id).await?;
        self.today(Some(&goal.fields.site_id)).await
    }

    /// Today where a site is; in UTC without one.
    pub(crate) async fn today(&self, site_id: Option<&str>) -> Result<Date> {
        let zone = match site_id {
            Some(id) => {
                let site = self.operator.app().store().site(&self.workspace.id, id).await?;
                TimeZone::get(&site.time_zone)?
            }
            None => TimeZone::UTC,
        };
        Ok(clock::now().to_zoned(zone).date())
    }
}

/// A goal's name, or its sentence without one.
pub(crate) fn goal_name(goal: &Value) -> String {
    let name = goal["name"].as_str().filter(|name| !name.is_empty());
    name.map_or_else(|| text(&goal["sentence"]), str::to_owned)
}

/// The one of this name or id.
///
/// # Errors
/// `BadInput` when there is none or several; `list` is the command that shows them.
pub(crate) fn one_of(items: Vec<Value>, flag: &str, wanted: &str, list: &str) -> Result<Value> {
    let wanted = wanted.trim();
    let is = |one: &Value| one["id"] == wanted || one["name"] == wanted;
    let mut fitting: Vec<Value> = items.into_iter().filter(is).collect();
    match (fitting.pop(), fitting.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => {
            Err(bad(format!("{flag} `{wanted}`: several are called so; give the id")))
        }
        (None, _) => Err(bad(format!("{flag} `{wanted}`: there is none; `{list}` shows them"))),
    }
}

/// What was given cannot be right.
pub(crate) fn bad(text: impl Into<String>) -> anyhow::Error {
    BadInput(text.into()).into()
}

/// A part of a path.
pub(crate) fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.trim().as_bytes()).collect()
}

/// A path's query of what was given; empty without any.
fn query(pairs: &[(&str, Option<&str>)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter_map(|(name, value)| Some((name, (*value)?))));
    let query = query.finish();
    if query.is_empty() { query } else { format!("?{query}") }
}

/// A filter of the query API from a flag.
pub(crate) fn filters(given: &[String]) -> Result<Vec<Value>> {
    let read = |text: &String| {
        serde_json::from_str(text).map_err(|error| {
            let right = r#"it must be as ["is","visit:country",["FI"]]"#;
            bad(format!("--filter `{text}`: is no JSON ({error}); {right}"))
        })
    };
    given.iter().map(read).collect()
}

/// A refusal of the interface in the command's words: which flag, what was given, what would be right.
fn refused(status: StatusCode, answer: &Value, sent: Option<&Value>) -> anyhow::Error {
    let problems = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
    if status == StatusCode::UNPROCESSABLE_ENTITY && !problems.is_empty() {
        let said = problems.iter().map(|problem| {
            let (field, detail) = (text(&problem["field"]), text(&problem["detail"]));
            let (flag, given) = flag_of(&field, sent);
            match given {
                Some(given) => format!("{flag} `{given}`: {detail}"),
                None if flag.is_empty() => detail,
                None => format!("{flag}: {detail}"),
            }
        });
        return bad(said.collect::<Vec<_>>().join("; "));
    }
    match (status.is_server_error(), answer["detail"].as_str()) {
        (false, Some(detail)) => anyhow!("{detail}"),
        _ => anyhow!("this went wrong ({status}); the line above says why"),
    }
}

/// The flag of a field such as `observations[0].day`, and what was given for it.
fn flag_of(field: &str, sent: Option<&Value>) -> (String, Option<String>) {
    let steps = || field.split(['.', '[', ']']).filter(|step| !step.is_empty());
    let at = |value: &Value, step: &str| match value {
        Value::Array(list) => step.parse().ok().and_then(|at: usize| list.get(at)).cloned(),
        other => other.get(step).cloned(),
    };
    let given =
        sent.and_then(|sent| steps().try_fold(sent.clone(), |value, step| at(&value, step)));
    // `observations[0].dimensions.keyword` is what `--dimension` said, `decisions[0].text` what `--decision` did.
    let mut names = steps().filter(|step| step.parse::<usize>().is_err() && *step != "body");
    let first = names.next().unwrap_or_default();
    let name = if first == "observations" { names.next().unwrap_or_default() } else { first };
    if name == "state" && given.is_none() {
        // What stands in the way is how the thing is, not what was given.
        return (String::new(), None);
    }
    let renamed = RENAMED.iter().find(|(own, _)| *own == name).map(|(_, flag)| *flag);
    let several = ["dimensions", "decisions", "next_steps", "filters"];
    let name = renamed.unwrap_or(name);
    let name = if several.contains(&name) { name.trim_end_matches('s') } else { name };
    let flag =
        if name.is_empty() { String::new() } else { format!("--{}", name.replace('_', "-")) };
    let shown = given.filter(|given| !given.is_null() && !given.is_object() && !given.is_array());
    (flag, shown.map(|given| text(&given)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn flag(field: &str, sent: &Value) -> String {
        let (flag, given) = flag_of(field, Some(sent));
        given.map_or(flag.clone(), |given| format!("{flag} {given}"))
    }

    #[test]
    fn a_refusal_names_the_flag_and_what_was_given() {
        assert_eq!(flag("start_date", &json!({"start_date": "soon"})), "--start soon");
        assert_eq!(
            flag("outcome_metric", &json!({"outcome_metric": "joy"})),
            "--outcome-metric joy"
        );
        let observations =
            json!({"observations": [{"day": "1.1.", "dimensions": {"keyword": ""}}]});
        assert_eq!(flag("observations[0].day", &observations), "--day 1.1.");
        assert_eq!(flag("observations[0].dimensions.keyword", &observations), "--dimension ");
        let review = json!({"decisions": [{"text": "", "decided_on": "x"}]});
        assert_eq!(flag("decisions[0].decided_on", &review), "--decision x");
        assert_eq!(flag("ratings", &json!({"ratings": [9, 1, 1, 1]})), "--ratings");
        assert_eq!(flag("body", &json!({})), "");
        assert_eq!(flag("state", &json!({})), "");
        assert_eq!(flag("state", &json!({"state": "new"})), "--status new");
        assert_eq!(flag("value", &Value::Null), "--value");
    }

    #[test]
    fn a_refusal_without_fields_is_told_as_it_is() {
        let gone = refused(StatusCode::NOT_FOUND, &json!({"detail": "no such alert"}), None);
        assert!(!gone.is::<BadInput>());
        assert_eq!(gone.to_string(), "no such alert");
        let answer = json!({"errors": [{"field": "name", "detail": "this is needed"}]});
        let missing =
            refused(StatusCode::UNPROCESSABLE_ENTITY, &answer, Some(&json!({"name": ""})));
        assert!(missing.is::<BadInput>());
        assert_eq!(missing.to_string(), "--name ``: this is needed");
    }

    #[test]
    fn queries_hold_what_was_given_and_paths_no_slash() {
        assert_eq!(query(&[("from", None), ("series", Some("a b&c"))]), "?series=a+b%26c");
        assert_eq!(query(&[("from", None)]), "");
        assert_eq!(segment(" a/b "), "a%2Fb");
    }
}
