//! What a visitor agreed to, as each client says it.

/// What a visitor agreed to. `None` where nothing was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consent {
    /// To be recognised again for measuring (an id in a cookie or in storage).
    pub analytics: Option<bool>,
    /// To be recognised again for advertising.
    pub advertising: Option<bool>,
}

impl Consent {
    /// `None` where it says nothing at all.
    pub fn said(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }

    /// Whether the visitor refused to be recognised again.
    pub fn refuses_analytics(self) -> bool {
        self.analytics == Some(false)
    }

    /// Google Consent Mode's `gcs`, `G1` and a digit each for advertising and analytics storage: 1
    /// granted, 0 denied, `-` not asked.
    ///
    /// Source: Google's documentation of Consent Mode, "About consent mode": `G100` no consent,
    /// `G110` advertising only, `G101` analytics only, `G111` both.
    pub fn from_gcs(text: &str) -> Option<Self> {
        let digit = |at: usize| match text.as_bytes().get(at) {
            Some(b'1') => Some(true),
            Some(b'0') => Some(false),
            _ => None,
        };
        text.starts_with("G1")
            .then(|| Self { advertising: digit(2), analytics: digit(3) })
            .and_then(Self::said)
    }

    /// Google Consent Mode's `gcd`: after `11` or `13`, a letter and a digit for each of advertising
    /// storage, analytics storage, user data and personalisation.
    ///
    /// The letter says what holds by default and after an update: `l` nothing; `p`, `q`, `m`, `u`
    /// denied in the end; `t`, `r`, `n`, `v` granted in the end.
    pub fn from_gcd(text: &str) -> Option<Self> {
        let mut letters = text.bytes().filter(u8::is_ascii_alphabetic).map(|letter| match letter {
            b't' | b'r' | b'n' | b'v' => Some(true),
            b'p' | b'q' | b'm' | b'u' => Some(false),
            _ => None,
        });
        let (advertising, analytics) = (letters.next()?, letters.next()?);
        Self { analytics, advertising }.said()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signals_of_google_are_read() {
        let of = |analytics, advertising| Some(Consent { analytics, advertising });
        assert_eq!(Consent::from_gcs("G100"), of(Some(false), Some(false)));
        assert_eq!(Consent::from_gcs("G101"), of(Some(true), Some(false)));
        assert_eq!(Consent::from_gcs("G110"), of(Some(false), Some(true)));
        assert_eq!(Consent::from_gcs("G111"), of(Some(true), Some(true)));
        assert_eq!(Consent::from_gcs("G1--"), None);
        assert_eq!(Consent::from_gcs("x"), None);
        assert_eq!(Consent::from_gcd("13l3l3l3l1"), None);
        assert_eq!(Consent::from_gcd("13p3t3p3p5"), of(Some(true), Some(false)));
        assert_eq!(Consent::from_gcd("11q1q1q1q5"), of(Some(false), Some(false)));
        assert_eq!(Consent::from_gcd(""), None);
    }
}
