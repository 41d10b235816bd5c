//! The web UI, the tracker and the reference data, as they were built with this binary.

mod files {
    //! Tables written by the build script.
    include!(concat!(env!("OUT_DIR"), "/files.rs"));
}

/// A file to serve, with its compressed forms.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// The file as it is.
    pub bytes: &'static [u8],
    /// Value of the `Content-Type` header.
    pub content_type: &'static str,
    /// The file in brotli, when that is smaller.
    pub brotli: Option<&'static [u8]>,
    /// The file in gzip, when that is smaller.
    pub gzip: Option<&'static [u8]>,
    /// Value of the `ETag` header, with its quotes; changes when the content does.
    pub etag: &'static str,
    /// Whether the name changes with the content, so that a client may keep the file for ever.
    pub immutable: bool,
}

/// A script for pages by its name: `luotsi.js`, and those that the tags of other tools load. In a build without
/// them every name is the script that says so.
pub fn script(name: &str) -> Option<&'static Asset> {
    let found = files::TRACKER.iter().find(|(known, _)| *known == name);
    let only = files::TRACKER.first().filter(|_| files::TRACKER.len() == 1);
    found.or(only).map(|(_, asset)| asset)
}

/// A file of the web UI by its path below the root, without a leading slash: `index.html`.
pub fn file(path: &str) -> Option<&'static Asset> {
    let index = files::WEB.binary_search_by(|(name, _)| (*name).cmp(path)).ok()?;
    Some(&files::WEB[index].1)
}

/// Rules of the uap-core project that tell browser and operating system of a user agent, as JSON.
pub fn user_agent_regexes() -> &'static str {
    include_str!(concat!(env!("OUT_DIR"), "/user_agents.json"))
}

/// Patterns of crawlers' user agents that other projects keep, as JSON for `marketing::bot::Programs`.
pub fn crawler_patterns() -> &'static str {
    include_str!(concat!(env!("OUT_DIR"), "/crawlers.json"))
}

/// Country of an address: a MaxMind DB (MMDB) for IPv4 and IPv6.
///
/// Its one field is `country_code`, an ISO 3166-1 alpha-2 code. Source and licence: `data/README.md`.
pub fn country_database() -> &'static [u8] {
    include_bytes!(concat!(env!("OUT_DIR"), "/country.mmdb"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_web_ui_has_a_page() {
        let page = file("index.html").unwrap();
        assert_eq!(page.content_type, "text/html; charset=utf-8");
        assert!(!page.immutable);
        assert!(file("/index.html").is_none());
        assert!(file("no such file").is_none());
    }

    #[test]
    fn every_file_has_an_etag_in_quotes_and_smaller_compressed_forms() {
        for (path, asset) in files::WEB.iter().chain(&files::TRACKER) {
            assert!(
                asset.etag.starts_with('"') && asset.etag.ends_with('"'),
                "{path}: {}",
                asset.etag
            );
            for compressed in [asset.brotli, asset.gzip].into_iter().flatten() {
                assert!(compressed.len() < asset.bytes.len(), "{path}");
            }
        }
    }

    #[test]
    fn the_tracker_is_within_its_budget_and_other_tools_scripts_lie_beside_it() {
        let tracker = script("luotsi.js").unwrap();
        assert!(tracker.brotli.map_or(tracker.bytes.len(), <[u8]>::len) <= 2000);
        for name in ["luotsi.js", "goatcounter.js", "matomo.js", "plausible.js", "umami.js"] {
            assert_eq!(script(name).unwrap().content_type, "text/javascript; charset=utf-8");
        }
    }

    #[test]
    fn user_agent_rules_cover_browsers_and_systems() {
        for parsers in ["\"user_agent_parsers\":[{", "\"os_parsers\":[{"] {
            assert!(user_agent_regexes().contains(parsers), "{parsers}");
        }
    }

    #[test]
    fn the_country_database_knows_addresses_of_both_families() {
        let reader = maxminddb::Reader::from_source(country_database()).unwrap();
        for (address, country) in
            [("193.166.3.2", "FI"), ("217.218.155.155", "IR"), ("2001:14ba::1", "FI")]
        {
            let found = reader.lookup(address.parse().unwrap()).unwrap();
            let code: Option<&str> =
                found.decode_path(&[maxminddb::PathElement::Key("country_code")]).unwrap();
            assert_eq!(code, Some(country), "{address}");
        }
    }
}
