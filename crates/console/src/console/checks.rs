//! Preferences, the keychain check, links.

use chrono::Utc;
use keydeck_domain::format::random_base62;
use url::Url;

use super::Console;
use super::state::{internal, lock};
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::handoff::journal::Place;
use crate::keychain::{KeychainReport, KeychainState};
use crate::preferences::Preferences;
use crate::vault::Entry;

impl Console {
    /// Sets the preferences.
    ///
    /// # Errors
    /// [`ErrorCode::Invalid`] where a value is out of its range.
    pub async fn set_preferences(&self, preferences: Preferences) -> Result<Preferences> {
        let invalid = |message: &str| Err(Error::new(ErrorCode::Invalid, message));
        if preferences.clear_clipboard_after.is_some_and(|seconds| !(5..=600).contains(&seconds)) {
            return invalid("The clipboard can be cleared after 5 to 600 seconds.");
        }
        if preferences.expires_in_days.is_some_and(|days| !(1..=3_650).contains(&days)) {
            return invalid("A key can expire after 1 to 3650 days.");
        }
        let change = self.inner.settings.change(move |settings| {
            settings.preferences = preferences;
            settings.preferences.clone()
        });
        change.await
    }

    /// Writes, reads and forgets an entry of the keychain.
    ///
    /// # Errors
    /// None: what fails is told in the report.
    pub async fn check_keychain(&self) -> Result<KeychainReport> {
        let vault = &self.inner.vault;
        let sample = random_base62(32).map_err(internal)?;
        let tried = async {
            vault.store(&Entry::Check, "Keydeck: check of the keychain", "check", &sample).await?;
            let read = vault.read(&Entry::Check).await?;
            vault.forget(&Entry::Check).await?;
            let same = read.is_some_and(|kept| kept.secret == sample && kept.origin == "check");
            let gone = vault.read(&Entry::Check).await?.is_none();
            if same && gone {
                Ok("An entry was written, read and forgotten again.".to_owned())
            } else {
                Err(Error::new(ErrorCode::KeychainRefused, "What was read is not what was written."))
            }
        };
        let result = self.observe(tried.await);
        let state = *lock(&self.inner.keychain);
        let detail = match result {
            Ok(detail) => detail,
            Err(error) => error.message,
        };
        let entries = self.inner.journal.all().iter().filter(|record| record.place == Place::Keychain).count();
        Ok(KeychainReport {
            state,
            store: vault.store_name().to_owned(),
            detail,
            advice: advice(state).to_owned(),
            entries: u32::try_from(entries).unwrap_or(u32::MAX),
        })
    }

    /// The keychain works, or does not any more: tells the window, and remembers when it did.
    pub(super) fn keychain_is(&self, state: KeychainState) {
        self.inner.events.send(Event::Keychain { state });
        if state != KeychainState::Working {
            return;
        }
        let settings = self.inner.settings.clone();
        tokio::spawn(async move {
            let now = Utc::now();
            if let Err(error) = settings.change(move |settings| settings.keychain_worked_at = Some(now)).await {
                tracing::debug!(code = ?error.code, "it could not be remembered that the keychain works");
            }
        });
    }

    /// Opens an https link in the system's browser.
    ///
    /// # Errors
    /// [`ErrorCode::UnsafeLink`] for anything else.
    pub async fn open_link(&self, url: String) -> Result<()> {
        let refused = || Error::new(ErrorCode::UnsafeLink, "Only https links are opened.");
        let url = Url::parse(&url).map_err(|_| refused())?;
        if url.scheme() != "https" || !url.username().is_empty() || url.password().is_some() {
            return Err(refused());
        }
        self.inner.opener.open(&url)
    }
}

fn advice(state: KeychainState) -> &'static str {
    match state {
        KeychainState::Working | KeychainState::Unknown => "",
        KeychainState::Locked => {
            "Unlock the keychain of your system (on Linux for example with Seahorse or KWalletManager), then check again."
        }
        KeychainState::Absent => {
            "Install a keychain: on Linux the package gnome-keyring or kwalletmanager, then sign in to your desktop again. \
             Until then new secrets live in this program's memory alone."
        }
        KeychainState::Refusing => {
            "Look at the keychain with your system's own tool. Until it works, new secrets live in this program's memory alone."
        }
    }
}
