//! How a site counts: its rules, their versions, and what a change of them would move.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::ToSpan as _;
use luotsi_marketing::counting::{self, RuleError, Rules};
use luotsi_marketing::event::Acquisition;
use luotsi_marketing::query::{MetricValue, Query};
use luotsi_marketing::source::channel_again;
use luotsi_store::counting::{NewRules, RulesVersion};
use luotsi_store::site::Site;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Admin, Viewer};
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::measure;
use crate::problem::{FieldProblem, Problem};
use crate::state::App;

const LONGEST_NOTE: usize = 500;
/// Days that a preview looks back on.
const PREVIEW_DAYS: i32 = 28;
/// Rows that a preview lists.
const PREVIEW_ROWS: usize = 20;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(rules, save)).routes(routes!(preview))
}

/// A version of a site's rules, without them.
#[derive(Serialize, ToSchema)]
struct VersionBody {
    version: i64,
    valid_from: String,
    author: String,
    note: String,
    rules: RulesBody,
}

/// One condition of a channel rule.
#[derive(Serialize, Deserialize, ToSchema)]
struct ConditionBody {
    /// `source`, `medium`, `campaign` or `referrer`.
    field: String,
    /// `is`, `is_not`, `contains`, `contains_not`, `starts_with`, `ends_with` or `matches`.
    operator: String,
    value: String,
}

/// Something that clients say in other words than the site's, and what it becomes.
#[derive(Serialize, Deserialize, ToSchema)]
struct MappingBody {
    /// `rename_event`, `drop_event`, `rename_property`, `drop_property`, `convert_property`; and of requests
    /// that are refused as they are `rename_field`, `drop_field` and `replace_field`.
    action: String,
    /// The event's name; `*` for all. Empty for fields.
    #[serde(default)]
    event: String,
    /// The property, or the field with dots between names: `properties.currency`.
    #[serde(default)]
    property: String,
    /// What the field is, where it is replaced.
    #[serde(default)]
    from: String,
    /// The new name or value; of `convert_property` `number`, `flag` or `text`.
    #[serde(default)]
    to: String,
}

#[derive(Serialize, Deserialize, ToSchema)]
struct ChannelBody {
    /// A default channel or a name of the site's own.
    channel: String,
    /// All must hold.
    conditions: Vec<ConditionBody>,
}

/// What a site's team decided about counting.
#[derive(Serialize, Deserialize, ToSchema)]
struct RulesBody {
    /// A visit ends after so many minutes without an event, 1 to 240.
    idle_minutes: u32,
    /// Whether another campaign begins a new visit.
    campaign_split: bool,
    /// `keep` or `remove`.
    trailing_slash: String,
    /// Tried in order before the default channels.
    channels: Vec<ChannelBody>,
    /// Hosts that visitors pass through.
    excluded_referrers: Vec<String>,
    /// Other domains of the same team.
    own_domains: Vec<String>,
    /// Hosts whose pages count; all when empty.
    hostnames: Vec<String>,
    /// Addresses of the team: `203.0.113.0/24`.
    own_networks: Vec<String>,
    data_centres: Vec<String>,
    spam_referrers: Vec<String>,
    /// More events of a visitor in a minute are held back; `null`: no limit.
    most_events_per_minute: Option<u32>,
    check_headers: bool,
    /// `as_sent`, `with_consent` or `cookieless`.
    recognition: String,
    /// Whether nothing is kept of visitors whose browser says `Sec-GPC` or `DNT`.
    honour_signals: bool,
    /// Tried in order, on what arrives and on what is taken from the quarantine.
    #[serde(default)]
    mapping: Vec<MappingBody>,
}

/// The rules that hold, and all versions before them.
#[derive(Serialize, ToSchema)]
struct CountingBody {
    /// 0 for a site that decided nothing.
    version: i64,
    valid_from: Option<String>,
    rules: RulesBody,
    /// The latest first.
    versions: Vec<VersionBody>,
    /// The channels that a rule may name.
    channels: Vec<&'static str>,
}

#[derive(Deserialize, ToSchema)]
struct NewRulesBody {
    /// The version that was read before.
    after: i64,
    /// Why, for who reads it later.
    #[serde(default)]
    note: String,
    /// Fields that are not given are as in a site that decided nothing.
    #[schema(value_type = RulesBody)]
    rules: Value,
}

#[derive(Deserialize, ToSchema)]
struct CountingPreviewRequest {
    #[schema(value_type = RulesBody)]
    rules: Value,
}

/// Visits that would belong to another channel.
#[derive(Serialize, ToSchema)]
struct Move {
    from: String,
    to: String,
    visits: u64,
    /// The source with the most such visits.
    example: String,
}

/// Page views that would be counted elsewhere, or held back.
#[derive(Serialize, ToSchema)]
struct PageMove {
    /// Path or host.
    from: String,
    /// Path; empty when held back.
    to: String,
    pageviews: u64,
}

/// What the rules would have moved in the last four weeks, had they held. Only what is kept can be told:
/// addresses, headers and speed are not.
#[derive(Serialize, ToSchema)]
struct CountingPreview {
    days: i32,
    visits: u64,
    channels: Vec<Move>,
    pages: Vec<PageMove>,
    hosts: Vec<PageMove>,
}

fn body(rules: &Rules) -> Result<RulesBody, ApiError> {
    serde_json::from_value(counting::write(rules))
        .map_err(|error| ApiError::InvalidJson(error.to_string()))
}

/// Rules as they are kept; what an older version wrote and this one refuses counts as undecided.
pub(crate) fn kept(version: &RulesVersion) -> Rules {
    counting::read(&version.rules).unwrap_or_else(|errors| {
        tracing::error!(site = version.site_id, version = version.version, ?errors, "rules unread");
        Rules::default()
    })
}

fn given(rules: &Value) -> Result<Rules, ApiError> {
    counting::read(rules).map_err(|errors| {
        let problem = |error: RuleError| FieldProblem {
            field: format!("rules.{}", error.field),
            code: error.code.to_owned(),
            detail: error.detail,
        };
        ApiError::Fields(errors.into_iter().map(problem).collect())
    })
}

async fn answer(app: &App, site: &Site) -> Result<CountingBody, ApiError> {
    let versions = app.store().rules_versions(&site.workspace_id, &site.id).await?;
    let current = versions.first();
    let rules = current.map(kept).unwrap_or_default();
    let version_body = |version: &RulesVersion| {
        Ok(VersionBody {
            version: version.version,
            valid_from: version.valid_from.to_string(),
            author: version.author.clone(),
            note: version.note.clone(),
            rules: body(&kept(version))?,
        })
    };
    Ok(CountingBody {
        version: current.map_or(0, |version| version.version),
        valid_from: current.map(|version| version.valid_from.to_string()),
        rules: body(&rules)?,
        versions: versions.iter().map(version_body).collect::<Result<_, ApiError>>()?,
        channels: luotsi_marketing::channel::CHANNELS.to_vec(),
    })
}

/// How the site counts.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/sites/{s}/counting", tag = "counting",
    params(("w" = String, Path), ("s" = String, Path)),
    responses((status = 200, body = CountingBody), (status = 404, body = Problem))
)]
async fn rules(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, site)): Path<(String, String)>,
) -> Result<Json<CountingBody>, ApiError> {
    let site = app.store().site(&viewer.workspace, &site).await?;
    Ok(Json(answer(&app, &site).await?))
}

/// Decides how the site counts from now on. What was counted stays.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/sites/{s}/counting", tag = "counting",
    params(("w" = String, Path), ("s" = String, Path)), request_body = NewRulesBody,
    responses(
        (status = 201, body = CountingBody),
        (status = 409, description = "`taken`: someone decided since `after` was read.", body = Problem),
        (status = 422, body = Problem),
    )
)]
async fn save(
    State(app): State<App>,
    admin: Admin,
    Path((_, site)): Path<(String, String)>,
    Body(new): Body<NewRulesBody>,
) -> Result<(StatusCode, Json<CountingBody>), ApiError> {
    let site = app.store().site(&admin.workspace, &site).await?;
    let rules = given(&new.rules)?;
    let mut fields = Fields::default();
    let note = fields.optional_text("note", &new.note, LONGEST_NOTE);
    if new.after < 0 {
        fields.refuse("after", "out_of_range", "is the version that was read, 0 for none");
    }
    fields.finish()?;
    let text = counting::write(&rules);
    let author = admin.name();
    let adding = NewRules { after: new.after, author: &author, note: &note, rules: &text };
    let version = app.store().add_rules(&admin.workspace, &site.id, adding, app.now()).await?;
    // With the sites: this one may have been made by another process, and not collected yet.
    app.collector().reload_sites(app.store()).await?;
    app.collector().hand_session_rules(app.lake());
    let detail = json!({"site": site.domain, "version": version, "note": note});
    admin.note(&app, "counting.changed", &site.domain, detail).await?;
    Ok((StatusCode::CREATED, Json(answer(&app, &site).await?)))
}

/// What rules would have moved in the last four weeks.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/sites/{s}/counting/preview", tag = "counting",
    params(("w" = String, Path), ("s" = String, Path)), request_body = CountingPreviewRequest,
    responses((status = 200, body = CountingPreview), (status = 422, body = Problem))
)]
async fn preview(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, site)): Path<(String, String)>,
    Body(request): Body<CountingPreviewRequest>,
) -> Result<Json<CountingPreview>, ApiError> {
    let site = app.store().site(&viewer.workspace, &site).await?;
    let rules = given(&request.rules)?;
    let versions = app.store().rules_versions(&site.workspace_id, &site.id).await?;
    let current = versions.first().map(kept).unwrap_or_default();
    let (visits, channels) = channel_moves(&app, &site, &rules, &current).await?;
    let pages = rows(&app, &site, &["event:page"], "pageviews").await?;
    let hosts = rows(&app, &site, &["event:hostname"], "pageviews").await?;
    let pages = pages.into_iter().filter_map(|(labels, pageviews)| {
        let from = labels.into_iter().next().flatten()?;
        let to = rules.path(from.clone());
        (to != from).then_some(PageMove { from, to, pageviews })
    });
    let hosts = hosts.into_iter().filter_map(|(labels, pageviews)| {
        let from = labels.into_iter().next().flatten()?;
        (!rules.allows_host(&from)).then_some(PageMove { from, to: String::new(), pageviews })
    });
    Ok(Json(CountingPreview {
        days: PREVIEW_DAYS,
        visits,
        channels,
        pages: pages.take(PREVIEW_ROWS).collect(),
        hosts: hosts.take(PREVIEW_ROWS).collect(),
    }))
}

type Labelled = (Vec<Option<String>>, u64);

/// The largest groups of the last four weeks.
async fn rows(
    app: &App,
    site: &Site,
    dimensions: &[&str],
    metric: &str,
) -> Result<Vec<Labelled>, ApiError> {
    let context = measure::context(app, site).await?;
    let today = app.now().to_zoned(context.time_zone.clone()).date();
    let from = today.saturating_sub(PREVIEW_DAYS.days());
    let body = json!({
        "site_id": site.domain,
        "metrics": [metric],
        "date_range": [from.to_string(), today.to_string()],
        "dimensions": dimensions,
        "pagination": {"limit": 5_000},
    });
    let query = Query::parse(&body, &context).map_err(measure::MeasureError::from)?;
    let result = measure::answer(app, site, &query).await?;
    let absent = ["Direct / None", "(none)", "(not set)"];
    let label = |label: String| (!absent.contains(&label.as_str())).then_some(label);
    Ok(result
        .rows
        .into_iter()
        .map(|row| {
            let count = match row.metrics.first() {
                Some(MetricValue::Count(count)) => *count,
                _ => 0,
            };
            (row.dimensions.into_iter().map(label).collect(), count)
        })
        .collect())
}

/// Visits that would belong to another channel by `rules` than by the rules that hold.
async fn channel_moves(
    app: &App,
    site: &Site,
    rules: &Rules,
    current: &Rules,
) -> Result<(u64, Vec<Move>), ApiError> {
    let dimensions = [
        "visit:channel",
        "visit:source",
        "visit:referrer",
        "visit:utm_source",
        "visit:utm_medium",
        "visit:utm_campaign",
    ];
    let mut all = 0;
    let mut moves: BTreeMap<(String, String), (u64, u64, String)> = BTreeMap::new();
    for (labels, visits) in rows(app, site, &dimensions, "visits").await? {
        all += visits;
        let mut labels = labels.into_iter();
        let mut next = || labels.next().flatten();
        let Some(channel) = next() else { continue };
        let kept = Acquisition {
            source: next(),
            referrer: next(),
            utm_source: next(),
            utm_medium: next(),
            utm_campaign: next(),
            ..Acquisition::default()
        };
        // Click ids are kept by name only, and not grouped by: the channel tells.
        let paid = channel.starts_with("Paid");
        let would = channel_again(rules, &kept, paid);
        if would != channel && would != channel_again(current, &kept, paid) {
            let moved = moves.entry((channel, would)).or_default();
            moved.0 += visits;
            if visits > moved.1 {
                moved.1 = visits;
                moved.2 = kept.source.unwrap_or_default();
            }
        }
    }
    let mut moves: Vec<Move> = moves
        .into_iter()
        .map(|((from, to), (visits, _, example))| Move { from, to, visits, example })
        .collect();
    moves.sort_by_key(|one| std::cmp::Reverse(one.visits));
    moves.truncate(PREVIEW_ROWS);
    Ok((all, moves))
}
