//! Text packed by `lz-string` and written in base64, as PostHog's small library for pages sends it.
//!
//! A stream of codes, lowest bit first, each as wide as the dictionary needs. Codes 0 and 1 stand before a character of
//! 8 or 16 bits that is new, 2 ends the text, the others name what was there before.

/// Most UTF-16 units that are unpacked: a short text may unpack to gigabytes, and a page sends kilobytes.
const MOST_UNITS: usize = 1 << 20;

/// The text behind base64; `None` where it is none, breaks off, or is too long.
pub(crate) fn text(base64: &str) -> Option<String> {
    let mut bits = Bits::new(base64.trim().as_bytes());
    let mut out: Vec<u16> = Vec::new();
    // Each entry stands in `out`: where it begins, and how long it is. The first three are the signs.
    let mut entries = vec![(0_usize, 0_usize); 3];
    // The latest entry, and how many more fit before codes get wider.
    let mut latest = (0, 0);
    let mut room = 1_u32;
    let mut width = 2;
    while out.len() <= MOST_UNITS {
        let code = bits.take(width)? as usize;
        if code == 2 {
            return String::from_utf16(&out).ok();
        }
        let begin = out.len();
        if code < 2 {
            out.push(bits.take(8 << code)? as u16);
            entries.push((begin, 1));
            room -= 1;
            if room == 0 {
                (room, width) = (1 << width, width + 1);
            }
        } else if let Some((from, len)) = entries.get(code).copied() {
            out.extend_from_within(from..from + len);
        } else if code == entries.len() && begin > 0 {
            // What it names is only being made: the latest, and its own first unit.
            out.extend_from_within(latest.0..begin);
            out.push(out[latest.0]);
        } else {
            return None;
        }
        if begin > 0 {
            // The latest and the unit after it.
            entries.push((latest.0, begin + 1 - latest.0));
            room -= 1;
            if room == 0 {
                (room, width) = (1 << width, width + 1);
            }
        }
        latest = (begin, out.len() - begin);
    }
    None
}

/// Six bits of each character of base64, its highest first.
struct Bits<'a> {
    rest: std::slice::Iter<'a, u8>,
    /// The bits of the character at hand that are left.
    value: u8,
    left: u8,
}

impl<'a> Bits<'a> {
    fn new(base64: &'a [u8]) -> Self {
        Self { rest: base64.iter(), value: 0, left: 0 }
    }

    /// A number of `width` bits, its lowest first.
    fn take(&mut self, width: u32) -> Option<u32> {
        let mut number = 0;
        for at in 0..width {
            if self.left == 0 {
                self.value = sextet(*self.rest.next()?)?;
                self.left = 6;
            }
            self.left -= 1;
            number |= u32::from((self.value >> self.left) & 1) << at;
        }
        Some(number)
    }
}

fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        // A plus sign that was not escaped in a form came out as a space.
        b'+' | b' ' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lz_string_packed_is_unpacked() {
        // `compressToBase64` of lz-string 1.5.0.
        for (packed, plain) in [
            ("Q===", ""),
            ("IZA=", "a"),
            ("IY1lA===", "aaaaaaaaaaaa"),
            ("MIQwZglwBIqGRYvBuAA9qAXApiVGsiA=", "Café ☕ 😀 tea tea tea"),
        ] {
            assert_eq!(text(packed).as_deref(), Some(plain), "{packed}");
        }
    }

    #[test]
    fn what_is_torn_or_none_is_nothing() {
        for packed in ["", "IY1l", "w", "wA==", "not base64!"] {
            assert_eq!(text(packed), None, "{packed}");
        }
    }
}
