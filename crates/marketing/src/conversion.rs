//! Conversions: which event on a site counts as one.

use regex::Regex;

/// What makes an event a conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A page view whose path fits the pattern: `*` is any text without a slash, `**` any text.
    Page { pattern: String },
    /// An event of this name.
    Event { name: String },
}

/// Why a conversion's definition is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConversionError {
    #[error("a page pattern starts with `/`: `{0}` does not")]
    PatternWithoutSlash(String),
    #[error("a page pattern has at most {MAX_PATTERN} characters")]
    PatternTooLong,
    #[error("an event name has 1 to {MAX_NAME} characters")]
    NameLength,
    #[error(
        "page views are conversions by their path: give a page pattern, not the event name `{0}`"
    )]
    ReservedName(String),
}

const MAX_PATTERN: usize = 2000;
const MAX_NAME: usize = 120;

impl Trigger {
    /// A page path pattern, checked.
    pub fn page(pattern: &str) -> Result<Trigger, ConversionError> {
        let pattern = pattern.trim();
        if !pattern.starts_with('/') {
            return Err(ConversionError::PatternWithoutSlash(pattern.to_owned()));
        }
        if pattern.chars().count() > MAX_PATTERN {
            return Err(ConversionError::PatternTooLong);
        }
        Ok(Trigger::Page { pattern: pattern.to_owned() })
    }

    /// An event name, checked.
    pub fn event(name: &str) -> Result<Trigger, ConversionError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME {
            return Err(ConversionError::NameLength);
        }
        if name == crate::event::PAGEVIEW || name == crate::event::ENGAGEMENT {
            return Err(ConversionError::ReservedName(name.to_owned()));
        }
        Ok(Trigger::Event { name: name.to_owned() })
    }

    /// The name shown when the user gives none: `Visit /thanks`, or the event's own name.
    pub fn display_name(&self) -> String {
        match self {
            Trigger::Page { pattern } => format!("Visit {pattern}"),
            Trigger::Event { name } => name.clone(),
        }
    }
}

/// The regular expression, anchored at both ends, of the paths that a page pattern fits.
///
/// `*` is any text without a slash, `**` any text; everything else is itself.
pub fn page_regex(pattern: &str) -> String {
    let mut out = String::from("^");
    let mut rest = pattern;
    while let Some(at) = rest.find('*') {
        out.push_str(&regex::escape(&rest[..at]));
        let stars = rest[at..].bytes().take_while(|byte| *byte == b'*').count();
        out.push_str(if stars == 1 { "[^/]*" } else { ".*" });
        rest = &rest[at + stars..];
    }
    out.push_str(&regex::escape(rest));
    out.push('$');
    out
}

/// A page pattern made ready to be tried on many paths.
#[derive(Debug, Clone)]
pub struct PagePattern(Regex);

impl PagePattern {
    /// `None` when the pattern is too long to be one: see `Trigger::page`.
    pub fn new(pattern: &str) -> Option<PagePattern> {
        Regex::new(&format!("(?s){}", page_regex(pattern))).ok().map(PagePattern)
    }

    pub fn fits(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, path: &str) -> bool {
        PagePattern::new(pattern).expect("a pattern").fits(path)
    }

    #[test]
    fn one_star_stays_within_a_path_segment_and_two_cross_slashes() {
        for (pattern, path, expected) in [
            ("/thanks", "/thanks", true),
            ("/thanks", "/thanks/", false),
            ("/thanks", "/no/thanks", false),
            ("/product/*", "/product/shoe", true),
            ("/product/*", "/product/", true),
            ("/product/*", "/product/shoe/red", false),
            ("/product/**", "/product/shoe/red", true),
            ("/*/thanks", "/fi/thanks", true),
            ("/*/thanks", "/fi/x/thanks", false),
            ("/**/thanks", "/fi/x/thanks", true),
            ("/order-*-done", "/order-17-done", true),
            ("/**", "/", true),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn what_means_something_in_a_regular_expression_means_itself_in_a_pattern() {
        assert!(fits("/a.b", "/a.b"));
        assert!(!fits("/a.b", "/axb"));
        assert!(fits("/a+(b)[c]", "/a+(b)[c]"));
        assert!(fits("/kiitos/*", "/kiitos/ä"));
        assert_eq!(page_regex("/a.b/*/**"), r"^/a\.b/[^/]*/.*$");
    }

    #[test]
    fn a_pattern_starts_with_a_slash() {
        assert_eq!(
            Trigger::page("thanks"),
            Err(ConversionError::PatternWithoutSlash("thanks".into()))
        );
        assert_eq!(Trigger::page(" /thanks "), Ok(Trigger::Page { pattern: "/thanks".into() }));
        assert_eq!(
            Trigger::page(&format!("/{}", "a".repeat(2000))),
            Err(ConversionError::PatternTooLong)
        );
    }

    #[test]
    fn a_page_view_is_no_event_name_of_a_conversion() {
        assert_eq!(
            Trigger::event("pageview"),
            Err(ConversionError::ReservedName("pageview".into()))
        );
        assert_eq!(Trigger::event("  "), Err(ConversionError::NameLength));
        assert_eq!(
            Trigger::event("Sign up").map(|found| found.display_name()),
            Ok("Sign up".into())
        );
        assert_eq!(
            Trigger::page("/thanks").map(|found| found.display_name()),
            Ok("Visit /thanks".into())
        );
    }
}
