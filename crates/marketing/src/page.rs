//! A page's address, taken apart for counting.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use url::{Url, form_urlencoded};

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
    let address = address.trim();
    plain(address).map_or_else(|| general(address, hash_routing), Ok)
}

fn general(address: &str, hash_routing: bool) -> Result<Page, String> {
    let url = Url::parse(address)
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
        query: pairs(url.query().unwrap_or_default()),
    })
}

/// The parts of an address in which nothing has to be decoded or made canonical, as in nearly all: what
/// `general` gives, at a fifth of its cost. `None` for all others.
fn plain(address: &str) -> Option<Page> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_name = |label: &str| {
        let of_name = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        !label.is_empty() && label.bytes().all(of_name) && !label.starts_with("xn--")
    };
    // A last label that begins with a digit may be part of an IPv4 address.
    let is_host = host.split('.').all(is_name)
        && !host.rsplit('.').next()?.starts_with(|first: char| first.is_ascii_digit());
    let of_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte);
    let is_path = path.bytes().all(of_path) && !path.contains("/.");
    let is_query = query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    (is_host && is_path && is_query && path.len() <= MAX_PATH).then(|| Page {
        hostname: without_www(host).to_owned(),
        pathname: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
        query: pairs(query),
    })
}

/// Query parameters, decoded, names in lower case.
fn pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.to_lowercase(), value.into_owned()))
        .collect()
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
    cleaned(text, max).into_owned()
}

/// As `clean`, without a copy of what can stay as it is.
pub(crate) fn cleaned(text: &str, max: usize) -> Cow<'_, str> {
    // Nearly every text is plain and short, and is kept as it stands.
    if text.len() <= max && text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len().min(max));
    for character in text.chars().filter(|character| !character.is_control()) {
        if kept.len() + character.len_utf8() > max {
            break;
        }
        kept.push(character);
    }
    Cow::Owned(kept)
}

fn shorten(text: &str) -> Cow<'_, str> {
    cleaned(text, 80)
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

    #[test]
    fn addresses_that_need_no_decoding_are_taken_apart_quickly() {
        for address in [
            "https://a.example/guides/page-1",
            "http://www.a.example?utm_source=News&q=a+b%20c",
            "https://1st.a-b.example/~x/(y)/z.html?'=1",
        ] {
            assert!(plain(address).is_some(), "{address}");
        }
    }

    fn addresses() -> impl proptest::strategy::Strategy<Value = String> {
        "(https?://|HTTP://|ftp:)?(www\\.|xn--|[a-z0-9.-]{0,9}|[0-9.x]{1,8}|[!-~]{0,4})(\\.[a-z0-9]{0,4})?\
         (:[0-9]{1,3})?(/[a-z0-9./%~'()\\\\ ä-]{0,12})?(\\?[!-~äö ]{0,12})?(#[a-z/]{0,4})?"
    }

    proptest::proptest! {
        #[test]
        fn the_quick_way_finds_what_the_general_one_does(address in addresses()) {
            if let Some(page) = plain(&address) {
                for hash_routing in [false, true] {
                    proptest::prop_assert_eq!(&Ok(page.clone()), &general(&address, hash_routing));
                }
            }
        }
    }
}
