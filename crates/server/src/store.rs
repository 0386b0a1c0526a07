//! The database: SQLite with a write-ahead log that is synced at every commit, one writer and several
//! readers.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::error::Error;

/// The embedded migrations.
pub(crate) static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

const READERS: u32 = 4;
/// How long the first connection may take.
const OPENING: Duration = Duration::from_secs(60);

pub(crate) struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    turn: Arc<Mutex<()>>,
    wait: Duration,
    undermined: Arc<AtomicBool>,
}

/// How a database is opened.
pub(crate) struct Opening {
    pub(crate) migrations: &'static sqlx::migrate::Migrator,
    pub(crate) synchronous: SqliteSynchronous,
    /// Whether every page is looked at first.
    pub(crate) check: bool,
    /// How long a turn or a connection is waited for.
    pub(crate) wait: Duration,
}

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// SQLite finds damage.
    #[error("{0}")]
    Damaged(String),
    /// Something else.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// A transaction that may write. Dropped without [`Writing::commit`], it changes nothing.
///
/// Not sqlx's own: SQLite ends a transaction by itself when the disk is full, which sqlx does not
/// notice, and its connection could then never begin another.
pub(crate) struct Writing {
    /// Taken when it is over.
    open: Option<(PoolConnection<Sqlite>, Turn)>,
    undermined: Arc<AtomicBool>,
}

/// Held from the beginning of a change until the memory says the same as the database: while it lives
/// nobody else writes, so that two changes of one key reach the index in the order of their commits.
#[must_use = "drop it after the index was brought up to date"]
pub(crate) struct Turn(#[allow(dead_code, reason = "held for what its drop does")] OwnedMutexGuard<()>);

impl Store {
    /// Opens the database, making it where there is none, looks whether its pages are whole, and brings its
    /// schema up to date: each migration is one transaction.
    pub(crate) async fn open(path: &Path, wait: Duration) -> Result<Self, OpenError> {
        let opening = Opening { migrations: &MIGRATIONS, synchronous: SqliteSynchronous::Full, check: true, wait };
        Self::open_as(path, &opening).await
    }

    /// Opens a database of another kind.
    pub(crate) async fn open_as(path: &Path, how: &Opening) -> Result<Self, OpenError> {
        let wait = how.wait;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(how.synchronous)
            .foreign_keys(true)
            .busy_timeout(wait);
        let pool = |connections| SqlitePoolOptions::new().max_connections(connections);
        // The start has its own patience: a slow disk is no damage, and must not be called one.
        let writer = pool(1).acquire_timeout(wait.max(OPENING)).connect_with(options.clone()).await.map_err(opening)?;
        if how.check {
            let found: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(3)").fetch_all(&writer).await.map_err(opening)?;
            if found != ["ok"] {
                return Err(OpenError::Damaged(found.join("; ")));
            }
        }
        how.migrations.run(&writer).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))?;
        let readers = pool(READERS).acquire_timeout(wait).connect_lazy_with(options.pragma("query_only", "on"));
        Ok(Self { writer, readers, turn: Arc::default(), wait, undermined: Arc::default() })
    }

    /// Whether a change failed so that nobody knows what of it is on the disk. Then nothing is changed any
    /// more: a system that could not write a page may call it written when it is asked again.
    pub(crate) fn undermined(&self) -> bool {
        self.undermined.load(Ordering::Acquire)
    }

    /// A connection that can't write.
    pub(crate) async fn read(&self) -> Result<PoolConnection<Sqlite>, Error> {
        Ok(self.readers.acquire().await?)
    }

    /// A transaction that can't write: all that it reads is of one instant.
    pub(crate) async fn snapshot(&self) -> Result<Transaction<'static, Sqlite>, Error> {
        Ok(self.readers.begin().await?)
    }

    /// Waits for the turn and begins a transaction that holds the database's write lock from its
    /// first statement, so that what it reads is still so when it writes.
    pub(crate) async fn write(&self) -> Result<Writing, Error> {
        let turn = tokio::time::timeout(self.wait, Arc::clone(&self.turn).lock_owned())
            .await
            .map_err(|_| Error::Unavailable("other changes are waiting for the database".to_owned()))?;
        if self.undermined() {
            return Err(Error::Unavailable(UNDERMINED.to_owned()));
        }
        let undermined = Arc::clone(&self.undermined);
        let mut writing = Writing { open: Some((self.writer.acquire().await?, Turn(turn))), undermined };
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *writing).await?;
        Ok(writing)
    }

    /// Closes the connections; the write-ahead log is folded into the database.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl Writing {
    /// Makes the change durable. The turn is handed on, to be dropped after the index was told.
    pub(crate) async fn commit(mut self) -> Result<Turn, Error> {
        if let Err(error) = sqlx::query("COMMIT").execute(&mut *self).await {
            // Not a full disk: SQLite notices that before, and nothing is in doubt.
            if matches!(primary_code(&error), Some(IO_ERROR | CORRUPT | NO_DATABASE)) {
                self.undermined.store(true, Ordering::Release);
                tracing::error!(alert = true, %error, "a change could not be made durable: no more changes before a restart");
                return Err(Error::Unavailable(UNDERMINED.to_owned()));
            }
            return Err(error.into());
        }
        let (connection, turn) = self.open.take().expect(OPEN);
        drop(connection);
        Ok(turn)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let Some((mut connection, turn)) = self.open.take() else { return };
        // Without a runtime the process is ending, and the database forgets what was not committed.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        // The turn is given on when the transaction is gone, not before.
        runtime.spawn(async move {
            if sqlx::query("ROLLBACK").execute(&mut *connection).await.is_err() {
                // SQLite may have ended it already; whatever state it is in, a new connection is sure.
                if let Err(error) = connection.close().await {
                    tracing::warn!(%error, "a connection to the database could not be closed");
                }
            }
            drop(turn);
        });
    }
}

const UNDERMINED: &str = "an earlier change could not be made durable: look at the disk and restart";

// SQLite's primary result codes (sqlite3.h).
const IO_ERROR: i32 = 10;
pub(crate) const CORRUPT: i32 = 11;
pub(crate) const NO_DATABASE: i32 = 26;

/// What SQLite said, without the more exact part of its upper bytes.
pub(crate) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    match error {
        sqlx::Error::Database(database) => database.code()?.parse::<i32>().ok().map(|code| code & 0xff),
        _ => None,
    }
}

fn opening(error: sqlx::Error) -> OpenError {
    match primary_code(&error) {
        Some(CORRUPT | NO_DATABASE) => OpenError::Damaged(error.to_string()),
        _ => OpenError::Database(error),
    }
}

const OPEN: &str = "the connection is there until the transaction is over, and that takes it by value";

impl std::ops::Deref for Writing {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.open.as_ref().expect(OPEN).0
    }
}

impl std::ops::DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.open.as_mut().expect(OPEN).0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[tokio::test]
    async fn f10_a_full_disk_is_told_as_such_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("test.db"), Duration::from_secs(5)).await.unwrap();
        let mut writing = store.write().await.unwrap();
        sqlx::query("CREATE TABLE big (content BLOB)").execute(&mut *writing).await.unwrap();
        drop(writing.commit().await.unwrap());

        // The database may not grow any more: SQLite then answers as on a full disk.
        let mut writing = store.write().await.unwrap();
        sqlx::query("PRAGMA max_page_count = 1").execute(&mut *writing).await.unwrap();
        let full = sqlx::query("INSERT INTO big VALUES (zeroblob(1000000))").execute(&mut *writing).await.unwrap_err();
        assert!(matches!(Error::from(full), Error::StorageFull));
        drop(writing);

        // And it can write again: SQLite ended the transaction by itself.
        let mut writing = store.write().await.unwrap();
        sqlx::query("PRAGMA max_page_count = 1000000").execute(&mut *writing).await.unwrap();
        let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM big").fetch_one(&mut *writing).await.unwrap();
        assert_eq!(rows, 0);
        drop(writing);
        store.close().await;
    }

    #[tokio::test]
    async fn a_change_that_is_dropped_changes_nothing_and_the_next_has_its_turn() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("test.db"), Duration::from_secs(5)).await.unwrap();
        for _ in 0..3 {
            let mut writing = store.write().await.unwrap();
            sqlx::query("CREATE TABLE gone (a INTEGER)").execute(&mut *writing).await.unwrap();
        }
        let mut reading = store.read().await.unwrap();
        assert!(sqlx::query("SELECT * FROM gone").fetch_all(&mut *reading).await.is_err());
        assert!(sqlx::query("CREATE TABLE x (a INTEGER)").execute(&mut *reading).await.is_err(), "readers can't write");
        drop(reading);
        store.close().await;
    }
}
