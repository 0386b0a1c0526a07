//! The secrets of keys that this computer holds.

use keydeck_domain::Secret;

use super::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::handoff::journal::{Place, Record};
use crate::keys::KeyRef;
use crate::servers::Probed;
use crate::vault::Entry;

/// A secret that is held, and the origin that it belongs to.
pub(super) struct Held {
    pub secret: Secret,
    /// `None` for one that never left this program's memory: it belongs to the connection that it
    /// was made for.
    origin: Option<String>,
}

impl Console {
    /// The secret of a key, if this computer holds it.
    pub(super) async fn held(&self, key: KeyRef) -> Result<Option<Held>> {
        let in_memory = self.inner.live.new_keys(|keys| keys.in_memory.get(&key).map(Secret::duplicate));
        if let Some(secret) = in_memory {
            return Ok(Some(Held { secret, origin: None }));
        }
        // Also where the journal says memory: the program may have ended between keeping it in the
        // keychain and writing that down.
        if self.inner.journal.find(key).is_none_or(|record| record.place == Place::Nowhere) {
            return Ok(None);
        }
        let kept = self.observe(self.inner.vault.read(&Entry::KeySecret(key)).await)?;
        Ok(kept.map(|kept| Held { secret: kept.secret, origin: Some(kept.origin) }))
    }

    /// The same where it must be there.
    pub(super) async fn held_for_sure(&self, key: KeyRef) -> Result<Held> {
        let missing = || Error::new(ErrorCode::NotInKeychain, "This computer does not hold the secret of this key.");
        self.held(key).await?.ok_or_else(missing)
    }

    /// Presents a secret to the server that it belongs to, and to no other.
    pub(super) async fn present(&self, key: KeyRef, held: &Held) -> Result<Probed> {
        let stored = self.stored(key.connection)?;
        let (server, origin) = self.server(&stored).await?;
        if held.origin.as_ref().is_some_and(|belongs_to| *belongs_to != origin) {
            let message = "The secret belongs to another address than this connection has now, so it was not sent.";
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        server.probe(&held.secret).await
    }

    /// Puts a secret into the keychain.
    pub(super) async fn keep(&self, key: KeyRef, name: &str, secret: &Secret) -> Result<()> {
        let stored = self.stored(key.connection)?;
        let (_, origin) = self.server(&stored).await?;
        let organization = stored.organizations.iter().find(|organization| organization.id == key.organization);
        let owner = organization.map_or(stored.name.as_str(), |organization| organization.name.as_str());
        let label = format!("Keydeck: {name} ({owner})");
        self.observe(self.inner.vault.store(&Entry::KeySecret(key), &label, &origin, secret).await)
    }

    /// Forgets a key's secret wherever it is, then its record: in this order, so that no entry of
    /// the keychain is ever unknown here.
    pub(super) async fn forget_entry(&self, key: KeyRef) -> Result<()> {
        let place = self.inner.journal.find(key).map(|record| record.place);
        if place.is_some_and(|place| place != Place::Nowhere) {
            let forgotten = self.observe(self.inner.vault.forget(&Entry::KeySecret(key)).await);
            // What no keychain took need not be taken out of one.
            if place == Some(Place::Keychain) {
                forgotten?;
            }
        }
        self.inner.journal.remove(key).await?;
        self.inner.live.new_keys(|keys| keys.forget(key));
        Ok(())
    }

    /// The record of a new key.
    pub(super) fn new_key(&self, key: KeyRef) -> Result<Record> {
        let found = self.inner.journal.find(key);
        found.ok_or_else(|| Error::new(ErrorCode::NotFound, "This key is settled: nothing of it waits here."))
    }
}
