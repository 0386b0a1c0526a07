//! A vault in memory, for tests: it can be made to fail as a real one does.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use async_trait::async_trait;
use keydeck_domain::Secret;

use super::{Entry, Kept, Vault};
use crate::error::{Error, ErrorCode, Result};

/// Keeps secrets in this process's memory.
#[derive(Default)]
pub struct MemoryVault {
    state: Mutex<State>,
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
        let stored = Stored { label: label.to_owned(), origin: origin.to_owned(), secret: secret.duplicate() };
        self.working()?.entries.insert(*entry, stored);
        Ok(())
    }

    async fn read(&self, entry: &Entry) -> Result<Option<Kept>> {
        let state = self.working()?;
        Ok(state.entries.get(entry).map(|stored| Kept { origin: stored.origin.clone(), secret: stored.secret.duplicate() }))
    }

    async fn forget(&self, entry: &Entry) -> Result<()> {
        self.working()?.entries.remove(entry);
        Ok(())
    }

    fn store_name(&self) -> &'static str {
        "memory"
    }
}
