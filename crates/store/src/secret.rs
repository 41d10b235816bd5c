//! Random texts that nobody guesses, and the hashes that are kept of them.

use sha2::{Digest as _, Sha256};

pub(crate) const ALPHANUMERIC: &str =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
pub(crate) const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
pub(crate) const HEX: &str = "0123456789abcdef";

/// A random text of `length` characters of an ASCII alphabet, from the operating system's seed.
pub(crate) fn random(alphabet: &str, length: usize) -> String {
    let letters = alphabet.as_bytes();
    (0..length).map(|_| char::from(letters[rand::random_range(0..letters.len())])).collect()
}

/// A secret for a cookie: 256 bits.
pub fn cookie() -> String {
    random(ALPHANUMERIC, 43)
}

/// What is kept of a random secret, in hexadecimal.
///
/// SHA-256 is enough: the secret has 238 bits or more, so nobody tries them all. A password, which
/// people choose, is hashed by `password::hash`.
pub fn hash(secret: &str) -> String {
    to_hex(&Sha256::digest(secret.as_bytes()))
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(HEX.as_bytes()[usize::from(digit)]))
        .collect()
}

pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_sha_256_in_hexadecimal() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn hexadecimal_is_read_back() {
        assert_eq!(from_hex(&to_hex(&[0, 9, 10, 255])), Some([0, 9, 10, 255]));
        assert_eq!(from_hex::<2>("00f"), None);
        assert_eq!(from_hex::<2>("00fg"), None);
    }

    #[test]
    fn two_secrets_are_never_the_same() {
        assert_ne!(cookie(), cookie());
        assert_eq!(cookie().len(), 43);
    }
}
