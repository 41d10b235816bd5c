//! Passwords on the way in: what is allowed, hashed and compared without holding up other requests.

use luotsi_store::password::{self, FEWEST_CHARACTERS, MOST_BYTES};
use tokio::sync::Semaphore;

use crate::error::{ApiError, Fields};

/// Hashes that are computed at a time: each takes a core and 19 MiB.
static AT_A_TIME: Semaphore = Semaphore::const_new(2);

/// Refuses a new password that is too short or too long.
pub(crate) fn check(fields: &mut Fields, field: &str, password: &str) {
    if password.chars().count() < FEWEST_CHARACTERS {
        fields.refuse(field, "too_short", format!("at least {FEWEST_CHARACTERS} characters"));
    }
    if password.len() > MOST_BYTES {
        fields.refuse(field, "too_long", format!("at most {MOST_BYTES} bytes"));
    }
}

pub(crate) async fn hash(password: String) -> Result<String, ApiError> {
    let hashed = blocking(move || password::hash(&password)).await?;
    Ok(hashed?)
}

/// Whether the password fits the hash. Takes as long without one, and is false then.
pub(crate) async fn verify(password: String, hash: Option<String>) -> Result<bool, ApiError> {
    if password.len() > MOST_BYTES {
        return Ok(false);
    }
    blocking(move || match hash {
        Some(hash) => password::verify(&password, &hash),
        None => password::verify_nobody(&password),
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    // The semaphore is never closed, so there is a permit or a longer wait.
    let _permit = AT_A_TIME.acquire().await;
    Ok(tokio::task::spawn_blocking(work).await?)
}
