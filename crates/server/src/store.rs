//! The database: SQLite with a write-ahead log that is synced at every commit, one writer and several
//! readers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::error::Error;

/// The embedded migrations.
pub(crate) static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

const READERS: u32 = 4;

pub(crate) struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    turn: Arc<Mutex<()>>,
    wait: Duration,
}

/// A transaction that may write. Dropped without [`Writing::commit`], it changes nothing.
pub(crate) struct Writing {
    transaction: Transaction<'static, Sqlite>,
    turn: Turn,
}

/// Held from the beginning of a change until the memory says the same as the database: while it lives
/// nobody else writes, so that two changes of one key reach the index in the order of their commits.
#[must_use = "drop it after the index was brought up to date"]
pub(crate) struct Turn(#[allow(dead_code, reason = "held for what its drop does")] OwnedMutexGuard<()>);

impl Store {
    /// Opens the database, making it where there is none, and brings its schema up to date.
    pub(crate) async fn open(path: &Path, wait: Duration) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(wait);
        let pool = |connections| SqlitePoolOptions::new().max_connections(connections).acquire_timeout(wait);
        let writer = pool(1).connect_with(options.clone()).await?;
        MIGRATIONS.run(&writer).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))?;
        let readers = pool(READERS).connect_with(options.pragma("query_only", "on")).await?;
        Ok(Self { writer, readers, turn: Arc::default(), wait })
    }

    /// A connection that can't write.
    pub(crate) async fn read(&self) -> Result<PoolConnection<Sqlite>, Error> {
        Ok(self.readers.acquire().await?)
    }

    /// Waits for the turn and begins a transaction that holds the database's write lock from its
    /// first statement, so that what it reads is still so when it writes.
    pub(crate) async fn write(&self) -> Result<Writing, Error> {
        let turn = tokio::time::timeout(self.wait, Arc::clone(&self.turn).lock_owned())
            .await
            .map_err(|_| Error::Unavailable("other changes are waiting for the database".to_owned()))?;
        let transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Writing { transaction, turn: Turn(turn) })
    }

    /// Closes the connections; the write-ahead log is folded into the database.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl Writing {
    /// Makes the change durable. The turn is handed on, to be dropped after the index was told.
    pub(crate) async fn commit(self) -> Result<Turn, Error> {
        self.transaction.commit().await?;
        Ok(self.turn)
    }
}

impl std::ops::Deref for Writing {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.transaction
    }
}

impl std::ops::DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }
}
