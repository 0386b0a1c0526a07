//! The last list of each organization, for when its server can't be reached: records, and no secret.
//!
//! Each is a private file of the data folder. It belongs to the person who asked for it, and is shown
//! to nobody else; it goes with the connection, and when somebody signs out.

pub mod select;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use keydeck_domain::{Key, OrganizationId, UserId};
use serde::{Deserialize, Serialize};

use crate::connection::ConnectionId;
use crate::durable;

/// The version of the files that this program reads and writes.
const VERSION: u32 = 1;
/// Most rows that are kept of an organization.
pub const ROWS_MAX: u32 = 500;

/// Whose list it is: of an organization, at a connection.
pub type Place = (ConnectionId, OrganizationId);

/// A list as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastList {
    version: u32,
    /// Who asked for it.
    pub user: UserId,
    /// When it was current.
    pub as_of: DateTime<Utc>,
    /// The first rows of it, [`ROWS_MAX`] at most.
    pub keys: Vec<Key>,
}

/// The last lists. Cheap to clone.
#[derive(Clone)]
pub struct LastLists {
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    /// What is on disk, or is on its way there. `None`: there is none.
    known: Mutex<HashMap<Place, Option<Arc<LastList>>>>,
    /// One file at a time, so that the newest is written last.
    writing: Mutex<()>,
}

impl LastLists {
    /// In this folder, which need not be there.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { shared: Arc::new(Shared { folder, known: Mutex::default(), writing: Mutex::default() }) }
    }

    /// Keeps a list. It counts at once; its file is written in the background.
    pub fn keep(&self, place: Place, user: UserId, as_of: DateTime<Utc>, mut keys: Vec<Key>) {
        keys.truncate(ROWS_MAX as usize);
        let list = Arc::new(LastList { version: VERSION, user, as_of, keys });
        lock(&self.shared.known).insert(place, Some(list));
        self.write_soon(place);
    }

    /// Takes a record that is newer than the list.
    pub fn mend(&self, place: Place, key: &Key) {
        let mended = {
            let mut known = lock(&self.shared.known);
            let Some(Some(list)) = known.get_mut(&place) else { return };
            let row = Arc::make_mut(list).keys.iter_mut().find(|row| row.id == key.id);
            row.map(|row| row.clone_from(key)).is_some()
        };
        if mended {
            self.write_soon(place);
        }
    }

    /// The last list that this person saw.
    pub async fn find(&self, place: Place, user: UserId) -> Option<Arc<LastList>> {
        let shared = Arc::clone(&self.shared);
        let found = tokio::task::spawn_blocking(move || shared.find(place)).await.ok().flatten();
        found.filter(|list| list.user == user)
    }

    /// Forgets the list of an organization.
    pub async fn forget(&self, place: Place) {
        lock(&self.shared.known).insert(place, None);
        let shared = Arc::clone(&self.shared);
        let _ended = tokio::task::spawn_blocking(move || shared.write(place)).await;
    }

    /// Forgets all lists of a connection.
    ///
    /// # Errors
    /// The system's own: then something of them is still on the disk.
    pub async fn forget_connection(&self, connection: ConnectionId) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || shared.forget_connection(connection)).await.map_err(io::Error::other)?
    }

    fn write_soon(&self, place: Place) {
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || shared.write(place));
    }
}

impl Shared {
    fn find(&self, place: Place) -> Option<Arc<LastList>> {
        if let Some(known) = lock(&self.known).get(&place) {
            return known.clone();
        }
        // Not while lists are forgotten: what was read before would be known again after.
        let _one_at_a_time = lock(&self.writing);
        // What can't be read is of no use, and is written anew with the next list.
        let read = durable::read(&self.file(place)).ok().flatten();
        let list = read.and_then(|content| serde_json::from_slice::<LastList>(&content).ok());
        let list = list.filter(|list| list.version == VERSION).map(Arc::new);
        lock(&self.known).entry(place).or_insert(list).clone()
    }

    /// Makes the file what is known now: who was slower must not write what is older.
    fn write(&self, place: Place) {
        let _one_at_a_time = lock(&self.writing);
        let list = lock(&self.known).get(&place).cloned().flatten();
        let file = self.file(place);
        let written = match list {
            Some(list) => {
                serde_json::to_vec(&*list).map_err(io::Error::other).and_then(|content| durable::write(&file, &content))
            }
            None => remove(fs::remove_file(&file)),
        };
        if let Err(error) = written {
            tracing::warn!(kind = ?error.kind(), "the last list of an organization could not be written");
        }
    }

    fn forget_connection(&self, connection: ConnectionId) -> io::Result<()> {
        let _one_at_a_time = lock(&self.writing);
        for (place, list) in lock(&self.known).iter_mut() {
            if place.0 == connection {
                *list = None;
            }
        }
        remove(fs::remove_dir_all(self.of_connection(connection)))
    }

    fn of_connection(&self, connection: ConnectionId) -> PathBuf {
        self.folder.join(connection.0.to_string())
    }

    fn file(&self, (connection, organization): Place) -> PathBuf {
        self.of_connection(connection).join(Path::new(&organization.to_string()).with_extension("json"))
    }
}

/// What is not there is removed.
fn remove(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
