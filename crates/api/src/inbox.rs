//! What a member was told, what they want to be told, and whether mail goes out.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use luotsi_marketing::alert::{Choice, News};
use luotsi_marketing::phrase::Phrase;
use luotsi_notify::compose::{Story, story, word};
use luotsi_notify::letter::Letter;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Access, Admin, Viewer};
use crate::body::Body;
use crate::error::{ApiError, Fields};
use crate::problem::Problem;
use crate::state::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(inbox))
        .routes(routes!(read))
        .routes(routes!(read_all))
        .routes(routes!(choice, choose))
        .routes(routes!(mail))
        .routes(routes!(test_mail))
}

const PAGE: u32 = 30;

#[derive(Serialize, ToSchema)]
struct InboxMessage {
    id: String,
    /// What it is about: a kind of alert, `review_due`, `figure_due`, `goal_reached`, `goal_missed` or
    /// `webhook_off`.
    news: String,
    bad: bool,
    title: String,
    body: Vec<String>,
    advice: Option<String>,
    /// Path of the page that it is about.
    link: String,
    alert_id: Option<String>,
    created_at: String,
    read: bool,
}

#[derive(Serialize, ToSchema)]
struct Inbox {
    items: Vec<InboxMessage>,
    /// How many are not read, on all pages.
    unread: i64,
    /// Where the next page begins; absent on the last.
    next_cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InboxQuery {
    /// Only what is not read.
    #[serde(default)]
    unread: bool,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Inboxes are people's; a token has none.
fn person(access: &Access) -> Result<&str, ApiError> {
    access.user_id().ok_or(ApiError::NeedsScope)
}

/// What the asker was told, the latest first.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/inbox", tag = "inbox", params(("w" = String, Path), InboxQuery),
    responses((status = 200, body = Inbox), (status = 403, description = "A token has no inbox.", body = Problem))
)]
async fn inbox(
    State(app): State<App>,
    viewer: Viewer,
    Query(query): Query<InboxQuery>,
) -> Result<Json<Inbox>, ApiError> {
    let user = person(&viewer)?;
    let cursor = query.cursor.as_deref();
    let store = app.store();
    let mut found = store.inbox(&viewer.workspace, user, query.unread, cursor, PAGE + 1).await?;
    let more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let next_cursor = found.last().filter(|_| more).map(|one| one.id.clone());
    let items = found.into_iter().map(|entry| {
        let Story { title, body, advice, .. } = story(&entry.texts, word(viewer.locale()));
        InboxMessage {
            id: entry.id,
            news: entry.news,
            bad: entry.bad,
            title,
            body,
            advice,
            link: entry.link,
            alert_id: entry.incident_id,
            created_at: entry.created_at.to_string(),
            read: entry.read_at.is_some(),
        }
    });
    let items = items.collect();
    let unread = store.unread(&viewer.workspace, user).await?;
    Ok(Json(Inbox { items, unread, next_cursor }))
}

/// Marks a message as read.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/inbox/{id}/read", tag = "inbox",
    params(("w" = String, Path), ("id" = String, Path)),
    responses((status = 204, description = "Read."), (status = 404, body = Problem))
)]
async fn read(
    State(app): State<App>,
    viewer: Viewer,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    app.store().mark_read(&viewer.workspace, person(&viewer)?, &id, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
struct ReadAll {
    /// Id of the newest message that was seen: what came since stays unread.
    newest: String,
}

/// Marks everything that was seen as read.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/inbox/read", tag = "inbox", params(("w" = String, Path)),
    request_body = ReadAll, responses((status = 204, description = "Read."))
)]
async fn read_all(
    State(app): State<App>,
    viewer: Viewer,
    Body(body): Body<ReadAll>,
) -> Result<StatusCode, ApiError> {
    let user = person(&viewer)?;
    app.store().mark_all_read(&viewer.workspace, user, &body.newest, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, Deserialize, ToSchema)]
struct ChoiceBody {
    /// By e-mail, too.
    email: bool,
    /// Of goals only of one's own.
    mine_only: bool,
    /// Of `statistical`, `threshold`, `data_stopped`, `milestone_missed`, `probability_low`, `plan_stalled`,
    /// `review_due`, `figure_due`, `goal_reached` and `goal_missed`.
    news: Vec<String>,
}

impl From<Choice> for ChoiceBody {
    fn from(choice: Choice) -> Self {
        let Choice { email, mine_only, news } = choice;
        let news = news.into_iter().map(|news| news.as_str().to_owned()).collect();
        Self { email, mine_only, news }
    }
}

/// What the asker wants to be told.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/notice-choice", tag = "inbox", params(("w" = String, Path)),
    responses((status = 200, body = ChoiceBody))
)]
async fn choice(State(app): State<App>, viewer: Viewer) -> Result<Json<ChoiceBody>, ApiError> {
    let user = person(&viewer)?;
    let choices = app.store().notice_choices(&viewer.workspace).await?;
    let chosen = choices.into_iter().find(|(id, _)| id == user).map(|(_, choice)| choice);
    Ok(Json(chosen.unwrap_or_default().into()))
}

/// Reads kinds of news, naming those that are none.
pub(crate) fn read_news(fields: &mut Fields, words: &[String]) -> Vec<News> {
    let mut news = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let known = fields.take(&format!("news[{at}]"), "unknown_news", word.parse::<News>());
        news.extend(known.filter(|one| !news.contains(one)));
    }
    news
}

/// Chooses what the asker is told.
#[utoipa::path(
    patch, path = "/api/v1/workspaces/{w}/notice-choice", tag = "inbox", params(("w" = String, Path)),
    request_body = ChoiceBody, responses((status = 200, body = ChoiceBody), (status = 422, body = Problem))
)]
async fn choose(
    State(app): State<App>,
    viewer: Viewer,
    Body(body): Body<ChoiceBody>,
) -> Result<Json<ChoiceBody>, ApiError> {
    let user = person(&viewer)?;
    let mut fields = Fields::default();
    let news = read_news(&mut fields, &body.news);
    fields.finish()?;
    let choice = Choice { email: body.email, mine_only: body.mine_only, news };
    app.store().save_notice_choice(&viewer.workspace, user, &choice).await?;
    Ok(Json(choice.into()))
}

#[derive(Serialize, ToSchema)]
struct MailBody {
    /// Whether the operator set mail up.
    set_up: bool,
    from: Option<String>,
    server: Option<String>,
}

/// Whether mail goes out, and as whose.
#[utoipa::path(
    get, path = "/api/v1/workspaces/{w}/mail", tag = "inbox", params(("w" = String, Path)),
    responses((status = 200, body = MailBody))
)]
async fn mail(State(app): State<App>, _viewer: Viewer) -> Result<Json<MailBody>, ApiError> {
    let settings = app.courier().mailer().map(|mailer| mailer.settings().clone());
    Ok(Json(MailBody {
        set_up: settings.is_some(),
        from: settings.as_ref().map(|settings| settings.from.clone()),
        server: settings.map(|settings| format!("{}:{}", settings.host, settings.port)),
    }))
}

#[derive(Serialize, ToSchema)]
struct MailSent {
    to: String,
}

/// Sends the asker a message to see whether mail goes out.
#[utoipa::path(
    post, path = "/api/v1/workspaces/{w}/mail/test", tag = "inbox", params(("w" = String, Path)),
    responses(
        (status = 200, body = MailSent),
        (status = 422, description = "`mail_not_set_up`, or `mail_failed` with what the server said.", body = Problem),
    )
)]
async fn test_mail(State(app): State<App>, admin: Admin) -> Result<Json<MailSent>, ApiError> {
    let user = app.store().user(person(&admin)?).await?;
    let courier = app.courier();
    let mailer = courier.mailer().ok_or_else(|| {
        ApiError::field("mail", "mail_not_set_up", "write [mail] into luotsi.toml and start again")
    })?;
    let locale = admin.locale();
    let letter = Letter {
        locale: word(locale).to_owned(),
        workspace: app.store().workspace(&admin.workspace).await?.name,
        title: Phrase::new("mail_test_title").text(locale),
        body: vec![Phrase::new("mail_test_body").text(locale)],
        advice: None,
        link: format!("/w/{}", admin.workspace),
        choose: format!("/w/{}/settings/notices", admin.workspace),
    };
    let now = app.now();
    let id = format!("test-{}", luotsi_store::new_id(now));
    let sent = mailer.send((&user.name, &user.email), &letter, courier.base_url(), &id, now).await;
    sent.map_err(|error| ApiError::field("mail", "mail_failed", error))?;
    admin.note(&app, "mail.tested", &user.email, json!({})).await?;
    Ok(Json(MailSent { to: user.email }))
}
