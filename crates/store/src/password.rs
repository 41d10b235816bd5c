//! Passwords: argon2id, slow on purpose. Call from a blocking thread.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};

use crate::{Result, StoreError};

/// Fewest characters of a password.
///
/// Source: NIST SP 800-63B-4, 3.1.1.2, allows 8 beside a second factor; ours stands alone.
pub const FEWEST_CHARACTERS: usize = 10;

/// Most bytes of a password: hashing more would only help who wants to keep the server busy.
pub const MOST_BYTES: usize = 1000;

/// Hashes a password with a random salt: argon2id, 19 MiB, 2 passes, 1 lane.
///
/// Source: OWASP Password Storage Cheat Sheet, the first of its equivalent settings. Takes about
/// 20 ms. The result is a PHC string, which names its own settings.
pub fn hash(password: &str) -> Result<String> {
    let refused = |reason: argon2::password_hash::Error| StoreError::Password(reason.to_string());
    let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>()).map_err(refused)?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(refused)?;
    Ok(hash.to_string())
}

/// Whether a password is the one that was hashed. `false` as well for a hash that cannot be read.
pub fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Takes as long as `verify` and is always `false`: for an e-mail address that nobody has, so that
/// the time of the answer does not tell.
pub fn verify_nobody(password: &str) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlz$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    verify(password, NOBODY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_password_fits_its_hash() {
        let kept = hash("correct horse").expect("hashed");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify("correct horse", &kept));
        assert!(!verify("correct horsf", &kept));
        assert!(!verify("", &kept));
    }

    #[test]
    fn the_same_password_is_hashed_differently_each_time() {
        assert_ne!(hash("correct horse").expect("hashed"), hash("correct horse").expect("hashed"));
    }

    #[test]
    fn nobody_has_a_readable_hash_that_no_password_fits() {
        assert!(!verify_nobody("anything"));
        // The hash must parse, or the comparison would be skipped and fast.
        assert!(!verify("anything", "not a hash"));
        let started = std::time::Instant::now();
        verify_nobody("anything");
        let nobody = started.elapsed();
        let started = std::time::Instant::now();
        verify("anything", "not a hash");
        assert!(nobody > started.elapsed() * 10, "{nobody:?}");
    }
}
