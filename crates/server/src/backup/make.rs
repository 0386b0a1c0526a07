//! Making a backup. The server can go on serving meanwhile: SQLite copies one state of the database,
//! and what is written during the copy is in the next backup.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::open::DATABASE_FILE;
use crate::times;
use crate::usage::USAGE_FILE;

/// Where the newest backup is remembered, in the data folder.
const LAST_BACKUP_FILE: &str = "last-backup.json";

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to back up.
    #[error("there is no database in {0}")]
    NoDatabase(PathBuf),
    /// A file is in the way.
    #[error("{0} is there already: a backup is never written over")]
    Exists(PathBuf),
    /// The database could not be copied.
    #[error("the database could not be copied: {0}")]
    Database(#[from] sqlx::Error),
    /// A file can't be used.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A backup that was made.
#[derive(Clone, Debug)]
pub struct MadeBackup {
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// What was counted, in a file beside it.
    pub usage: UsageCopy,
}

/// What became of the copy of `usage.db`. Keys are backed up whatever is wrong with it.
#[derive(Clone, Debug)]
pub enum UsageCopy {
    /// There is none to copy.
    Nothing,
    /// It was copied.
    Made {
        /// Where it is: the backup's path and `.usage`.
        path: PathBuf,
        /// Its size in bytes.
        bytes: u64,
    },
    /// It could not be copied, and why.
    Failed(String),
}

/// Where the copy of what was counted lies: beside the backup.
pub(super) fn usage_beside(backup: &Path) -> PathBuf {
    beside(backup, "usage")
}

/// The newest backup that was made of a data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// Where it was written.
    pub path: PathBuf,
    /// When.
    pub at: DateTime<Utc>,
}

/// Copies the database of a data folder into a new file with mode 0600, and what was counted into another beside
/// it, also while a server runs on them.
///
/// # Errors
/// [`BackupError`]; then no file is left at that path.
pub async fn make(data_dir: &Path, to: &Path) -> Result<MadeBackup, BackupError> {
    let source = data_dir.join(DATABASE_FILE);
    if !source.is_file() {
        return Err(BackupError::NoDatabase(data_dir.to_owned()));
    }
    for taken in [to.to_owned(), usage_beside(to)] {
        if taken.exists() {
            return Err(BackupError::Exists(taken));
        }
    }
    let bytes = copy_whole(&source, to).await?;
    let usage = copy_usage(data_dir, to).await;
    let last = LastBackup { path: std::path::absolute(to).unwrap_or_else(|_| to.to_owned()), at: times::now() };
    // The backup is there and whole; that it could not be remembered is no reason to say otherwise.
    if let Err(error) = remember(data_dir, &last) {
        tracing::warn!(%error, "the newest backup could not be remembered in the data folder");
    }
    Ok(MadeBackup { path: to.to_owned(), bytes, usage })
}

async fn copy_usage(data_dir: &Path, to: &Path) -> UsageCopy {
    let source = data_dir.join(USAGE_FILE);
    if std::fs::metadata(&source).map_or(true, |metadata| metadata.len() == 0) {
        return UsageCopy::Nothing;
    }
    let path = usage_beside(to);
    match copy_whole(&source, &path).await {
        Ok(bytes) => UsageCopy::Made { path, bytes },
        Err(error) => UsageCopy::Failed(error.to_string()),
    }
}

/// Copies a database into a new file; gives its size.
async fn copy_whole(source: &Path, to: &Path) -> Result<u64, BackupError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::File { path, source }
    };
    // Under another name until it is whole, so that a half backup is never taken for one.
    let partial = beside(to, "partial");
    // Left by a copy that was broken off.
    remove(&partial).map_err(failed(&partial))?;
    // SQLite writes into an empty file that is there: made here, it has the right mode from the start.
    drop(new_private_file(&partial).map_err(failed(&partial))?);
    if let Err(error) = copy(source, &partial).await {
        // What went wrong is told; a file that can't be removed is found at the next try.
        let _ = remove(&partial);
        return Err(error.into());
    }
    let settled = settle(&partial, to);
    if settled.is_err() {
        let _ = remove(&partial);
    }
    settled.map_err(failed(to))
}

/// The newest backup of a data folder, as far as it is remembered.
#[must_use]
pub fn last_backup(data_dir: &Path) -> Option<LastBackup> {
    let text = std::fs::read(data_dir.join(LAST_BACKUP_FILE)).ok()?;
    serde_json::from_slice(&text).ok()
}

async fn copy(source: &Path, target: &Path) -> Result<(), sqlx::Error> {
    let mut connection: SqliteConnection =
        SqliteConnectOptions::new().filename(source).busy_timeout(std::time::Duration::from_secs(30)).connect().await?;
    let copied = sqlx::query("VACUUM INTO ?").bind(target.to_string_lossy().into_owned()).execute(&mut connection).await;
    connection.close().await?;
    copied.map(drop)
}

/// Makes the content durable, gives the file its name and makes the name durable.
fn settle(partial: &Path, to: &Path) -> io::Result<u64> {
    let file = std::fs::File::open(partial)?;
    file.sync_all()?;
    let bytes = file.metadata()?.len();
    // Not `rename`: that would write over a file that came meanwhile.
    match std::fs::hard_link(partial, to) {
        Ok(()) => std::fs::remove_file(partial)?,
        // Not every file system has links, as that of a memory stick: there nobody else writes either.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !to.exists() => std::fs::rename(partial, to)?,
        Err(error) => return Err(error),
    }
    sync_folder(to)?;
    Ok(bytes)
}

fn remember(data_dir: &Path, last: &LastBackup) -> io::Result<()> {
    let path = data_dir.join(LAST_BACKUP_FILE);
    let partial = beside(&path, "partial");
    remove(&partial)?;
    let mut file = new_private_file(&partial)?;
    io::Write::write_all(&mut file, &serde_json::to_vec(last)?)?;
    file.sync_all()?;
    std::fs::rename(&partial, &path)
}

/// Makes a file that was not there, for its owner alone. One that somebody else put there meanwhile, in a
/// folder that others write to as well, is never filled.
fn new_private_file(path: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the names in a file's folder durable.
pub(super) fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}

/// A file's path with another ending added.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Removes a file that may be missing.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
