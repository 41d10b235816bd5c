//! Currencies: the codes of ISO 4217 and how many decimals each has.

use std::fmt;
use std::str::FromStr;

/// A currency in use today, by its ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: &'static str,
    minor_digits: u8,
}

impl Currency {
    /// The three capital letters.
    pub fn code(self) -> &'static str {
        self.code
    }

    /// Decimals of the minor unit: 2 for EUR (cents), 0 for JPY, 3 for KWD.
    ///
    /// Source: ISO 4217 list one.
    pub fn minor_digits(self) -> u8 {
        self.minor_digits
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Currency({})", self.code)
    }
}

/// A text that is not the code of a currency in use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a currency code of ISO 4217, such as EUR")]
pub struct UnknownCurrency(pub String);

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Reads a code in either case.
    fn from_str(text: &str) -> Result<Currency, UnknownCurrency> {
        let code = text.trim().to_ascii_uppercase();
        let found = |digits: u8, codes: &'static str| {
            codes
                .split(' ')
                .find(|known| *known == code)
                .map(|code| Currency { code, minor_digits: digits })
        };
        found(2, TWO)
            .or_else(|| found(0, NONE))
            .or_else(|| found(3, THREE))
            .or_else(|| found(4, FOUR))
            .ok_or_else(|| UnknownCurrency(text.to_owned()))
    }
}

const NONE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";
const FOUR: &str = "CLF UYW";
const TWO: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE \
CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG \
HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV \
MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP \
STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_in_either_case_with_their_decimals() {
        let digits =
            |code: &str| code.parse::<Currency>().map(|found| (found.code(), found.minor_digits()));
        assert_eq!(digits("eur"), Ok(("EUR", 2)));
        assert_eq!(digits("JPY"), Ok(("JPY", 0)));
        assert_eq!(digits("KWD"), Ok(("KWD", 3)));
        assert_eq!(digits("IRR"), Ok(("IRR", 2)));
    }

    #[test]
    fn a_word_that_is_no_currency_is_refused() {
        for text in ["", "EU", "EURO", "FIM", "E R", "€"] {
            assert_eq!(text.parse::<Currency>(), Err(UnknownCurrency(text.into())), "{text}");
        }
    }
}
