//! A vault in memory, for tests: it can be made to fail as a real one does.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use async_trait::async_trait;
use keydeck_domain::Secret;
use tokio::sync::watch;

use super::{Entry, Kept, Vault};
use crate::error::{Error, ErrorCode, Result};

/// Keeps secrets in this process's memory.
pub struct MemoryVault {
    state: Mutex<State>,
    hanging: watch::Sender<bool>,
}

impl Default for MemoryVault {
    fn default() -> Self {
        Self { state: Mutex::default(), hanging: watch::Sender::new(false) }
    }
}

#[derive(Default)]
struct State {
    entries: BTreeMap<Entry, Stored>,
    failure: Option<ErrorCode>,
}

struct Stored {
    label: String,
    origin: String,
    secret: Secret,
}

impl MemoryVault {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on every call fails with this code; `None` makes it work again.
    pub fn fail_with(&self, code: Option<ErrorCode>) {
        self.lock().failure = code;
    }

    /// From now on every call waits, as one does behind a prompt that nobody answers; `false` lets
    /// them go on.
    pub fn hang(&self, hanging: bool) {
        self.hanging.send_replace(hanging);
    }

    /// Waits until a call hangs.
    pub async fn until_somebody_waits(&self) {
        while self.hanging.receiver_count() == 0 {
            tokio::task::yield_now().await;
        }
    }

    async fn prompt(&self) {
        // Fails only when the sender is gone, which is this very vault.
        let mut receiver = self.hanging.subscribe();
        let _answered = receiver.wait_for(|hanging| !hanging).await.is_ok();
    }

    /// The entries and their labels.
    #[must_use]
    pub fn labels(&self) -> Vec<(Entry, String)> {
        self.lock().entries.iter().map(|(entry, stored)| (*entry, stored.label.clone())).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn working(&self) -> Result<std::sync::MutexGuard<'_, State>> {
        let state = self.lock();
        match state.failure {
            Some(code) => Err(Error::new(code, "the keychain was made to fail")),
            None => Ok(state),
        }
    }
}

#[async_trait]
impl Vault for MemoryVault {
    async fn store(&self, entry: &Entry, label: &str, origin: &str, secret: &Secret) -> Result<()> {
        self.prompt().await;
        let stored = Stored { label: label.to_owned(), origin: origin.to_owned(), secret: secret.duplicate() };
        self.working()?.entries.insert(*entry, stored);
        Ok(())
    }

    async fn read(&self, entry: &Entry) -> Result<Option<Kept>> {
        self.prompt().await;
        let state = self.working()?;
        Ok(state.entries.get(entry).map(|stored| Kept { origin: stored.origin.clone(), secret: stored.secret.duplicate() }))
    }

    async fn forget(&self, entry: &Entry) -> Result<()> {
        self.prompt().await;
        self.working()?.entries.remove(entry);
        Ok(())
    }

    fn store_name(&self) -> &'static str {
        "memory"
    }
}
