//! Where a request comes from: this server's own pages, or elsewhere.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use crate::state::App;

/// The address under which the browser reached the server, without a slash at its end.
pub(crate) struct BaseUrl(pub(crate) String);

impl BaseUrl {
    pub(crate) fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl FromRequestParts<App> for BaseUrl {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self(base_url(app.settings().public_url.as_deref(), &parts.headers)))
    }
}

fn base_url(public_url: Option<&str>, headers: &HeaderMap) -> String {
    if let Some(url) = public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let https = text(headers, "x-forwarded-proto")
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    let scheme = if https { "https" } else { "http" };
    format!("{scheme}://{}", text(headers, header::HOST.as_str()).unwrap_or("localhost"))
}

/// Whether a page of this server made the request. A request without `Origin` counts only when the
/// browser says so in `Sec-Fetch-Site`: other programs have no cookies to be misused.
pub(crate) fn is_own(public_url: Option<&str>, headers: &HeaderMap) -> bool {
    let Some(origin) = text(headers, header::ORIGIN.as_str()) else {
        return text(headers, "sec-fetch-site") == Some("same-origin");
    };
    let own = public_url.is_some_and(|url| url.trim_end_matches('/').eq_ignore_ascii_case(origin));
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    own || (authority.is_some() && authority == text(headers, header::HOST.as_str()))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_page_of_this_server_has_its_host_as_origin() {
        let own = |pairs: &[(&'static str, &str)]| is_own(None, &headers(pairs));
        assert!(own(&[("host", "luotsi.example"), ("origin", "https://luotsi.example")]));
        assert!(own(&[("host", "127.0.0.1:8010"), ("origin", "http://127.0.0.1:8010")]));
        assert!(!own(&[("host", "luotsi.example"), ("origin", "https://evil.example")]));
        assert!(!own(&[
            ("host", "luotsi.example"),
            ("origin", "https://luotsi.example.evil.example")
        ]));
        assert!(!own(&[("host", "luotsi.example"), ("origin", "null")]));
        assert!(!own(&[("host", "luotsi.example")]));
        assert!(own(&[("host", "luotsi.example"), ("sec-fetch-site", "same-origin")]));
        assert!(!own(&[("host", "luotsi.example"), ("sec-fetch-site", "same-site")]));
    }

    #[test]
    fn behind_a_proxy_the_public_address_is_the_origin() {
        let inside = headers(&[("host", "10.0.0.2:8010"), ("origin", "https://luotsi.example")]);
        assert!(is_own(Some("https://luotsi.example/"), &inside));
        assert!(!is_own(None, &inside));
        assert_eq!(base_url(Some("https://luotsi.example/"), &inside), "https://luotsi.example");
        assert_eq!(
            base_url(None, &headers(&[("host", "a.example"), ("x-forwarded-proto", "https")])),
            "https://a.example"
        );
        assert_eq!(base_url(None, &headers(&[("host", "a.example:81")])), "http://a.example:81");
    }
}
