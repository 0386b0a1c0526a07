//! What can be done with a secret that this computer holds: copy, reveal, try.

use std::time::{Duration, Instant};

use keydeck_domain::{KeyStatus, Outcome};

use super::Console;
use crate::clipboard::{ClipboardState, CopyAs, form};
use crate::error::Result;
use crate::handoff::Reveal;
use crate::keys::{KeyRef, Trial};
use crate::kinds;

impl Console {
    /// Copies a secret, kept out of clipboard histories and cleared in time.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::NotInKeychain`], a keychain error,
    /// [`crate::error::ErrorCode::Clipboard`].
    pub async fn copy_secret(&self, key: KeyRef, form: CopyAs) -> Result<ClipboardState> {
        let held = self.held_for_sure(key).await?;
        let stored = self.stored(key.connection)?;
        let organization = stored.organizations.iter().find(|organization| organization.id == key.organization);
        let dialect = organization.map(|organization| organization.dialect).unwrap_or_default();
        let tenant = organization.and_then(|organization| organization.tenant.as_ref());
        let header = kinds::header_at(stored.kind, dialect);
        let text = form::render(&held.secret, &form, header, dialect.contract().tenant_header.zip(tenant))?;
        let hint = self.inner.journal.find(key).map(|record| record.hint.to_string()).unwrap_or_default();
        let state = self.inner.countdown.copy(text, hint, self.clipboard_time()).await?;
        self.inner.live.new_keys(|keys| keys.copied.insert(key));
        self.publish_handoffs();
        Ok(state)
    }

    /// How long a copied secret stays, as the person has set it.
    pub(super) fn clipboard_time(&self) -> Option<Duration> {
        let seconds = self.inner.settings.look(|settings| settings.preferences.clear_clipboard_after);
        seconds.map(|seconds| Duration::from_secs(u64::from(seconds)))
    }

    /// Clears the clipboard now, if our secret is still in it.
    ///
    /// # Errors
    /// None: a failure is told in the state.
    pub async fn clear_clipboard(&self) -> Result<ClipboardState> {
        Ok(self.inner.countdown.clear().await)
    }

    /// Presents a key to its server.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::NotInKeychain`], and those of the network.
    pub async fn try_key(&self, key: KeyRef) -> Result<Trial> {
        let held = self.held_for_sure(key).await?;
        let begun = Instant::now();
        let probed = self.present(key, &held).await.inspect_err(|error| self.note(key.connection, error))?;
        let milliseconds = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
        let outcome = match probed.why {
            _ if probed.accepted => Outcome::Accepted,
            Some(why) => why,
            None => self.why_refused(key).await,
        };
        self.inner.register.checked(key, outcome).await?;
        Ok(Trial { outcome, address: self.stored(key.connection)?.address, milliseconds, findings: probed.findings })
    }

    /// A key hears no reason about itself: its record gives it.
    async fn why_refused(&self, key: KeyRef) -> Outcome {
        match self.record_at_server(key).await {
            Ok(record) => match record.status {
                KeyStatus::Revoked => Outcome::Revoked,
                KeyStatus::Expired => Outcome::Expired,
                KeyStatus::Disabled => Outcome::Disabled,
                KeyStatus::Active if !record.allowed_addresses.is_empty() => Outcome::AddressRefused,
                KeyStatus::Active => Outcome::Unknown,
            },
            Err(_) => Outcome::Unknown,
        }
    }

    /// Makes a place where a secret can be looked at once.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::NotInKeychain`], a keychain error.
    pub async fn reveal_secret(&self, key: KeyRef) -> Result<Reveal> {
        let held = self.held_for_sure(key).await?;
        let reveal = self.inner.sealed.issue(held.secret);
        let (console, address) = (self.clone(), reveal.address.clone());
        let time = Duration::from_secs(u64::from(reveal.seconds));
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            console.inner.sealed.end(&address);
        });
        Ok(reveal)
    }

    /// Whether the sealed frame was served.
    ///
    /// # Errors
    /// None.
    pub async fn reveal_served(&self, address: String) -> Result<bool> {
        Ok(self.inner.sealed.served(&address))
    }

    /// Ends a reveal.
    ///
    /// # Errors
    /// None.
    pub async fn end_reveal(&self, address: String) -> Result<()> {
        self.inner.sealed.end(&address);
        Ok(())
    }
}
