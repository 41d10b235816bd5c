//! A page's address, taken apart for counting.

use percent_encoding::percent_decode_str;
use url::Url;

/// The longest path that is kept, in bytes; longer ones are cut.
pub const MAX_PATH: usize = 2_000;

/// The parts of a page's address that are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Lower case, without `www.`; empty for addresses without a host.
    pub hostname: String,
    /// Decoded once, starts with `/`; with the fragment where the site routes by hash.
    pub pathname: String,
    /// Query parameters, decoded, names in lower case, in the order of the address.
    pub query: Vec<(String, String)>,
}

impl Page {
    /// Where what has no page happened: no host, no path.
    pub fn nowhere() -> Self {
        Self { hostname: String::new(), pathname: String::new(), query: Vec::new() }
    }
}

/// Takes an absolute address apart. `hash_routing` keeps the fragment as part of the path.
///
/// # Errors
/// Says what is wrong with `address` in a sentence for the one who sent it.
pub fn parse_page(address: &str, hash_routing: bool) -> Result<Page, String> {
    let url = Url::parse(address.trim())
        .map_err(|error| format!("`{}` is no absolute URL ({error})", shorten(address)))?;
    if matches!(url.scheme(), "data" | "javascript" | "blob" | "about" | "file") {
        return Err(format!("a page cannot have the scheme `{}`", url.scheme()));
    }
    let mut pathname = percent_decode_str(url.path()).decode_utf8_lossy().into_owned();
    if !pathname.starts_with('/') {
        pathname.insert(0, '/');
    }
    if let (true, Some(fragment)) = (hash_routing, url.fragment()) {
        pathname.push('#');
        pathname.push_str(&percent_decode_str(fragment).decode_utf8_lossy());
    }
    Ok(Page {
        hostname: without_www(url.host_str().unwrap_or_default()).to_owned(),
        pathname: clean(&pathname, MAX_PATH),
        query: url
            .query_pairs()
            .map(|(name, value)| (name.to_lowercase(), value.into_owned()))
            .collect(),
    })
}

/// `example.org` for `www.example.org`.
pub fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

/// The domain somebody registered (`example.co.uk` for `shop.example.co.uk`); the host itself where
/// there is none, as for addresses and `localhost`.
pub fn registrable_domain(host: &str) -> &str {
    psl::domain_str(host).unwrap_or(host)
}

/// Text as it is kept: without control characters, at most `max` bytes, never cut inside a character.
pub fn clean(text: &str, max: usize) -> String {
    // Nearly every text is plain and short, and is kept as it stands.
    if text.len() <= max && text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len().min(max));
    for character in text.chars().filter(|character| !character.is_control()) {
        if kept.len() + character.len_utf8() > max {
            break;
        }
        kept.push(character);
    }
    kept
}

fn shorten(text: &str) -> String {
    clean(text, 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let page = parse_page("https://WWW.Shop.example/a%20b/?UTM_Source=News+Letter#top", false)
            .unwrap();
        assert_eq!(page.hostname, "shop.example");
        assert_eq!(page.pathname, "/a b/");
        assert_eq!(page.query, [("utm_source".to_owned(), "News Letter".to_owned())]);
    }

    #[test]
    fn hash_routing_keeps_the_fragment() {
        assert_eq!(parse_page("https://a.example/#/cart", true).unwrap().pathname, "/#/cart");
    }

    #[test]
    fn relative_and_script_addresses_are_refused() {
        for address in ["/only/path", "", "javascript:alert(1)", "data:text/html,x"] {
            assert!(parse_page(address, false).is_err(), "{address}");
        }
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(clean("aä\u{0}ö", 3), "aä");
    }
}
