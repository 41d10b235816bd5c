//! Vendors' own scripts, which are theirs and not here: a page that asks for one is told so in its console,
//! and goes on.

use super::{Parts, Reply};

/// How a script's path begins, its name, and how the team keeps it and sends here all the same.
const ABSENT: [(&str, &str, &str); 8] = [
    ("/static/array", "posthog-js", "take it from npm, with this server as `api_host`"),
    ("/gtag/", "gtag.js", "load it from Google, with this server as `server_container_url`"),
    ("/analytics.js/", "analytics.js", "take it from npm, with this server as `apiHost`"),
    ("/v1/analytics-js/", "analytics.js", "take it from npm, with this server as `apiHost`"),
    ("/p.js", "Jitsu's script", "take `@jitsu/js` from npm, with this server as `host`"),
    (
        "/api/script.js",
        "Rybbit's script",
        "take `@rybbit/js` from npm, with this server as its host",
    ),
    ("/sdk/web/", "countly-sdk-web", "take it from npm, with this server as `url`"),
    ("/libs/", "the vendor's script", "take it from npm, with this server as its host"),
];

/// What is answered for a script that is not here; `None` for other requests.
pub(crate) fn reply(parts: &Parts) -> Option<Reply> {
    let path = parts.path;
    let word = ABSENT.iter().find(|(begin, ..)| path.starts_with(begin)).map(|(_, name, how)| {
        format!("console.warn('Luotsi takes what {name} sends, and does not hold it: {how}');\n")
    });
    // Parts that posthog-js loads later.
    let later = path.starts_with("/static/");
    let nothing = || later.then(|| "/* nothing of this is recorded here */\n".to_owned());
    let body = word.or_else(nothing)?;
    Some(Reply { content_type: SCRIPT, ..Reply::text(200, &body) })
}

/// The content type of scripts.
pub(crate) const SCRIPT: &str = "text/javascript; charset=utf-8";
