//! The web UI and the tracking script, as they were built into the binary.

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

/// `GET /js/luotsi.js`: the tracking script, cached for a day by browsers.
pub(crate) async fn tracker(headers: HeaderMap) -> Response {
    let mut response = serve(luotsi_assets::TRACKER, &headers, "public, max-age=86400");
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
        .headers_mut()
        .insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    response
}

/// A file of the UI; every other path is a screen of it, which the page itself finds.
pub(crate) fn ui(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let looks_like_a_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let asset = match luotsi_assets::file(path) {
        Some(asset) => asset,
        None if looks_like_a_file => return StatusCode::NOT_FOUND.into_response(),
        None => match luotsi_assets::file("index.html") {
            Some(page) => page,
            None => return StatusCode::NOT_FOUND.into_response(),
        },
    };
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = serve(asset, &headers, cache);
    for (name, value) in [
        ("content-security-policy", CONTENT_SECURITY_POLICY),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("x-frame-options", "DENY"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
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
