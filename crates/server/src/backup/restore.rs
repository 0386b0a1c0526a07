//! The way back: a backup is checked whole before it takes the database's place, and a revoke that it
//! can't know is made again, because a revoke is final.
//!
//! All is done on a copy beside the database. What is there now is kept, under another name, and what
//! breaks off in the middle leaves it in its place.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use keydeck_domain::{OrganizationId, Role, UserId, WebhookId};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::inspect::{Contents, Unfit, inspect, same_pepper};
use super::make::{beside, remove, sync_folder};
use super::restore_usage::{RestoredUsage, restore_usage};
use super::told::{Tally, tell};
use super::undone::{Held, Undone};
use crate::config::Config;
use crate::error::Error;
use crate::invitations::record as invitations;
use crate::keys::revoked::{self, RevokedKey};
use crate::open::{DATABASE_FILE, StartError, private_file, take_folder};
use crate::organizations::record as organizations;
use crate::pepper::Pepper;
use crate::store::Store;
use crate::subkeys::Subkeys;
use crate::times;
use crate::verifiers::record::{self as verifiers, StoredVerifier};
use crate::webhooks::record as webhooks;

/// Why nothing was restored. The database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The data folder can't be used, or a server runs on it.
    #[error(transparent)]
    Folder(#[from] StartError),
    /// The backup can't be relied on.
    #[error("the backup {path} can't be restored: {why}")]
    Unfit {
        /// The backup.
        path: PathBuf,
        /// Why.
        why: Unfit,
    },
    /// A newer version made it.
    #[error("the backup {0} was made by a newer keydeck-server: restore it with that version")]
    Newer(PathBuf),
    /// A file can't be used.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The copy could not be written.
    #[error("the copy could not be brought up to date: {0}")]
    Copy(#[from] Error),
}

/// A key or a verifier that was revoked after the backup was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedSince {
    /// A key's name and hint, a verifier's name: as people know it.
    pub key: String,
    /// Whose it is.
    pub organization: String,
    /// When it was revoked.
    pub revoked_at: DateTime<Utc>,
}

/// What was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What the backup holds.
    pub contents: Contents,
    /// Where the database of before is now; `None` where there was none.
    pub set_aside: Option<PathBuf>,
    /// Keys and verifiers that were revoked since the backup: revoked again, with an audit entry each.
    pub revoked_since: Vec<RevokedSince>,
    /// Who is a member again although he was removed since the backup, or as more than he was at last: the
    /// person, the role and the organization. Whether he is to be is not decided here.
    pub members_again: Vec<String>,
    /// What was made or changed since the backup and is not in it.
    pub undone: Undone,
    /// Why it is not known what was revoked since the backup: there is no database of before, or it
    /// can't be read. Then every key that was revoked since then works again.
    pub unknown: Option<String>,
    /// What became of what was counted.
    pub usage: RestoredUsage,
}

/// Puts a backup in the place of the database of a data folder on which no server runs.
///
/// # Errors
/// [`RestoreError`]; then nothing was changed.
pub async fn restore(config: &Config, pepper: &Pepper, from: &Path) -> Result<Restored, RestoreError> {
    let lock = take_folder(&config.data_dir)?;
    let database = config.data_dir.join(DATABASE_FILE);
    let copy = beside(&database, "restoring");
    let restored = restore_in(config, &Subkeys::of(pepper), from, &database, &copy).await;
    if restored.is_err() {
        for leftover in [copy.clone(), beside_wal(&copy), beside_shm(&copy)] {
            // Named as what it is; the next restore removes it as well.
            let _ = remove(&leftover);
        }
    }
    drop(lock);
    restored
}

async fn restore_in(
    config: &Config,
    subkeys: &Subkeys,
    from: &Path,
    database: &Path,
    copy: &Path,
) -> Result<Restored, RestoreError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| RestoreError::File { path, source }
    };
    for leftover in [copy.to_owned(), beside_wal(copy), beside_shm(copy)] {
        remove(&leftover).map_err(failed(&leftover))?;
    }
    copy_file(from, copy).map_err(failed(from))?;
    // Opened as the server opens it: an older schema is brought up to date, a newer one refused.
    let store = crate::open::open_store(copy, config).await.map_err(|error| match error {
        StartError::Newer(_) => RestoreError::Newer(from.to_owned()),
        other => RestoreError::Unfit { path: from.to_owned(), why: Unfit::Damaged(other.to_string()) },
    })?;
    let prepared = prepare(&store, subkeys, from, database).await;
    store.close().await;
    let mut restored = prepared?;
    restored.set_aside = exchange(database, copy).map_err(failed(database))?;
    restored.usage = restore_usage(config, from).await;
    Ok(restored)
}

/// Checks the copy and brings into it what must not be forgotten.
async fn prepare(store: &Store, subkeys: &Subkeys, from: &Path, database: &Path) -> Result<Restored, RestoreError> {
    let mut reading = store.read().await?;
    let contents = inspect(&mut reading, subkeys).await.map_err(|why| RestoreError::Unfit { path: from.to_owned(), why })?;
    drop(reading);
    let (before, unknown) = match before(database, subkeys).await {
        Ok(before) => (before, None),
        Err(why) => (Before::default(), Some(why)),
    };
    let mut writing = store.write().await?;
    let mut tally = Tally::new();
    let undone = match &before.held {
        Some(held) => {
            let kept = Held::by(&mut writing).await.map_err(Error::from)?;
            held.count_lost(&kept, &mut tally);
            held.undone_by(&kept)
        }
        None => Undone::default(),
    };
    let mut revoked_since = Vec::new();
    for key in before.keys {
        if revoked::again(&mut writing, subkeys, &key).await? {
            tally.entry(key.organization).or_default().revoked_again += 1;
            revoked_since.push(RevokedSince { key: key.shown, organization: key.organization_name, revoked_at: key.revoked_at });
        }
    }
    for stored in before.verifiers {
        if verifiers::revoke_again(&mut writing, subkeys, &stored).await?
            && let Some(revoked_at) = stored.verifier.revoked_at
        {
            tally.entry(stored.organization).or_default().revoked_again += 1;
            let organization = organizations::shown(&mut writing, stored.organization).await?;
            revoked_since.push(RevokedSince { key: format!("the verifier {}", stored.verifier.name), organization, revoked_at });
        }
    }
    let members_again = match before.members {
        Some(members) => members_again(&mut writing, subkeys, &members, &mut tally).await?,
        None => Vec::new(),
    };
    if let Some(webhooks) = before.webhooks {
        webhooks::delete_again(&mut writing, subkeys, &webhooks).await?;
    }
    invitations::withdraw_all(&mut writing, subkeys).await?;
    // Who signed out since then, or was signed out, would be signed in again.
    sqlx::query("DELETE FROM sessions").execute(&mut *writing).await.map_err(Error::from)?;
    tell(&mut writing, subkeys, contents.newest, unknown.is_none().then_some(&tally)).await?;
    drop(writing.commit().await?);
    Ok(Restored { contents, set_aside: None, revoked_since, members_again, undone, unknown, usage: RestoredUsage::NotThere })
}

/// What the database that is to be replaced knows and the backup may not.
#[derive(Default)]
struct Before {
    keys: Vec<RevokedKey>,
    /// Those that are revoked.
    verifiers: Vec<StoredVerifier>,
    members: Option<HashMap<(OrganizationId, UserId), Role>>,
    held: Option<Held>,
    /// `None` where it was made before there were any.
    webhooks: Option<Vec<(OrganizationId, WebhookId)>>,
}

/// Reads it; or says why it is not known.
async fn before(database: &Path, subkeys: &Subkeys) -> Result<Before, String> {
    match std::fs::metadata(database) {
        Ok(metadata) if metadata.len() > 0 => {}
        _ => return Err("there is no database of before to compare with".to_owned()),
    }
    let read = async {
        let mut connection: SqliteConnection = SqliteConnectOptions::new()
            .filename(database)
            .busy_timeout(Duration::from_secs(5))
            .pragma("query_only", "on")
            .connect()
            .await?;
        same_pepper(&mut connection, subkeys).await?;
        let keys = revoked::all(&mut connection, subkeys).await?;
        let verifiers = verifiers::load(&mut connection, subkeys).await?;
        // A row that was written from outside proves nothing.
        let verifiers = verifiers.into_iter().flatten().filter(|stored| stored.verifier.revoked_at.is_some()).collect();
        let members = organizations::all_members(&mut connection, subkeys).await?;
        let webhooks = webhooks::ids(&mut connection).await?;
        let held = Some(Held::by(&mut connection).await?);
        connection.close().await?;
        Ok::<_, Unfit>(Before { keys, verifiers, members: Some(members.into_iter().collect()), held, webhooks })
    };
    read.await.map_err(|why: Unfit| format!("the database of before can't be read: {why}"))
}

/// Who is a member in the backup and was none at last, or one who could do less. Counts them, and those who are
/// none any more.
async fn members_again(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    before: &HashMap<(OrganizationId, UserId), Role>,
    tally: &mut Tally,
) -> Result<Vec<String>, Error> {
    let mut again = Vec::new();
    let mut gone = before.clone();
    for ((organization, user), role) in organizations::all_members(connection, subkeys).await? {
        gone.remove(&(organization, user));
        if before.get(&(organization, user)).is_none_or(|before| *before < role) {
            tally.entry(organization).or_default().members_again += 1;
            let email: String =
                sqlx::query_scalar("SELECT email FROM users WHERE id = ?").bind(user.0).fetch_one(&mut *connection).await?;
            again.push(format!("{email}, {} of {}", role.as_str(), organizations::shown(connection, organization).await?));
        }
    }
    for (organization, _) in gone.into_keys() {
        tally.entry(organization).or_default().members_gone += 1;
    }
    Ok(again)
}

/// Sets the database aside and puts the copy in its place.
pub(super) fn exchange(database: &Path, copy: &Path) -> io::Result<Option<PathBuf>> {
    std::fs::File::open(copy)?.sync_all()?;
    let aside = beside(database, &format!("before-{}", times::now().format("%Y%m%dT%H%M%SZ")));
    let there = std::fs::metadata(database).is_ok_and(|metadata| metadata.len() > 0);
    if there {
        if aside.exists() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is there already", aside.display())));
        }
        // With its log, where one is left: without it the last changes of before would be lost.
        for (from, to) in [(beside_wal(database), beside_wal(&aside)), (beside_shm(database), beside_shm(&aside))] {
            match std::fs::rename(&from, &to) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
        std::fs::hard_link(database, &aside)?;
    }
    // In one step: there is a database at every instant.
    std::fs::rename(copy, database)?;
    sync_folder(database)?;
    Ok(there.then_some(aside))
}

/// Copies a file into a new one that only its owner can read.
pub(super) fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = std::fs::File::open(from)?;
    let mut target = private_file(to)?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()
}

pub(super) fn beside_wal(database: &Path) -> PathBuf {
    suffixed(database, "-wal")
}

pub(super) fn beside_shm(database: &Path) -> PathBuf {
    suffixed(database, "-shm")
}

fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
