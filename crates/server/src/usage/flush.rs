//! The flush: what was counted since the last one is added to this writer's totals, and those that changed
//! are written in one transaction.
//!
//! What could not be written stays, and is written again before anything more is taken: totals are set, not
//! added to, so it does not matter whether the first time had reached the disk.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use keydeck_domain::{KeyId, OrganizationId};
use uuid::Uuid;

use super::Usage;
use super::cell::{Cell, NO_ROUTE, OTHER_ROUTE};
use super::counters::{Counted, Counters};
use super::ids::{Ids, Wanted};
use super::last_use::KeyUse;
use super::totals::{Numbered, Totals};
use crate::error::Error;
use crate::store::Store;
use crate::times;

/// What the flush knows from one time to the next.
pub(crate) struct Flusher {
    /// Which writer the totals are of.
    pub(super) boot: Uuid,
    /// Its number, where it is known to be in the database.
    pub(super) writer: Option<i64>,
    /// Taken out of the shards and not yet in the totals.
    taken: HashMap<Cell, u64>,
    /// How keys were used, and not yet written.
    pub(super) uses: HashMap<(OrganizationId, KeyId), KeyUse>,
    pub(super) ids: Ids,
    pub(super) totals: Totals,
    /// The shards' maps of the last time: empty, with their room.
    spare: Vec<Counted>,
}

impl Usage {
    /// Writes what was counted until now.
    pub(super) async fn flush(&self) -> Result<(), Error> {
        self.flush_at(times::now()).await
    }

    /// The same, at this instant.
    pub(super) async fn flush_at(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let store = self.store()?;
        let mut flusher = self.flusher.lock().await;
        let flushed = flusher.flush(self, store, now).await;
        if let Err(error) = &flushed {
            flusher.doubt();
            if matches!(error, Error::Damaged(_)) {
                self.give_up(error);
            }
        }
        flushed
    }
}

impl Flusher {
    pub(super) fn new() -> Self {
        Self {
            boot: Uuid::now_v7(),
            writer: None,
            taken: HashMap::new(),
            uses: HashMap::new(),
            ids: Ids::default(),
            totals: Totals::new(),
            spare: Vec::new(),
        }
    }

    /// Whether nothing waits to be written.
    pub(super) fn is_clean(&self) -> bool {
        self.taken.is_empty() && self.uses.is_empty() && self.totals.is_clean()
    }

    async fn flush(&mut self, usage: &Usage, store: &Store, now: DateTime<Utc>) -> Result<(), Error> {
        if !self.is_clean() {
            self.bring_over(usage, store).await?;
        }
        self.take(&usage.counters);
        if !self.is_clean() {
            self.bring_over(usage, store).await?;
        }
        usage.counted_until.fetch_max(times::stored(now), Ordering::AcqRel);
        self.let_go(now);
        Ok(())
    }

    /// Forgets what is over and written.
    fn let_go(&mut self, now: DateTime<Utc>) {
        self.totals.let_go(now);
        self.ids.bound();
    }

    fn take(&mut self, counters: &Counters) {
        let mut emptied = Vec::new();
        for mut counted in counters.take(&mut self.spare) {
            for (cell, count) in counted.cells.drain() {
                *self.taken.entry(cell).or_default() += count;
            }
            for (key, used) in counted.uses.drain() {
                match self.uses.get_mut(&key) {
                    Some(known) => known.join(used),
                    None => {
                        self.uses.insert(key, used);
                    }
                }
            }
            emptied.push(counted);
        }
        self.spare = emptied;
    }

    async fn bring_over(&mut self, usage: &Usage, store: &Store) -> Result<(), Error> {
        self.ids.find(store, &usage.counters.routes, self.wanted()).await?;
        self.add_up(usage.floor.load(Ordering::Acquire));
        self.write(usage, store).await?;
        self.totals.written();
        self.uses.clear();
        Ok(())
    }

    fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        for cell in self.taken.keys() {
            if let Some(organization) = cell.organization {
                wanted.add(&self.ids, organization, cell.key.map(|key| (key, cell.environment)), cell.route);
            }
        }
        for ((organization, key), used) in &self.uses {
            wanted.add(&self.ids, *organization, Some((*key, used.environment)), 0);
        }
        wanted.once()
    }

    /// Adds what was taken to the totals. All of its numbers are known.
    fn add_up(&mut self, floor: i64) {
        let first = self.taken.keys().map(|cell| cell.minute.max(floor)).min();
        // Only what is clean can be left to the writer before: it is, because what was taken before was
        // written before this was taken.
        if self.totals.is_clean() && first.is_some_and(|first| self.totals.are_over(first)) {
            self.boot = Uuid::now_v7();
            self.writer = None;
            self.totals = Totals::new();
        }
        for (cell, count) in self.taken.drain() {
            let key = cell.organization.zip(cell.key).and_then(|(organization, key)| self.ids.key(organization, key));
            let route = match (cell.route, cell.organization) {
                (1.., Some(organization)) => self.ids.route(organization, cell.route).unwrap_or(OTHER_ROUTE),
                (0, _) => NO_ROUTE,
                _ => OTHER_ROUTE,
            };
            let numbered = Numbered {
                organization: self.ids.organization(cell.organization),
                key: key.map_or(0, |key| key.id),
                route,
                // Detail of before may be gone, and its roll-up could not be made anew.
                minute: cell.minute.max(floor),
                environment: cell.environment,
                outcome: cell.outcome,
            };
            self.totals.add(numbered, count);
        }
        for ((organization, key), used) in &mut self.uses {
            let Some(known) = self.ids.key(*organization, *key) else { continue };
            for scope in used.scopes.drain(..) {
                self.totals.add_scope(known.id, scope.scope, scope.count, scope.last_at);
            }
        }
    }

    /// After a failure nobody knows what is in the database: it is looked at again.
    fn doubt(&mut self) {
        self.writer = None;
        self.ids.forget_keys();
    }
}

#[cfg(test)]
impl Usage {
    /// A flush that reaches the disk, whose answer does not come.
    pub(super) async fn flush_without_answer(&self) -> Result<(), Error> {
        let store = self.store()?;
        let mut flusher = self.flusher.lock().await;
        flusher.take(&self.counters);
        let wanted = flusher.wanted();
        flusher.ids.find(store, &self.counters.routes, wanted).await?;
        flusher.add_up(self.floor.load(Ordering::Acquire));
        flusher.write(self, store).await?;
        flusher.doubt();
        Ok(())
    }
}
