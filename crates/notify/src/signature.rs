//! Signatures after Standard Webhooks 1.0: HMAC-SHA256 over id, time and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::hmac;

const PREFIX: &str = "whsec_";

/// Bytes of a new secret's key. The specification asks for 24 to 64.
const KEY_BYTES: usize = 32;

/// A secret that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret is `whsec_` and 24 to 64 bytes in Base64")]
pub struct NoSecret;

/// A key to sign with.
pub struct Secret(hmac::Key);

impl Secret {
    /// Reads `whsec_…`.
    pub fn parse(text: &str) -> Result<Secret, NoSecret> {
        let key =
            STANDARD.decode(text.strip_prefix(PREFIX).ok_or(NoSecret)?).map_err(|_| NoSecret)?;
        if !(24..=64).contains(&key.len()) {
            return Err(NoSecret);
        }
        Ok(Secret(hmac::Key::new(hmac::HMAC_SHA256, &key)))
    }

    /// `v1,` and the signature in Base64. `id` has no full stop.
    fn sign(&self, id: &str, at: Timestamp, body: &str) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(format!("{id}.{}.", at.as_second()).as_bytes());
        context.update(body.as_bytes());
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
}

/// A new secret, as text.
pub fn new_secret() -> String {
    let key: [u8; KEY_BYTES] = rand::random();
    format!("{PREFIX}{}", STANDARD.encode(key))
}

/// The three headers of a message. With several secrets, one signature each: receivers take any that fits.
pub fn headers(
    id: &str,
    at: Timestamp,
    body: &str,
    secrets: &[Secret],
) -> [(&'static str, String); 3] {
    let signatures: Vec<String> = secrets.iter().map(|secret| secret.sign(id, at, body)).collect();
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", at.as_second().to_string()),
        ("webhook-signature", signatures.join(" ")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_that_pythons_hmac_makes() {
        // base64.b64encode(hmac.new(b"0123456789abcdef0123456789abcdef",
        //   b'msg_1.1674087231.{"test": 2432232314}', "sha256").digest())
        let secret = format!("whsec_{}", STANDARD.encode("0123456789abcdef0123456789abcdef"));
        let at = Timestamp::new(1_674_087_231, 999_000_000).expect("a time");
        let made = headers(
            "msg_1",
            at,
            r#"{"test": 2432232314}"#,
            &[Secret::parse(&secret).expect("a secret")],
        );
        assert_eq!(
            made.map(|(_, value)| value),
            ["msg_1", "1674087231", "v1,7lGjPO46NFuelSaojKePTgm3qEmydiwP4etUWaiuQUE="]
                .map(str::to_owned)
        );
    }

    #[test]
    fn two_secrets_sign_both() {
        let secrets = [new_secret(), new_secret()].map(|text| Secret::parse(&text).expect("read"));
        let [.., (_, both)] = headers("msg_1", Timestamp::UNIX_EPOCH, "{}", &secrets);
        let parts: Vec<&str> = both.split(' ').collect();
        assert_eq!(parts.len(), 2);
        assert_ne!(parts[0], parts[1]);
        assert!(parts.iter().all(|part| part.starts_with("v1,")));
    }

    #[test]
    fn what_is_too_short_or_not_ours_is_no_secret() {
        let short = format!("whsec_{}", STANDARD.encode("too short"));
        for text in [short.as_str(), "whsec_***", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ""] {
            assert!(matches!(Secret::parse(text), Err(NoSecret)), "{text}");
        }
    }
}
