//! What becomes of a new secret: kept, stored elsewhere, discarded.

use super::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::handoff::Handoff;
use crate::handoff::journal::{Place, State};
use crate::keys::{Custody, KeyRef, Revocation};

impl Console {
    /// Done with the dialog. With `keep` the secret stays in the keychain for good; without, it
    /// stays unclaimed until the person says that it is stored.
    ///
    /// # Errors
    /// A keychain error where it can't be kept; [`ErrorCode::KeychainAbsent`] where it is in memory
    /// alone and was not even copied: it would be lost.
    pub async fn finish_handoff(&self, key: KeyRef, keep: bool) -> Result<Vec<Handoff>> {
        let record = self.new_key(key)?;
        if record.state == State::Pending {
            let message = "The server has not answered yet whether it has this key. Send it again, or forget it.";
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        let copied = self.inner.live.new_keys(|keys| keys.copied.contains(&key));
        match (record.place, keep) {
            (Place::Keychain, true) => {
                // Looked at before it is called kept: somebody may have taken it out of the keychain.
                self.held_for_sure(key).await?;
                self.inner.journal.update(key, |record| record.state = State::Kept).await?;
                self.inner.live.new_keys(|keys| keys.forget(key));
            }
            (Place::Memory, true) => {
                let held = self.held_for_sure(key).await?;
                self.keep(key, record.name.as_str(), &held.secret).await?;
                let update = self.inner.journal.update(key, |record| {
                    record.place = Place::Keychain;
                    record.state = State::Kept;
                });
                update.await?;
                self.inner.live.new_keys(|keys| keys.forget(key));
            }
            (Place::Memory, false) if !copied => {
                let message = "The secret is in this program's memory alone. Copy it and store it, keep it in the keychain, or discard the key.";
                return Err(Error::new(ErrorCode::KeychainAbsent, message));
            }
            (Place::Nowhere, true) => {
                return Err(Error::new(
                    ErrorCode::NotInKeychain,
                    "Nobody has the secret of this key: it can't be kept. Discard the key.",
                ));
            }
            (_, false) => {}
        }
        Ok(self.publish_handoffs())
    }

    /// 'I have stored it': an unclaimed secret is forgotten here.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] where the create was not answered yet; a keychain error.
    pub async fn confirm_stored(&self, key: KeyRef) -> Result<Vec<Handoff>> {
        let record = self.new_key(key)?;
        if record.state == State::Pending {
            let message = "The server has not answered yet whether it has this key, so its secret is not forgotten.";
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        self.forget_entry(key).await?;
        Ok(self.publish_handoffs())
    }

    /// Revokes a new key and forgets its secret.
    ///
    /// # Errors
    /// Those of the network: then the key is not known to be revoked, and nothing is forgotten.
    pub async fn discard_key(&self, key: KeyRef) -> Result<Revocation> {
        self.new_key(key)?;
        let mut revocation = self.revoke_key(key).await?;
        // Revoking forgets what the server refused. Where the secret could not be tried, it is the
        // person's word that counts: it was to go.
        if self.inner.journal.find(key).is_some() && revocation.check != crate::keys::RevocationCheck::StillAccepted {
            self.forget_entry(key).await?;
            revocation.row.custody = Custody::None;
        }
        self.publish_handoffs();
        Ok(revocation)
    }

    /// Takes a kept secret out of the keychain. The key goes on working.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] where the secret is not settled yet; a keychain error.
    pub async fn forget_secret(&self, key: KeyRef) -> Result<Custody> {
        match self.inner.journal.find(key) {
            None => {}
            Some(record) if record.state == State::Kept => self.forget_entry(key).await?,
            Some(_) => {
                let message = "This secret is not settled yet. Say that you have stored it, or discard the key.";
                return Err(Error::new(ErrorCode::Conflict, message));
            }
        }
        Ok(self.inner.journal.custody(key))
    }
}
