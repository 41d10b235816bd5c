//! Tests of text: equal to, containing, or fitting a pattern.

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

/// How a value is compared with a test's clauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    Is,
    IsNot,
    Contains,
    ContainsNot,
    /// Regular expressions, found anywhere in the value.
    Matches,
    MatchesNot,
    /// Page patterns: `*` is any text without a slash, `**` any text; the whole value must fit.
    MatchesWildcard,
    MatchesWildcardNot,
}

/// A pattern that is no regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a regular expression, or too large a one.")]
pub struct InvalidPattern(pub String);

/// Bytes that a compiled pattern may take.
const MAX_PATTERN_BYTES: usize = 1 << 20;

impl Operator {
    /// Reads `is`, `is_not`, `contains`, …; `None` for a word that names no operator.
    pub fn parse(word: &str) -> Option<Operator> {
        Some(match word {
            "is" => Operator::Is,
            "is_not" => Operator::IsNot,
            "contains" => Operator::Contains,
            "contains_not" => Operator::ContainsNot,
            "matches" => Operator::Matches,
            "matches_not" => Operator::MatchesNot,
            "matches_wildcard" => Operator::MatchesWildcard,
            "matches_wildcard_not" => Operator::MatchesWildcardNot,
            _ => return None,
        })
    }

    pub(super) fn is_pattern(self) -> bool {
        !matches!(self, Operator::Is | Operator::IsNot | Operator::Contains | Operator::ContainsNot)
    }

    fn is_negative(self) -> bool {
        matches!(
            self,
            Operator::IsNot
                | Operator::ContainsNot
                | Operator::MatchesNot
                | Operator::MatchesWildcardNot
        )
    }
}

/// A test made ready to be tried on many values.
#[derive(Debug, Clone)]
pub struct TextTest {
    fitting: Fitting,
    negative: bool,
    /// What the test says of an absent value.
    absent: bool,
    exact: bool,
}

#[derive(Debug, Clone)]
enum Fitting {
    Equal { clauses: Vec<String> },
    EqualIgnoringCase(Regex),
    Contained { clauses: Vec<String> },
    Pattern(RegexSet),
}

impl TextTest {
    /// A test against any of `clauses`. An absent value is tested as an empty one.
    ///
    /// # Errors
    /// A clause of `matches` that is no regular expression.
    pub fn new(
        operator: Operator,
        clauses: &[String],
        case_sensitive: bool,
    ) -> Result<TextTest, InvalidPattern> {
        let escaped = || clauses.iter().map(|clause| regex::escape(clause)).collect::<Vec<_>>();
        let fitting = match operator {
            Operator::Is | Operator::IsNot if case_sensitive => {
                Fitting::Equal { clauses: clauses.to_vec() }
            }
            Operator::Is | Operator::IsNot => {
                let any = format!("^(?:{})$", escaped().join("|"));
                Fitting::EqualIgnoringCase(one_regex(&any, true)?)
            }
            Operator::Contains | Operator::ContainsNot if case_sensitive => {
                Fitting::Contained { clauses: clauses.to_vec() }
            }
            Operator::Contains | Operator::ContainsNot => {
                Fitting::EqualIgnoringCase(one_regex(&escaped().join("|"), true)?)
            }
            Operator::Matches | Operator::MatchesNot => {
                Fitting::Pattern(regex_set(clauses.to_vec())?)
            }
            Operator::MatchesWildcard | Operator::MatchesWildcardNot => {
                Fitting::Pattern(regex_set(
                    clauses
                        .iter()
                        .map(|clause| format!("(?s){}", crate::conversion::page_regex(clause)))
                        .collect(),
                )?)
            }
        };
        let mut test = TextTest {
            fitting,
            negative: operator.is_negative(),
            absent: false,
            exact: matches!(operator, Operator::Is | Operator::IsNot),
        };
        test.absent = test.fits(Some(""));
        Ok(test)
    }

    /// A test that nothing passes.
    pub(super) fn nothing() -> TextTest {
        TextTest {
            fitting: Fitting::Equal { clauses: Vec::new() },
            negative: false,
            absent: false,
            exact: true,
        }
    }

    /// Makes the clause `label` of `is` and `is_not` stand for an absent value.
    ///
    /// Custom properties (`has_key`) that are absent fit nothing else but `is_not`, as in Plausible:
    /// neither `contains_not` nor `matches_not` holds for an event without the property.
    pub(super) fn with_absent_label(mut self, label: &str, has_key: bool) -> TextTest {
        self.absent = if self.exact { self.fits(Some(label)) } else { self.absent && !has_key };
        self
    }

    /// Whether a value passes.
    pub fn fits(&self, value: Option<&str>) -> bool {
        let Some(value) = value else { return self.absent };
        let fits = match &self.fitting {
            Fitting::Equal { clauses } => clauses.iter().any(|clause| clause == value),
            Fitting::Contained { clauses } => {
                clauses.iter().any(|clause| value.contains(clause.as_str()))
            }
            Fitting::EqualIgnoringCase(regex) => regex.is_match(value),
            Fitting::Pattern(set) => set.is_match(value),
        };
        fits != self.negative
    }
}

fn one_regex(pattern: &str, ignore_case: bool) -> Result<Regex, InvalidPattern> {
    RegexBuilder::new(pattern)
        .case_insensitive(ignore_case)
        .size_limit(16 * MAX_PATTERN_BYTES)
        .build()
        .map_err(|_| InvalidPattern(pattern.to_owned()))
}

fn regex_set(patterns: Vec<String>) -> Result<RegexSet, InvalidPattern> {
    for pattern in &patterns {
        RegexBuilder::new(pattern)
            .size_limit(MAX_PATTERN_BYTES)
            .build()
            .map_err(|_| InvalidPattern(pattern.clone()))?;
    }
    RegexSetBuilder::new(&patterns)
        .size_limit(16 * MAX_PATTERN_BYTES)
        .build()
        .map_err(|_| InvalidPattern(patterns.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(operator: &str, clauses: &[&str], case_sensitive: bool, value: Option<&str>) -> bool {
        let clauses: Vec<String> = clauses.iter().map(|clause| (*clause).to_owned()).collect();
        TextTest::new(Operator::parse(operator).unwrap(), &clauses, case_sensitive)
            .unwrap()
            .with_absent_label("(not set)", false)
            .fits(value)
    }

    #[test]
    fn every_operator_has_its_opposite() {
        for (operator, opposite, clauses, value, expected) in [
            ("is", "is_not", vec!["a", "b"], Some("b"), true),
            ("is", "is_not", vec!["a"], Some("A"), false),
            ("is", "is_not", vec!["(not set)"], None, true),
            ("is", "is_not", vec!["a"], None, false),
            ("contains", "contains_not", vec!["oo", "x"], Some("Google"), true),
            ("contains", "contains_not", vec!["OO"], Some("Google"), false),
            ("contains", "contains_not", vec!["o"], None, false),
            ("matches", "matches_not", vec!["^/blog/[0-9]+$"], Some("/blog/12"), true),
            ("matches", "matches_not", vec!["^/blog/[0-9]+$"], Some("/blog/x"), false),
            ("matches_wildcard", "matches_wildcard_not", vec!["/blog/*"], Some("/blog/x"), true),
            ("matches_wildcard", "matches_wildcard_not", vec!["/blog/*"], Some("/blog/x/y"), false),
        ] {
            assert_eq!(
                fits(operator, &clauses, true, value),
                expected,
                "{operator} {clauses:?} {value:?}"
            );
            assert_eq!(
                fits(opposite, &clauses, true, value),
                !expected,
                "{opposite} {clauses:?} {value:?}"
            );
        }
    }

    #[test]
    fn case_is_ignored_when_asked() {
        assert!(fits("is", &["GOOGLE", "a.c"], false, Some("Google")));
        assert!(!fits("is", &["a.c"], false, Some("abc")));
        assert!(fits("contains", &["OOG"], false, Some("google")));
        assert!(fits("is", &["Ä"], false, Some("ä")));
    }

    #[test]
    fn an_absent_property_fits_no_negative_pattern() {
        let test = |operator, clause: &str| {
            TextTest::new(operator, &[clause.to_owned()], true)
                .unwrap()
                .with_absent_label("(none)", true)
                .fits(None)
        };
        assert!(test(Operator::Is, "(none)"));
        assert!(!test(Operator::IsNot, "(none)"));
        assert!(test(Operator::IsNot, "x"));
        assert!(!test(Operator::ContainsNot, "x"));
        assert!(!test(Operator::MatchesNot, "x"));
    }

    #[test]
    fn a_pattern_that_is_none_is_refused() {
        for pattern in ["(", "a{1000}{1000}", "[z-a]"] {
            assert!(
                TextTest::new(Operator::Matches, &[pattern.to_owned()], true).is_err(),
                "{pattern}"
            );
        }
    }
}
