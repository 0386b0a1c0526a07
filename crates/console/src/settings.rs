//! The settings file: connections and preferences, and no secret.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use keydeck_domain::api::audit::AuditPoint;
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::sessions::User;
use keydeck_domain::{Name, OrganizationId, TenantId};
use serde::{Deserialize, Serialize};

use crate::connection::{Colour, ConnectionId, ServerKind};
use crate::durable;
use crate::error::{Error, ErrorCode, Result};
use crate::keys::KeyRef;
use crate::preferences::Preferences;

/// The version of the file that this program reads and writes.
const VERSION: u32 = 1;

/// What is kept between two starts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What the person has set.
    pub preferences: Preferences,
    /// In the order they were added.
    pub connections: Vec<StoredConnection>,
    /// The one that is shown.
    pub shown: Option<ConnectionId>,
    /// The local server's port of last time.
    pub local_port: Option<u16>,
    /// The newest entry of each audit log, as it was last seen.
    pub audit_heads: Vec<SeenHead>,
    /// The newest alert of each organization that was told.
    pub alerts: Vec<SeenAlerts>,
    /// Of which keys it was told that they expire soon.
    pub expiring: Vec<ToldExpiry>,
    /// When the keychain was last found to work.
    pub keychain_worked_at: Option<DateTime<Utc>>,
}

/// A connection as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredConnection {
    /// Its id.
    pub id: ConnectionId,
    /// Local or somewhere else.
    pub kind: ServerKind,
    /// What the person calls it.
    pub name: Name,
    /// Its colour.
    pub colour: Colour,
    /// Its origin, and its base path where it has one. For the local server the one of last time.
    pub address: String,
    /// The tenant, where the system has tenants.
    #[serde(default)]
    pub tenant: Option<TenantId>,
    /// An own certificate authority.
    pub ca_file: Option<String>,
    /// The organization that is shown.
    pub organization: Option<OrganizationId>,
    /// Who was signed in last; tells nothing about whether he still is.
    pub user: Option<User>,
    /// His organizations when they were last asked for.
    #[serde(default)]
    pub organizations: Vec<Organization>,
}

/// The newest entry of an audit log, as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenHead {
    /// At which server.
    pub connection: ConnectionId,
    /// Whose log.
    pub organization: OrganizationId,
    /// The entry.
    pub head: AuditPoint,
}

/// How far the alerts of an organization were told, and looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenAlerts {
    /// At which server.
    pub connection: ConnectionId,
    /// Whose.
    pub organization: OrganizationId,
    /// The newest that was told, by its sequence.
    pub sequence: u64,
    /// The newest that the person had before him. Absent in what an older version wrote: then none waits.
    #[serde(default)]
    pub looked: Option<u64>,
}

/// It was told that a key expires soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldExpiry {
    /// Which.
    pub key: KeyRef,
    /// When it expires: another time is told anew.
    pub expires_at: DateTime<Utc>,
    /// Within how many days, the last time.
    pub days: u32,
}

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    #[serde(flatten)]
    settings: Settings,
}

/// The settings and their file.
#[derive(Clone)]
pub struct SettingsFile {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    state: Mutex<Settings>,
    writing: Mutex<()>,
}

impl SettingsFile {
    /// Reads the file. One that can't be understood is moved aside, never overwritten; the second
    /// value says so.
    ///
    /// # Errors
    /// [`ErrorCode::Settings`] where the file can neither be read nor moved.
    pub fn open(path: &Path) -> Result<(Self, Option<String>)> {
        let (settings, notice) = match durable::read(path).map_err(|error| unreadable(&error))? {
            None => (Settings::default(), None),
            Some(content) => match parse(&content) {
                Ok(settings) => (settings, None),
                Err(why) => {
                    let aside = durable::set_aside(path).map_err(|error| unreadable(&error))?;
                    let notice = format!("The settings could not be read ({why}). They were moved to {}.", aside.display());
                    (Settings::default(), Some(notice))
                }
            },
        };
        let shared = Shared { path: path.to_owned(), state: Mutex::new(settings), writing: Mutex::new(()) };
        Ok((Self { shared: Arc::new(shared) }, notice))
    }

    /// The settings as they are now.
    #[must_use]
    pub fn get(&self) -> Settings {
        lock(&self.shared.state).clone()
    }

    /// Looks at the settings without copying them.
    pub fn look<T>(&self, look: impl FnOnce(&Settings) -> T) -> T {
        look(&lock(&self.shared.state))
    }

    /// Changes the settings: on disk first, so that what is shown is what was saved. Goes on to its
    /// end even if nobody waits for it any more.
    ///
    /// # Errors
    /// [`ErrorCode::Settings`] where they can't be written; then nothing is changed.
    pub async fn change<T: Send + 'static>(&self, change: impl FnOnce(&mut Settings) -> T + Send + 'static) -> Result<T> {
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || {
            let _one_at_a_time = lock(&shared.writing);
            let mut next = lock(&shared.state).clone();
            let answer = change(&mut next);
            if next != *lock(&shared.state) {
                write(&shared.path, &next)?;
                *lock(&shared.state) = next;
            }
            Ok(answer)
        })
        .await
        .map_err(|_| Error::new(ErrorCode::Settings, "the settings could not be written"))?
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn parse(content: &[u8]) -> std::result::Result<Settings, String> {
    let file: File = serde_json::from_slice(content).map_err(|error| format!("line {}", error.line()))?;
    if file.version != VERSION {
        return Err(format!("version {} of the file is not known to this version of Keydeck", file.version));
    }
    Ok(file.settings)
}

fn write(path: &Path, settings: &Settings) -> Result<()> {
    let file = File { version: VERSION, settings: settings.clone() };
    let content =
        serde_json::to_vec_pretty(&file).map_err(|_| Error::new(ErrorCode::Internal, "the settings can't be written as JSON"))?;
    durable::write(path, &content)
        .map_err(|error| Error::new(ErrorCode::Settings, format!("The settings can't be written: {error}.")))
}

fn unreadable(error: &std::io::Error) -> Error {
    Error::new(ErrorCode::Settings, format!("The settings can't be read: {error}."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[tokio::test]
    async fn settings_survive_a_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        let (file, notice) = SettingsFile::open(&path).unwrap();
        assert_eq!(notice, None);
        file.change(|settings| settings.local_port = Some(4711)).await.unwrap();
        let (again, _) = SettingsFile::open(&path).unwrap();
        assert_eq!(again.get(), file.get());
        assert_eq!(again.look(|settings| settings.local_port), Some(4711));
    }

    #[test]
    fn what_is_broken_or_newer_is_moved_aside() {
        for content in ["{\"version\":1,", "{\"version\":2}", "[]", ""] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("settings.json");
            std::fs::write(&path, content).unwrap();
            let (file, notice) = SettingsFile::open(&path).unwrap();
            assert_eq!(file.get(), Settings::default());
            assert!(notice.unwrap().contains("settings.json.broken-1"));
            assert_eq!(std::fs::read_to_string(folder.path().join("settings.json.broken-1")).unwrap(), content);
        }
    }

    #[tokio::test]
    async fn what_was_not_saved_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        let (file, _) = SettingsFile::open(&path).unwrap();
        // A folder in the place of the file: the rename fails.
        std::fs::create_dir_all(path.join("in the way")).unwrap();
        let error = file.change(|settings| settings.local_port = Some(1)).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Settings);
        assert_eq!(file.get(), Settings::default());
    }
}
