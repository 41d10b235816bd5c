//! The web UI and the scripts for pages, as they were built into the binary.

use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use luotsi_assets::Asset;

/// What the UI may load: itself, and styles that its components set on elements.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; \
    form-action 'self'; frame-ancestors 'none'";

/// The policy of a page that pages of these origins may show in a frame; `None` without any.
pub(crate) fn framed_by(origins: &[String]) -> Option<HeaderValue> {
    if origins.is_empty() {
        return None;
    }
    let ancestors = format!("frame-ancestors {}", origins.join(" "));
    let policy = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", &ancestors);
    HeaderValue::from_str(&policy).ok()
}

/// The script that a tag's path means: ours, or the one that stands for what a tool's own server serves. Matomo
/// may have been installed anywhere.
fn script_at(path: &str) -> Option<&'static str> {
    let (folder, file) = path.rsplit_once('/')?;
    let named = |words: &[&str]| words.contains(&file.split('.').next().unwrap_or_default());
    match (folder, file) {
        ("/js", "luotsi.js") => Some("luotsi.js"),
        (_, "matomo.js" | "piwik.js") => Some("matomo.js"),
        ("", "script.js" | "umami.js") => Some("umami.js"),
        ("", "count.js") => Some("goatcounter.js"),
        // `script.hash.outbound-links.js`, `pa-….js`.
        ("/js", file) if file.ends_with(".js") => {
            let known = named(&["script", "plausible", "analytics"]) || file.starts_with("pa-");
            known.then_some("plausible.js")
        }
        _ => None,
    }
}

/// A script for pages, cached for a day by browsers.
pub(crate) fn script(uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let asset = luotsi_assets::script(script_at(uri.path())?)?;
    let mut response = serve(asset, headers, "public, max-age=86400");
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
        .headers_mut()
        .insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    Some(response)
}

/// The first part of the path of every screen, as the UI's own routes have it.
const SCREENS: [&str; 5] = ["", "setup", "sign-in", "share", "w"];

/// A file of the UI, or its page for one of its screens, which the page itself finds; `None` for other
/// paths, so that no program ever takes the page for an answer.
pub(crate) fn ui(uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let path = uri.path().trim_start_matches('/');
    let is_screen = path.split('/').next().is_some_and(|first| SCREENS.contains(&first));
    let page = || luotsi_assets::file("index.html").filter(|_| is_screen);
    let asset = luotsi_assets::file(path).or_else(page)?;
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = serve(asset, headers, cache);
    for (name, value) in [
        ("content-security-policy", CONTENT_SECURITY_POLICY),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("x-frame-options", "DENY"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Some(response)
}

fn serve(asset: &'static Asset, headers: &HeaderMap, cache: &'static str) -> Response {
    let text = |name| {
        headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default()
    };
    let mut response = if text(header::IF_NONE_MATCH).split(',').any(|tag| tag.trim() == asset.etag)
    {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let accepts = |coding| {
            text(header::ACCEPT_ENCODING)
                .split(',')
                .any(|item| item.trim().split(';').next() == Some(coding))
        };
        match (asset.brotli.filter(|_| accepts("br")), asset.gzip.filter(|_| accepts("gzip"))) {
            (Some(bytes), _) => ([(header::CONTENT_ENCODING, "br")], bytes).into_response(),
            (None, Some(bytes)) => ([(header::CONTENT_ENCODING, "gzip")], bytes).into_response(),
            (None, None) => asset.bytes.into_response(),
        }
    };
    for (name, value) in [
        (header::CONTENT_TYPE, asset.content_type),
        (header::ETAG, asset.etag),
        (header::CACHE_CONTROL, cache),
        (header::VARY, "accept-encoding"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
