//! The counters in memory. A verification takes the lock of one shard of many for one increment; the flush
//! takes it to exchange what was counted for empty maps that have their room already.
//!
//! Bounded: a shard that has [`CELLS`] cells counts what would be new to cells that are no longer told apart
//! by key, see [`Cell::overflow`]. The flush is woken long before.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use keydeck_domain::{KeyId, OrganizationId, Outcome};
use tokio::sync::Notify;

use super::cell::{Cell, CountedKey, Verification, environment_number, outcome_number};
use super::last_use::KeyUse;
use super::periods::minute_of;
use super::routes::Routes;

const SHARDS: usize = 64;
/// Most cells of a shard that are told apart by key. All shards full are about 25 MB.
const CELLS: usize = 4_096;
/// From here on the flush is woken before its time.
const MANY_CELLS: usize = CELLS / 2;

/// What was counted since the last flush.
pub(crate) struct Counters {
    shards: Box<[Shard]>,
    hasher: RandomState,
    pub(super) routes: Routes,
    pub(super) many: Notify,
}

/// On cache lines of its own, so that two cores that count don't take them from each other.
#[repr(align(128))]
#[derive(Default)]
struct Shard(Mutex<Counted>);

/// What a shard has counted.
#[derive(Default)]
pub(crate) struct Counted {
    pub(crate) cells: HashMap<Cell, u64>,
    /// How keys were used that were accepted.
    pub(crate) uses: HashMap<(OrganizationId, KeyId), KeyUse>,
}

impl Counters {
    pub(crate) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            hasher: RandomState::new(),
            routes: Routes::default(),
            many: Notify::new(),
        }
    }

    /// Counts a verification.
    pub(crate) fn note(&self, verification: &Verification<'_>) {
        let route = match (verification.organization, verification.route) {
            (Some(organization), Some(tag)) => self.routes.place(organization, tag.as_str()),
            _ => 0,
        };
        let cell = Cell {
            organization: verification.organization,
            key: verification.key.map(|key| key.id),
            minute: minute_of(verification.at),
            route,
            environment: verification.key.map_or(0, |key| environment_number(key.environment)),
            outcome: outcome_number(verification.outcome),
        };
        let place = self.hasher.hash_one((cell.organization, cell.key)) % self.shards.len() as u64;
        let shard = &self.shards[usize::try_from(place).expect("it is less than the number of shards")];
        let mut counted = shard.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cells = counted.count(cell);
        if let (Outcome::Accepted, Some(organization), Some(key)) =
            (verification.outcome, verification.organization, verification.key)
        {
            counted.note_use(organization, &key, verification);
        }
        drop(counted);
        if cells == MANY_CELLS {
            self.many.notify_one();
        }
    }

    /// Takes what was counted, shard by shard: each verification is in one cell of one shard. `spare` are
    /// the maps of the last time, emptied.
    pub(crate) fn take(&self, spare: &mut Vec<Counted>) -> Vec<Counted> {
        let exchange = |shard: &Shard| {
            let empty = spare.pop().unwrap_or_default();
            std::mem::replace(&mut *shard.0.lock().unwrap_or_else(PoisonError::into_inner), empty)
        };
        self.shards.iter().map(exchange).collect()
    }
}

impl Counted {
    /// Counts; gives how many cells there are where this was a new one, and 0 elsewhere.
    fn count(&mut self, cell: Cell) -> usize {
        if let Some(count) = self.cells.get_mut(&cell) {
            *count += 1;
            return 0;
        }
        let cell = if self.cells.len() < CELLS { cell } else { cell.overflow() };
        *self.cells.entry(cell).or_default() += 1;
        self.cells.len()
    }

    fn note_use(&mut self, organization: OrganizationId, key: &CountedKey, verification: &Verification<'_>) {
        if let Some(known) = self.uses.get_mut(&(organization, key.id)) {
            known.again(verification);
        } else if self.uses.len() < CELLS {
            self.uses.insert((organization, key.id), KeyUse::first(verification, key));
        }
        // Beyond that it is counted, and where it came from is not noted this once.
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use keydeck_domain::Environment;

    use super::*;

    #[test]
    fn what_is_too_much_to_tell_apart_is_counted_all_the_same() {
        let (counters, organization) = (Counters::new(), OrganizationId::generate());
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
        let wanted = 2 * SHARDS * CELLS;
        for _ in 0..wanted {
            counters.note(&Verification {
                organization: Some(organization),
                key: Some(CountedKey { id: KeyId::generate(), environment: Environment::Live, before: None }),
                outcome: Outcome::Accepted,
                at,
                route: None,
                scopes: None,
                address: None,
                user_agent: None,
            });
        }
        let taken = counters.take(&mut Vec::new());
        let cells: Vec<(&Cell, &u64)> = taken.iter().flat_map(|counted| &counted.cells).collect();
        assert_eq!(cells.iter().map(|(_, count)| **count).sum::<u64>(), wanted as u64);
        assert!(cells.len() <= SHARDS * (CELLS + 1), "{}", cells.len());
        // What is not told apart is unattributed in every table alike: it has no environment either.
        assert!(cells.iter().all(|(cell, _)| cell.key.is_some() == (cell.environment != 0)));
        assert!(cells.iter().any(|(cell, count)| cell.key.is_none() && **count > 1));
        assert!(taken.iter().all(|counted| counted.uses.len() <= CELLS));
        assert!(counters.take(&mut Vec::new()).iter().all(|counted| counted.cells.is_empty()), "it is taken once");
    }
}
