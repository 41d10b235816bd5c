//! The description of the HTTP interface: OpenAPI 3.1 at `/api/openapi.json`.

use axum::Json;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::{auth, collect, query, v1};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Luotsi",
        description = "Goals, sites and figures. Errors are problem documents (RFC 9457) with a stable `code`.",
        license(name = "AGPL-3.0-or-later", identifier = "AGPL-3.0-or-later"),
        contact(),
    ),
    paths(collect::post_event, collect::batch::post_events, query::post_query),
    modifiers(&Security),
    security(("session" = []), ("token" = [])),
)]
struct Described;

/// How callers show who they are.
struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let cookie = ApiKeyValue::with_description(auth::COOKIE, "Set by signing in.");
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token of the workspace."))
            .build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
    }
}

/// The whole interface as a document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Described::openapi();
    document.merge(v1::routes().into_openapi());
    name_operations(&mut document);
    document
}

/// Names each operation once, as the standard wants: handlers of different things share a name.
fn name_operations(document: &mut utoipa::openapi::OpenApi) {
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            let tag =
                operation.tags.as_ref().and_then(|tags| tags.first()).cloned().unwrap_or_default();
            operation.operation_id = operation.operation_id.take().map(|id| format!("{tag}_{id}"));
        }
    }
}

/// `GET /api/openapi.json`
pub(crate) async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_in_the_repository_is_the_one_that_is_served() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        let served = document().to_pretty_json().expect("JSON") + "\n";
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        if served != kept {
            std::fs::write(path, &served).expect("written");
            panic!(
                "crates/api/openapi.json was out of date and is now written anew: look at the change and commit it"
            );
        }
    }

    #[test]
    fn every_operation_says_how_it_may_fail() {
        let document = document();
        let paths = document.paths.paths.keys().filter(|path| path.starts_with("/api/v1/")).count();
        assert!(paths >= 20, "{paths} paths");
        let schemas = document.components.map(|components| components.schemas).unwrap_or_default();
        for name in ["Problem", "GoalDraft", "SiteBody", "SessionBody"] {
            assert!(schemas.contains_key(name), "{name}");
        }
    }
}
