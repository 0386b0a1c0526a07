//! How a server starts: it takes the data folder, opens the database, checks the pepper, loads the
//! keys and looks whether the audit logs add up. What does not fit stops it, with what to do.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use keydeck_domain::{KeyId, OrganizationId};
use sqlx::{Row, SqliteConnection};
use tokio_util::task::TaskTracker;

use crate::audit::verify::check;
use crate::backup::{LastBackup, last_backup};
use crate::claim::Claimable;
use crate::config::Config;
use crate::dialects::Subscriptions;
use crate::error::Error;
use crate::keys::{cursor::FIRST_ID, row};
use crate::limits::Limits;
use crate::organizations::index::Organizations;
use crate::pepper::Pepper;
use crate::server::{Parts, Server};
use crate::sessions::passwords::Passwords;
use crate::sessions::throttle::Throttle;
use crate::store::{OpenError, Store};
use crate::subkeys::{Subkeys, same};
use crate::times;
use crate::usage::Usage;
use crate::verify::index::{Index, VerifierIndex};
use crate::verify::last_used::LastUsedQueue;

/// The database's file in the data folder.
pub const DATABASE_FILE: &str = "keydeck.db";
const LOCK_FILE: &str = "keydeck.lock";
/// How often a lock that is held is tried again, and after which pause.
const LOCK_TRIES: u32 = 10;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// Keys that are loaded at once.
const BATCH: u32 = 1_000;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder can't be used.
    #[error("the data folder {path}: {source}")]
    Folder {
        /// The folder or a file in it.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process serves this folder.
    #[error("another keydeck-server uses {0}: stop it first")]
    InUse(PathBuf),
    /// The database can't be opened.
    #[error("the database {path} can't be opened: {source}")]
    Database {
        /// The database's file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// The database is damaged.
    #[error("the database {path} is damaged: {why}. {advice}")]
    Damaged {
        /// The database's file.
        path: PathBuf,
        /// What SQLite finds.
        why: String,
        /// Which backup to restore, and how.
        advice: String,
    },
    /// A newer version has changed the schema.
    #[error("the database {0} was made by a newer keydeck-server: start that version, or restore a backup from before")]
    Newer(PathBuf),
    /// The pepper is another's.
    #[error(
        "the pepper does not fit the database: it was made with pepper {expected}, this is {given}. \
         Restore the pepper {expected} from where it is kept; without it no key can be verified"
    )]
    WrongPepper {
        /// Recognises the pepper that the database was made with.
        expected: String,
        /// Recognises the pepper that was given.
        given: String,
    },
    /// Something else.
    #[error(transparent)]
    Other(#[from] Error),
}

/// Starts a server on a data folder, making the database where there is none.
///
/// # Errors
/// [`StartError`] says what is in the way, and what to restore.
pub async fn open(config: Config, pepper: Pepper) -> Result<Server, StartError> {
    let lock = take_folder(&config.data_dir)?;
    let path = config.data_dir.join(DATABASE_FILE);
    let store = open_store(&path, &config).await?;
    let subkeys = Subkeys::of(&pepper);
    drop(pepper);
    check_pepper(&store, &subkeys).await?;
    let organizations = Organizations::load(&mut *store.read().await?, &subkeys).await?;
    let (index, verifiers) = load(&store, &subkeys).await?;
    let distrusted = check_audit(&store, &subkeys).await?;
    let usage = Usage::open(&config).await;
    let limits = Limits::load(&mut *store.read().await?, &subkeys, &usage, times::now()).await?;
    Ok(Server::new(Parts {
        passwords: Passwords::new(config.limits.password_hashes, config.password_cost)?,
        throttle: Throttle::new(config.sign_in.clone()),
        claimable: Claimable::default(),
        #[cfg(feature = "tls")]
        post: crate::webhooks::PostOffice::new(config.webhooks.clone()),
        last_used: LastUsedQueue::new(),
        limits,
        subscriptions: Subscriptions::default(),
        tasks: TaskTracker::new(),
        stopping: AtomicBool::new(false),
        lock: Mutex::new(Some(lock)),
        config,
        store,
        usage,
        subkeys,
        index,
        verifiers,
        organizations,
        distrusted,
    }))
}

/// Makes the folder, for its owner alone, and holds it against a second process.
pub(crate) fn take_folder(folder: &Path) -> Result<File, StartError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| StartError::Folder { path, source }
    };
    if !folder.is_dir() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(failed(folder))?;
    }
    let path = folder.join(LOCK_FILE);
    let file = private_file(&path).map_err(failed(&path))?;
    // A program that this process starts holds its open files, and so their locks, for the moment until
    // it is another program: one that was just given free can still seem to be held.
    let mut tries = LOCK_TRIES;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if tries > 0 => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::WouldBlock) => return Err(StartError::InUse(folder.to_owned())),
            Err(TryLockError::Error(source)) => return Err(failed(&path)(source)),
        }
        tries -= 1;
    }
    // SQLite gives its other files the mode of the database, so it is made here, before SQLite.
    let path = folder.join(DATABASE_FILE);
    private_file(&path).map_err(failed(&path))?;
    Ok(file)
}

pub(crate) fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

pub(crate) async fn open_store(path: &Path, config: &Config) -> Result<Store, StartError> {
    Store::open(path, config.database_wait).await.map_err(|error| match error {
        OpenError::Damaged(why) => StartError::Damaged { path: path.to_owned(), why, advice: advice(&config.data_dir) },
        OpenError::Database(sqlx::Error::Migrate(error))
            if matches!(
                *error,
                sqlx::migrate::MigrateError::VersionMissing(_) | sqlx::migrate::MigrateError::VersionMismatch(_)
            ) =>
        {
            StartError::Newer(path.to_owned())
        }
        OpenError::Database(source) => StartError::Database { path: path.to_owned(), source },
    })
}

/// Which backup to put in the place of a damaged database.
fn advice(data_dir: &Path) -> String {
    match last_backup(data_dir) {
        Some(LastBackup { path, at }) => format!(
            "The newest backup is of {}: `keydeck-server restore --from {}` puts it in its place and keeps what is there",
            at.format("%Y-%m-%d %H:%M UTC"),
            path.display()
        ),
        None => "No backup was made of it on this machine: if you have one, `keydeck-server restore --from FILE`".to_owned(),
    }
}

/// Compares the pepper with what the database was made with; a new database takes it.
async fn check_pepper(store: &Store, subkeys: &Subkeys) -> Result<(), StartError> {
    let mut writing = store.write().await?;
    let row =
        sqlx::query("SELECT pepper_id, pepper_check FROM instance").fetch_optional(&mut *writing).await.map_err(Error::from)?;
    if let Some(row) = row {
        let expected: String = row.try_get("pepper_id").map_err(Error::from)?;
        let check: Vec<u8> = row.try_get("pepper_check").map_err(Error::from)?;
        if same(&check, &subkeys.pepper_check) {
            return Ok(());
        }
        return Err(StartError::WrongPepper { expected, given: subkeys.pepper_id.clone() });
    }
    // No row, but people or keys: it was taken out. A new pepper would make every key useless.
    let used: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM keys)")
        .fetch_one(&mut *writing)
        .await
        .map_err(Error::from)?;
    if used {
        return Err(StartError::WrongPepper { expected: "unknown".to_owned(), given: subkeys.pepper_id.clone() });
    }
    sqlx::query("INSERT INTO instance (one, pepper_id, pepper_check) VALUES (1, ?, ?)")
        .bind(&subkeys.pepper_id)
        .bind(subkeys.pepper_check.as_slice())
        .execute(&mut *writing)
        .await
        .map_err(Error::from)?;
    drop(writing.commit().await?);
    Ok(())
}

/// Fills the indexes. A row that was written from outside is set aside and told; the others serve.
async fn load(store: &Store, subkeys: &Subkeys) -> Result<(Index, VerifierIndex), Error> {
    let mut connection = store.read().await?;
    let (index, verifiers) = (Index::default(), VerifierIndex::default());
    let mut after = (OrganizationId(FIRST_ID), KeyId(FIRST_ID));
    let mut set_aside = 0_u32;
    loop {
        let rows = row::load(&mut connection, subkeys, after, BATCH).await?;
        let last = rows.len() < BATCH as usize;
        for (organization, id, row) in rows {
            after = (organization, id);
            match row {
                Ok(row) => index.put(&row),
                Err(error) => {
                    set_aside += 1;
                    tracing::error!(alert = true, %organization, key = %id, %error, "a key is set aside: it is refused");
                }
            }
        }
        if last {
            break;
        }
    }
    for verifier in crate::verifiers::record::load(&mut connection, subkeys).await? {
        match verifier {
            Ok(stored) if stored.verifier.revoked_at.is_none() => verifiers.insert(stored.digest, stored.asking()),
            Ok(_) => {}
            Err(error) => {
                set_aside += 1;
                tracing::error!(alert = true, %error, "a verifier is set aside: it is refused");
            }
        }
    }
    if set_aside > 0 {
        tracing::error!(alert = true, set_aside, "rows were changed from outside: they are refused");
    }
    Ok((index, verifiers))
}

/// The organizations whose audit log does not add up.
async fn check_audit(store: &Store, subkeys: &Subkeys) -> Result<HashSet<OrganizationId>, Error> {
    let mut connection = store.read().await?;
    let mut distrusted = HashSet::new();
    for organization in organizations(&mut connection).await? {
        if let Err(broken) = check(&mut connection, &subkeys.audit, organization).await? {
            tracing::error!(alert = true, %organization, %broken, "an audit log does not add up: no changes there");
            distrusted.insert(organization);
        }
    }
    Ok(distrusted)
}

pub(crate) async fn organizations(connection: &mut SqliteConnection) -> Result<Vec<OrganizationId>, Error> {
    let ids: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT id FROM organizations").fetch_all(connection).await?;
    Ok(ids.into_iter().map(OrganizationId).collect())
}
