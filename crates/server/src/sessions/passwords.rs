//! Passwords: Argon2id (RFC 9106), never more at once than the configuration allows.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use keydeck_domain::Password;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::PasswordCost;
use crate::error::Error;

/// Fewest characters of a password (NIST SP 800-63B asks for at least 8).
pub const PASSWORD_MIN: usize = 10;
/// Most bytes of a password: hashing takes longer with its length.
const PASSWORD_MAX: usize = 1_024;
/// How long a sign-in waits for its turn.
const TURN: Duration = Duration::from_secs(10);

pub(crate) struct Passwords {
    at_once: Arc<Semaphore>,
    argon2: Argon2<'static>,
    /// Verified in place of the password of somebody who doesn't exist: the same work.
    nobody: String,
}

impl Passwords {
    pub(crate) fn new(at_once: usize, cost: PasswordCost) -> Result<Self, Error> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None)
            .map_err(|error| Error::Internal(format!("the cost of passwords: {error}")))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random)?;
        Ok(Self { at_once: Arc::new(Semaphore::new(at_once.max(1))), nobody: hash(&argon2, &random)?, argon2 })
    }

    /// Hashes a new password.
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, Error> {
        // Exposed to be measured and hashed.
        let text = password.expose();
        if text.chars().count() < PASSWORD_MIN {
            return Err(Error::InvalidBody(format!("a password must have at least {PASSWORD_MIN} characters")));
        }
        if text.len() > PASSWORD_MAX {
            return Err(Error::InvalidBody(format!("a password must have at most {PASSWORD_MAX} bytes")));
        }
        let turn = self.turn().await?;
        let (password, argon2) = (password.duplicate(), self.argon2.clone());
        blocking(turn, move || {
            // Exposed to be hashed.
            hash(&argon2, password.expose().as_bytes())
        })
        .await?
    }

    /// Whether this is the password; without a stored one the work is the same and the answer no.
    pub(crate) async fn verify(&self, password: Password, stored: Option<String>) -> Result<bool, Error> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.clone());
        let turn = self.turn().await?;
        blocking(turn, move || {
            let parsed = PasswordHash::new(&stored).map_err(|_| Error::Damaged("a stored password can't be read".to_owned()))?;
            // Exposed to be hashed and compared. What is too long is no password of anybody's.
            let text = password.expose().as_bytes();
            let text = &text[..text.len().min(PASSWORD_MAX + 1)];
            Ok(Argon2::default().verify_password(text, &parsed).is_ok() && known)
        })
        .await?
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Error> {
        match tokio::time::timeout(TURN, Arc::clone(&self.at_once).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Error::Unavailable("too many sign-ins at once".to_owned())),
        }
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8]) -> Result<String, Error> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt)?;
    let hash = argon2
        .hash_password_with_salt(password, &salt)
        .map_err(|error| Error::Internal(format!("the password could not be hashed: {error}")))?;
    Ok(hash.to_string())
}

/// The turn goes with the work: a caller who hangs up doesn't make room before it is done.
async fn blocking<T: Send + 'static>(turn: OwnedSemaphorePermit, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    })
    .await
    .map_err(|error| Error::Internal(format!("hashing ended: {error}")))
}
