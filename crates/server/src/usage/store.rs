//! `usage.db`: opened beside the main database. Whatever is wrong with it, keys are verified.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::time::Duration;

use keydeck_domain::OrganizationId;
use sqlx::Row;
use sqlx::sqlite::SqliteSynchronous;
use tokio::sync::Mutex;

use super::Usage;
use super::counters::Counters;
use super::flush::Flusher;
use super::periods;
use crate::config::{Config, Counting};
use crate::error::Error;
use crate::open::private_file;
use crate::store::{OpenError, Opening, Store};
use crate::times;

/// The file of what was counted, in the data folder.
pub const USAGE_FILE: &str = "usage.db";

/// The embedded migrations.
pub(crate) static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./usage-migrations");

/// What to do where the file can't be used.
const ADVICE: &str = "keys are verified as before, but nothing is counted. Stop the server, move usage.db, usage.db-wal and \
                      usage.db-shm away (the next start begins a new one) or restore a backup, and start it again";

/// Why it can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path}: {source}")]
    Open { path: PathBuf, source: OpenError },
    #[error(transparent)]
    Read(#[from] Error),
}

impl Usage {
    /// Opens what was counted, making the file where there is none. Where it can't be used, nothing is counted
    /// and the log says what to do.
    pub(crate) async fn open(config: &Config) -> Self {
        match open(&config.data_dir.join(USAGE_FILE), config.database_wait).await {
            Ok((store, counters, floor)) => Self::new(Some(store), counters, floor, config.counting.clone()),
            Err(error) => {
                tracing::error!(alert = true, %error, advice = ADVICE, "usage can't be counted");
                Self::new(None, Counters::new(), 0, config.counting.clone())
            }
        }
    }

    fn new(store: Option<Store>, counters: Counters, floor: i64, config: Counting) -> Self {
        Self {
            counters,
            store,
            damaged: AtomicBool::new(false),
            flusher: Mutex::new(Flusher::new()),
            counted_until: AtomicI64::new(times::stored(times::now())),
            touched: AtomicI64::new(i64::MAX),
            floor: AtomicI64::new(floor),
            keeping: Mutex::new(()),
            scopes_joined: Mutex::new(None),
            config,
        }
    }

    /// Counts no more into a file that turned out to be damaged.
    pub(super) fn give_up(&self, error: &Error) {
        self.damaged.store(true, std::sync::atomic::Ordering::Release);
        tracing::error!(alert = true, %error, advice = ADVICE, "usage.db is damaged");
    }
}

async fn open(path: &Path, wait: Duration) -> Result<(Store, Counters, i64), Unusable> {
    // SQLite gives its other files the mode of the database, so it is made here, before SQLite.
    private_file(path).map_err(|source| Unusable::File { path: path.to_owned(), source })?;
    let opened = Store::open_as(path, &opening(wait)).await;
    let store = opened.map_err(|source| Unusable::Open { path: path.to_owned(), source })?;
    match begin(&store).await {
        Ok((counters, floor)) => Ok((store, counters, floor)),
        Err(error) => {
            store.close().await;
            Err(error.into())
        }
    }
}

/// A lost second of counts is said to be possible, so not every commit is synced; and the file can be large, so
/// its pages are not all looked at.
pub(crate) fn opening(wait: Duration) -> Opening {
    Opening { migrations: &MIGRATIONS, synchronous: SqliteSynchronous::Normal, check: false, wait }
}

/// What has to be known from the beginning: the routes that have their place, and what is no longer kept.
async fn begin(store: &Store) -> Result<(Counters, i64), Error> {
    let mut reading = store.snapshot().await?;
    let counters = Counters::new();
    let rows = sqlx::query(
        "SELECT o.organization_id, r.route FROM routes r JOIN organizations o ON o.id = r.organization ORDER BY r.id",
    );
    for row in rows.fetch_all(&mut *reading).await? {
        counters.routes.place(OrganizationId(row.try_get(0)?), row.try_get(1)?);
    }
    let mut floor = 0;
    for row in sqlx::query("SELECT name, since FROM kept").fetch_all(&mut *reading).await? {
        let (name, since): (&str, i64) = (row.try_get(0)?, row.try_get(1)?);
        floor = floor.max(first_minute(name, since));
    }
    Ok((counters, floor))
}

/// The first minute of a period of a table.
pub(super) fn first_minute(table: &str, period: i64) -> i64 {
    match table {
        "minutes" => period,
        "quarters" => period.saturating_mul(periods::MINUTES_OF_QUARTER),
        "key_hours" | "route_hours" => period.saturating_mul(periods::MINUTES_OF_HOUR),
        "key_months" => periods::first_day_of_month(period) * periods::MINUTES_OF_DAY,
        _ => period.saturating_mul(periods::MINUTES_OF_DAY),
    }
}
