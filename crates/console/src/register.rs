//! The register: keys that a system can't list, and keys that are gone at the server. It holds records and never a
//! secret: those are in the keychain.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use keydeck_domain::{Key, OrganizationId, Outcome};
use serde::{Deserialize, Serialize};

use crate::connection::ConnectionId;
use crate::durable;
use crate::error::{Error, ErrorCode, Result};
use crate::keys::KeyRef;

const VERSION: u32 = 1;

/// A key that stands in the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Which.
    pub key: KeyRef,
    /// What is known of it. When it was taken in stands in `created_at`.
    pub record: Key,
    /// What the console says beside it.
    pub entry: Entry,
}

/// What the register says of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Entry {
    /// By when it should be replaced.
    pub rotate_by: Option<DateTime<Utc>>,
    /// When it was last tried.
    pub checked_at: Option<DateTime<Utc>>,
    /// How that ended.
    pub checked: Option<Outcome>,
    /// Since when the server does not have it any more, as far as was seen.
    pub gone_at: Option<DateTime<Utc>>,
}

#[derive(Default, Serialize, Deserialize)]
struct File {
    version: u32,
    keys: Vec<Registered>,
}

/// The register and its file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Register {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    keys: Mutex<Vec<Registered>>,
    writing: Mutex<()>,
}

impl Register {
    /// Reads the register. One that can't be understood is moved aside, never overwritten; the second value says so.
    ///
    /// # Errors
    /// [`ErrorCode::Settings`] where the file can neither be read nor moved.
    pub fn open(path: &Path) -> Result<(Self, Option<String>)> {
        let fault =
            |error: std::io::Error| Error::new(ErrorCode::Settings, format!("The register of keys can't be read: {error}."));
        let (keys, notice) = match durable::read(path).map_err(fault)? {
            None => (Vec::new(), None),
            Some(content) => match serde_json::from_slice::<File>(&content) {
                Ok(file) if file.version == VERSION => (file.keys, None),
                _ => {
                    let aside = durable::set_aside(path).map_err(fault)?;
                    let notice = format!(
                        "The register of keys could not be read and was moved to {}. Secrets that are in the keychain are still there.",
                        aside.display()
                    );
                    (Vec::new(), Some(notice))
                }
            },
        };
        let shared = Shared { path: path.to_owned(), keys: Mutex::new(keys), writing: Mutex::new(()) };
        Ok((Self { shared: Arc::new(shared) }, notice))
    }

    /// The keys of an organization, in the order they were added.
    #[must_use]
    pub fn of(&self, connection: ConnectionId, organization: OrganizationId) -> Vec<Registered> {
        let here = |one: &&Registered| (one.key.connection, one.key.organization) == (connection, organization);
        lock(&self.shared.keys).iter().filter(here).cloned().collect()
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<Registered> {
        lock(&self.shared.keys).clone()
    }

    /// A key, if it stands there.
    #[must_use]
    pub fn find(&self, key: KeyRef) -> Option<Registered> {
        lock(&self.shared.keys).iter().find(|one| one.key == key).cloned()
    }

    /// Adds a key, or puts it in place of what was there. When this returns, a crash does not lose it.
    ///
    /// # Errors
    /// [`ErrorCode::Settings`] where it can't be written.
    pub async fn put(&self, registered: Registered) -> Result<()> {
        self.change(move |keys| match keys.iter_mut().find(|one| one.key == registered.key) {
            Some(one) => *one = registered,
            None => keys.push(registered),
        })
        .await
    }

    /// Remembers how trying a key ended; nothing where it does not stand there.
    ///
    /// # Errors
    /// As [`Register::put`].
    pub async fn checked(&self, key: KeyRef, outcome: Outcome) -> Result<()> {
        if self.find(key).is_none() {
            return Ok(());
        }
        let now = Utc::now();
        self.change(move |keys| {
            for one in keys.iter_mut().filter(|one| one.key == key) {
                one.entry.checked_at = Some(now);
                one.entry.checked = Some(outcome);
            }
        })
        .await
    }

    /// Forgets a key; nothing to forget is fine.
    ///
    /// # Errors
    /// As [`Register::put`].
    pub async fn forget(&self, key: KeyRef) -> Result<()> {
        self.change(move |keys| keys.retain(|one| one.key != key)).await
    }

    /// Forgets all keys of a connection.
    ///
    /// # Errors
    /// As [`Register::put`].
    pub async fn forget_connection(&self, connection: ConnectionId) -> Result<()> {
        self.change(move |keys| keys.retain(|one| one.key.connection != connection)).await
    }

    /// Goes on to its end even if nobody waits for it any more. On disk first.
    pub(crate) async fn change(&self, change: impl FnOnce(&mut Vec<Registered>) + Send + 'static) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let written = tokio::task::spawn_blocking(move || {
            let _one_at_a_time = lock(&shared.writing);
            let mut keys = lock(&shared.keys).clone();
            change(&mut keys);
            if keys == *lock(&shared.keys) {
                return Ok(());
            }
            let file = File { version: VERSION, keys };
            let content = serde_json::to_vec_pretty(&file).map_err(std::io::Error::other)?;
            durable::write(&shared.path, &content)?;
            *lock(&shared.keys) = file.keys;
            Ok(())
        });
        let fault =
            |error: std::io::Error| Error::new(ErrorCode::Settings, format!("The register of keys can't be written: {error}."));
        written.await.map_err(|_| Error::new(ErrorCode::Internal, "the register of keys was not written"))?.map_err(fault)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
