//! How a fresh server gets its first person: by a token that it tells where it runs, and nowhere else.

pub(crate) mod handlers;

use std::sync::{Mutex, PoisonError};

use keydeck_domain::OneTimeToken;
use keydeck_domain::api::claim::CLAIM_PREFIX;
use keydeck_domain::format::random_base62;

use crate::error::Error;
use crate::server::Server;
use crate::subkeys::{Tag, same};

/// 43 base62 characters are 256 bits.
const TOKEN_RANDOM: usize = 43;

/// The token that a fresh server can be claimed with: its digest, in memory alone.
#[derive(Default)]
pub(crate) struct Claimable(Mutex<Option<Tag>>);

impl Claimable {
    fn offer(&self, digest: Tag) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(digest);
    }

    /// Whether the server waits to be claimed.
    pub(crate) fn waits(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Whether this is the token; none where the server doesn't wait for one.
    fn is(&self, digest: &Tag) -> Option<bool> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map(|offered| same(&offered, digest))
    }

    fn over(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Server {
    /// Lets whoever has this token claim the server; `None` where there are people already. Each call
    /// makes another token, and the one before is over. It has to be told where the server runs, and
    /// nowhere else.
    ///
    /// # Errors
    /// Where the database can't be read or the system's generator fails.
    pub async fn offer_claim(&self) -> Result<Option<OneTimeToken>, Error> {
        if self.has_people().await? {
            return Ok(None);
        }
        let mut text = String::with_capacity(CLAIM_PREFIX.len() + TOKEN_RANDOM);
        text.push_str(CLAIM_PREFIX);
        // Exposed to be joined with the prefix into the token.
        text.push_str(random_base62(TOKEN_RANDOM)?.expose());
        let token = OneTimeToken::new(text);
        self.parts.claimable.offer(self.parts.subkeys.claim_digest(&token));
        Ok(Some(token))
    }
}
