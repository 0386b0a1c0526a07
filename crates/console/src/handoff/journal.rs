//! The journal of new keys: what was begun and where its secret is, without the secret. It is
//! written and synced before a secret goes anywhere, and is how entries of the keychain are found
//! again: the keychain can't be listed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use keydeck_domain::api::keys::NewKey;
use keydeck_domain::{Environment, Hint, Name};
use serde::{Deserialize, Serialize};

use crate::durable;
use crate::error::{Error, ErrorCode, Result};
use crate::keys::{Custody, KeyRef};

const VERSION: u32 = 1;

/// How far a new key has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The create was not answered.
    Pending,
    /// The server has the key; the person has not said what is to become of the secret.
    Unclaimed,
    /// The secret stays in the keychain.
    Kept,
}

/// Where the secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the keychain.
    Keychain,
    /// In the memory of the program that made it, and gone with it.
    Memory,
    /// Nowhere: the server made it and its answer was lost.
    Nowhere,
}

/// One new key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The key. Where the server makes the id as well, one of our own until the answer is there.
    pub key: KeyRef,
    /// What people call it.
    pub name: Name,
    /// Live or test.
    pub environment: Environment,
    /// What is visible of the secret.
    pub hint: Hint,
    /// How far it has come.
    pub state: State,
    /// Where the secret is.
    pub place: Place,
    /// Whether the server makes the secret.
    #[serde(default)]
    pub server_made: bool,
    /// When it was begun, by this computer's clock.
    pub begun_at: DateTime<Utc>,
    /// What was asked for, as long as it may have to be sent again.
    #[serde(default)]
    pub asked: Option<NewKey>,
}

impl Record {
    /// What the window is told of the secret's place.
    #[must_use]
    pub fn custody(&self) -> Custody {
        match (self.place, self.state) {
            (Place::Nowhere, _) => Custody::None,
            (Place::Memory, _) => Custody::MemoryOnly,
            (Place::Keychain, State::Pending) => Custody::Pending,
            (Place::Keychain, State::Unclaimed) => Custody::Unclaimed,
            (Place::Keychain, State::Kept) => Custody::Kept,
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct File {
    version: u32,
    records: Vec<Record>,
}

/// The journal and its file.
#[derive(Clone)]
pub struct Journal {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    records: Mutex<Vec<Record>>,
    writing: Mutex<()>,
}

impl Journal {
    /// Reads the journal. One that can't be understood is moved aside, never overwritten; the second
    /// value says so.
    ///
    /// # Errors
    /// [`ErrorCode::Settings`] where the file can neither be read nor moved.
    pub fn open(path: &Path) -> Result<(Self, Option<String>)> {
        let fault =
            |error: std::io::Error| Error::new(ErrorCode::Settings, format!("The register of new keys can't be read: {error}."));
        let (records, notice) = match durable::read(path).map_err(fault)? {
            None => (Vec::new(), None),
            Some(content) => match serde_json::from_slice::<File>(&content) {
                Ok(file) if file.version == VERSION => (file.records, None),
                _ => {
                    let aside = durable::set_aside(path).map_err(fault)?;
                    let notice = format!(
                        "The register of new keys could not be read and was moved to {}. Secrets that are in the keychain are still there.",
                        aside.display()
                    );
                    (Vec::new(), Some(notice))
                }
            },
        };
        let shared = Shared { path: path.to_owned(), records: Mutex::new(records), writing: Mutex::new(()) };
        Ok((Self { shared: Arc::new(shared) }, notice))
    }

    /// All records, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Record> {
        lock(&self.shared.records).clone()
    }

    /// The record of a key.
    #[must_use]
    pub fn find(&self, key: KeyRef) -> Option<Record> {
        lock(&self.shared.records).iter().find(|record| record.key == key).cloned()
    }

    /// What is held of a key's secret.
    #[must_use]
    pub fn custody(&self, key: KeyRef) -> Custody {
        lock(&self.shared.records).iter().find(|record| record.key == key).map_or(Custody::None, Record::custody)
    }

    /// Adds a record. When this returns, a crash does not lose it.
    ///
    /// # Errors
    /// [`ErrorCode::Settings`] where it can't be written.
    pub async fn add(&self, record: Record) -> Result<()> {
        self.change(move |records| {
            records.retain(|other| other.key != record.key);
            records.push(record);
        })
        .await
    }

    /// Changes the record of a key; nothing where there is none.
    ///
    /// # Errors
    /// [`ErrorCode::Settings`] where it can't be written.
    pub async fn update(&self, key: KeyRef, change: impl FnOnce(&mut Record) + Send + 'static) -> Result<()> {
        self.change(move |records| records.iter_mut().filter(|record| record.key == key).take(1).for_each(once(change))).await
    }

    /// Takes the record of a key out.
    ///
    /// # Errors
    /// [`ErrorCode::Settings`] where it can't be written.
    pub async fn remove(&self, key: KeyRef) -> Result<()> {
        self.change(move |records| records.retain(|record| record.key != key)).await
    }

    /// Goes on to its end even if nobody waits for it any more.
    async fn change(&self, change: impl FnOnce(&mut Vec<Record>) + Send + 'static) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let written = tokio::task::spawn_blocking(move || {
            let _one_at_a_time = lock(&shared.writing);
            let mut records = lock(&shared.records).clone();
            change(&mut records);
            if records == *lock(&shared.records) {
                return Ok(());
            }
            let file = File { version: VERSION, records };
            let content = serde_json::to_vec_pretty(&file).map_err(std::io::Error::other)?;
            durable::write(&shared.path, &content)?;
            *lock(&shared.records) = file.records;
            Ok(())
        });
        let fault = |error: std::io::Error| {
            Error::new(ErrorCode::Settings, format!("The register of new keys can't be written: {error}."))
        };
        written.await.map_err(|_| Error::new(ErrorCode::Internal, "the register of new keys was not written"))?.map_err(fault)
    }
}

/// A change that can be made once, in the form that an iterator wants.
fn once(change: impl FnOnce(&mut Record)) -> impl FnMut(&mut Record) {
    let mut change = Some(change);
    move |record| {
        if let Some(change) = change.take() {
            change(record);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;
    use crate::connection::ConnectionId;
    use keydeck_domain::{KeyId, OrganizationId};

    fn record() -> Record {
        let key = KeyRef {
            connection: ConnectionId(uuid::Uuid::now_v7()),
            organization: OrganizationId::generate(),
            key: KeyId::generate(),
        };
        Record {
            key,
            name: "Billing worker".parse().unwrap(),
            environment: Environment::Test,
            hint: "kd_test_9c1b…a7Qd".parse().unwrap(),
            state: State::Pending,
            place: Place::Keychain,
            server_made: false,
            begun_at: Utc::now(),
            asked: None,
        }
    }

    #[tokio::test]
    async fn records_survive_a_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.json");
        let (journal, _) = Journal::open(&path).unwrap();
        let (first, second) = (record(), record());
        journal.add(first.clone()).await.unwrap();
        journal.add(second.clone()).await.unwrap();
        journal.update(first.key, |record| record.state = State::Kept).await.unwrap();
        journal.remove(second.key).await.unwrap();
        let (again, notice) = Journal::open(&path).unwrap();
        assert_eq!(notice, None);
        assert_eq!(again.all(), vec![Record { state: State::Kept, ..first.clone() }]);
        assert_eq!(again.custody(first.key), Custody::Kept);
        assert_eq!(again.custody(second.key), Custody::None);
    }

    #[tokio::test]
    async fn half_a_journal_is_told_and_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.json");
        let (journal, _) = Journal::open(&path).unwrap();
        journal.add(record()).await.unwrap();
        let whole = std::fs::read(&path).unwrap();
        for half in [&whole[..whole.len() / 2], b"", br#"{"version":2,"records":[]}"#] {
            std::fs::write(&path, half).unwrap();
            let (again, notice) = Journal::open(&path).unwrap();
            assert_eq!(again.all(), Vec::new());
            let notice = notice.unwrap();
            let aside = notice.split("moved to ").nth(1).unwrap().split(". Secrets").next().unwrap();
            assert_eq!(std::fs::read(aside).unwrap(), half);
        }
    }

    #[tokio::test]
    async fn what_can_not_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.json");
        let (journal, _) = Journal::open(&path).unwrap();
        std::fs::create_dir_all(path.join("in the way")).unwrap();
        assert_eq!(journal.add(record()).await.unwrap_err().code, ErrorCode::Settings);
        assert_eq!(journal.all(), Vec::new());
    }
}
