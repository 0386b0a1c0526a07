//! What is used, by whom: every verification is counted once, in memory, and written in batches to a file of
//! its own, so that counting never waits for keys nor they for it.
//!
//! A verification is one record in one cell. All tables are derived from the same drained cells in one
//! transaction, so that whatever they are added up by, the sums are the same, also after a crash. What a
//! crash can lose is what was counted since the last flush ([`crate::config::Counting::flush`]).

#[cfg(test)]
mod adding_up;
pub(crate) mod cell;
mod counters;
#[cfg(test)]
mod cuts;
mod export;
mod flush;
pub(crate) mod handlers;
mod ids;
mod keys;
mod last_use;
mod levels;
mod organization;
pub(crate) mod periods;
mod query;
mod ranking;
mod read;
mod retention;
mod rollup;
mod routes;
mod scopes;
mod stale;
pub(crate) mod store;
pub mod summary;
mod sums;
mod totals;
mod write;
mod zones;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use keydeck_domain::OrganizationId;
use keydeck_domain::api::usage::{Usage as Figures, UsageQuery};
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::config::Counting;
use crate::error::Error;
use crate::server::Server;
use crate::store::{Store, Writing};
use crate::times;

use cell::Verification;
use counters::Counters;
use flush::Flusher;
use query::Asked;

pub use store::USAGE_FILE;

/// Counting, and what was counted.
pub(crate) struct Usage {
    counters: Counters,
    /// `None` where `usage.db` can't be used: then nothing is counted, and keys are verified as before.
    store: Option<Store>,
    /// Set when it turns out to be damaged while it is in use.
    damaged: AtomicBool,
    flusher: Mutex<Flusher>,
    /// What was verified before this instant has been written; microseconds since 1970.
    counted_until: AtomicI64,
    /// The earliest minute that a flush has written since a roll-up began.
    touched: AtomicI64,
    /// Detail before this minute may have been deleted: later counts of it go here.
    floor: AtomicI64,
    /// One roll-up or retention at a time.
    keeping: Mutex<()>,
    /// Since this writer began, the scopes' totals of those before it have been put together.
    scopes_joined: Mutex<Option<Uuid>>,
    config: Counting,
}

impl Usage {
    /// Counts a verification. Waits for nothing but another verification of the same shard.
    pub(crate) fn note(&self, verification: &Verification<'_>) {
        if self.available() {
            self.counters.note(verification);
        }
    }

    fn available(&self) -> bool {
        self.store.is_some() && !self.damaged.load(Ordering::Acquire)
    }

    fn store(&self) -> Result<&Store, Error> {
        match &self.store {
            Some(store) if self.available() => Ok(store),
            _ => Err(Error::Unavailable("usage.db can't be used: the log of the start says why".to_owned())),
        }
    }

    /// Reads what was counted, as it is at one instant: all that is asked of the answer adds up.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where `usage.db` can't be used.
    pub(crate) async fn read(&self) -> Result<Transaction<'static, Sqlite>, Error> {
        self.store()?.snapshot().await
    }

    /// Waits for the turn to change what is kept beside the counts.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where `usage.db` can't be used.
    pub(crate) async fn write(&self) -> Result<Writing, Error> {
        self.store()?.write().await
    }

    /// Up to this instant everything has been counted and can be read.
    pub(crate) fn now_counted(&self) -> DateTime<Utc> {
        times::read(self.counted_until.load(Ordering::Acquire)).unwrap_or_default()
    }

    /// Writes what is in memory and closes the file.
    pub(crate) async fn close(&self) {
        let Some(store) = &self.store else { return };
        if self.available()
            && let Err(error) = self.flush().await
        {
            tracing::error!(%error, "the last counts of usage could not be written");
        }
        store.close().await;
    }
}

impl Server {
    /// What the counts say of an organization.
    pub(crate) async fn figures(&self, organization: OrganizationId, query: &UsageQuery) -> Result<Figures, Error> {
        read::usage(self, organization, &Asked::new(query, times::now())?).await
    }
}

/// The short number of an organization in `usage.db`; `None` where nothing was ever counted for it.
pub(crate) async fn short_id(connection: &mut SqliteConnection, organization: OrganizationId) -> Result<Option<i64>, Error> {
    let id = sqlx::query_scalar("SELECT id FROM organizations WHERE organization_id = ?");
    Ok(id.bind(organization.0).fetch_optional(connection).await?)
}

impl Server {
    /// Writes what was counted, at once.
    ///
    /// # Errors
    /// Where it can't be written; it is kept for the next time.
    pub async fn flush_usage(&self) -> Result<(), Error> {
        self.parts.usage.flush().await
    }
}

impl Usage {
    /// Rolls up what is over, deletes what is too old, and puts together what earlier starts left apart.
    pub(crate) async fn keep(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let _alone = self.keeping.lock().await;
        self.roll_up(now).await?;
        self.retain(now).await?;
        self.join_scopes().await
    }
}

/// Rolls up and deletes, at the start and whenever a quarter of an hour is over.
pub(crate) async fn keep_at_intervals(server: Server) {
    const QUARTER: i64 = 15 * 60;
    /// Later than the quarter ends, so that it is over for long enough.
    const AFTER: i64 = 65;
    while server.parts.usage.available() {
        // Not tracked: it can take long, and can be broken off between any two of its batches.
        if let Err(error) = server.parts.usage.keep(times::now()).await {
            tracing::warn!(%error, "figures of usage could not be rolled up; it is tried again");
        }
        let wait = QUARTER - (times::now().timestamp() - AFTER).rem_euclid(QUARTER);
        tokio::time::sleep(std::time::Duration::from_secs(u64::try_from(wait).unwrap_or_default())).await;
    }
}

/// Writes what was counted, at intervals and when there is much of it.
pub(crate) async fn flush_at_intervals(server: Server) {
    let usage = &server.parts.usage;
    if !usage.available() {
        return;
    }
    let mut ticks = tokio::time::interval(server.parts.config.counting.flush);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = usage.counters.many.notified() => {}
        }
        let flushing = server.clone();
        // Tracked, so that a shutdown lets it finish.
        let flushed = server.to_the_end(async move { flushing.flush_usage().await });
        // Told once, not every second.
        match flushed.await {
            Err(error) if !failing => {
                failing = true;
                tracing::error!(alert = true, %error, "counts of usage can't be written: they are kept, and it is tried again");
            }
            Ok(()) if failing => {
                failing = false;
                tracing::info!("counts of usage are written again");
            }
            _ => {}
        }
        if !usage.available() {
            return;
        }
    }
}
