//! When each key was last accepted: kept in memory, written in batches, so that a verification never
//! waits for the disk. At most one interval is lost in a crash.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use keydeck_domain::{KeyId, OrganizationId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::error::Error;
use crate::server::Server;
use crate::times;

/// Rows that are written in one transaction: other changes take their turn in between.
const BATCH: usize = 500;
/// Stands for never.
const NEVER: i64 = i64::MIN;

/// One key's time of last use.
pub(crate) struct LastUsed {
    organization: OrganizationId,
    key: KeyId,
    micros: AtomicI64,
    /// Whether it waits to be written.
    waiting: AtomicBool,
}

impl LastUsed {
    pub(crate) fn of(organization: OrganizationId, key: KeyId, at: Option<DateTime<Utc>>) -> Self {
        let micros = AtomicI64::new(at.map_or(NEVER, times::stored));
        Self { organization, key, micros, waiting: AtomicBool::new(false) }
    }

    /// The time, also where it is not written yet.
    pub(crate) fn get(&self) -> Option<DateTime<Utc>> {
        let micros = self.micros.load(Ordering::Relaxed);
        if micros == NEVER { None } else { times::read(micros).ok() }
    }
}

/// The keys whose time waits to be written, each at most once: as many as there are keys.
pub(crate) struct LastUsedQueue {
    sender: UnboundedSender<Arc<LastUsed>>,
    receiver: Mutex<UnboundedReceiver<Arc<LastUsed>>>,
}

impl LastUsedQueue {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self { sender, receiver: Mutex::new(receiver) }
    }

    /// Notes a use.
    pub(crate) fn note(&self, key: &Arc<LastUsed>, now: DateTime<Utc>) {
        key.micros.fetch_max(times::stored(now), Ordering::Relaxed);
        if !key.waiting.swap(true, Ordering::AcqRel) {
            // Fails only where the receiver is gone, and it lives as long as this sender.
            let _ = self.sender.send(Arc::clone(key));
        }
    }

    fn take(&self) -> Vec<Arc<LastUsed>> {
        let mut receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batch = Vec::new();
        while batch.len() < BATCH {
            let Ok(key) = receiver.try_recv() else { break };
            // Before the time is read: a use after this queues the key again.
            key.waiting.store(false, Ordering::Release);
            batch.push(key);
        }
        batch
    }
}

impl Server {
    /// Writes the times of last use that wait.
    pub(crate) async fn flush_last_used(&self) -> Result<(), Error> {
        loop {
            let batch = self.parts.last_used.take();
            if batch.is_empty() {
                return Ok(());
            }
            if let Err(error) = self.write_last_used(&batch).await {
                // They wait on, for the next flush.
                for key in &batch {
                    if !key.waiting.swap(true, Ordering::AcqRel) {
                        let _ = self.parts.last_used.sender.send(Arc::clone(key));
                    }
                }
                return Err(error);
            }
        }
    }

    async fn write_last_used(&self, batch: &[Arc<LastUsed>]) -> Result<(), Error> {
        let mut writing = self.parts.store.write().await?;
        for key in batch {
            let micros = key.micros.load(Ordering::Relaxed);
            sqlx::query(
                "UPDATE keys SET last_used_at = max(ifnull(last_used_at, ?1), ?1) WHERE organization_id = ?2 AND id = ?3",
            )
            .bind(micros)
            .bind(key.organization.0)
            .bind(key.key.0)
            .execute(&mut *writing)
            .await?;
        }
        drop(writing.commit().await?);
        Ok(())
    }
}
