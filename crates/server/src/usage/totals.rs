//! The totals of this writer, of the periods that it still writes: absolute, so that a flush that is written
//! twice counts once.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use keydeck_domain::Scope;

use super::periods::{MINUTES_OF_HOUR, minute_of};

/// How long the totals of a period that is over are kept for what comes late, in minutes.
const LATE: i64 = 5;
/// From here on a new writer begins, so that the totals of scopes don't grow without end.
const MANY_SCOPES: usize = 200_000;

/// Totals by some key, and which of them are not written yet.
pub(super) struct Counted<K> {
    totals: HashMap<K, u64>,
    dirty: HashSet<K>,
}

impl<K: Copy + Eq + Hash> Counted<K> {
    fn new() -> Self {
        Self { totals: HashMap::new(), dirty: HashSet::new() }
    }

    fn add(&mut self, key: K, count: u64) {
        let total = self.totals.entry(key).or_default();
        *total = total.saturating_add(count);
        self.dirty.insert(key);
    }

    /// What is to be written, with its total.
    pub(super) fn dirty(&self) -> impl Iterator<Item = (K, i64)> {
        self.dirty.iter().map(|key| (*key, stored(self.totals.get(key).copied().unwrap_or_default())))
    }
}

/// As it is stored.
fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// One drained cell, with the short numbers.
#[derive(Clone, Copy)]
pub(super) struct Numbered {
    pub(super) organization: i64,
    pub(super) key: i64,
    pub(super) route: i64,
    pub(super) minute: i64,
    pub(super) environment: u8,
    pub(super) outcome: u8,
}

/// All totals of a writer.
pub(super) struct Totals {
    /// By organization, hour, key and outcome.
    pub(super) key_hours: Counted<(i64, i64, i64, u8)>,
    /// By organization, hour, route, environment and outcome.
    pub(super) route_hours: Counted<(i64, i64, i64, u8, u8)>,
    /// By organization, minute, environment and outcome.
    pub(super) minutes: Counted<(i64, i64, u8, u8)>,
    /// By key: the count and the last time.
    scopes: HashMap<(i64, Scope), (u64, i64)>,
    dirty_scopes: HashSet<(i64, Scope)>,
    /// Totals before this minute were let go.
    let_go: i64,
}

impl Totals {
    pub(super) fn new() -> Self {
        Self {
            key_hours: Counted::new(),
            route_hours: Counted::new(),
            minutes: Counted::new(),
            scopes: HashMap::new(),
            dirty_scopes: HashSet::new(),
            let_go: i64::MIN,
        }
    }

    /// Adds one cell to every table.
    pub(super) fn add(&mut self, cell: Numbered, count: u64) {
        let Numbered { organization, key, route, minute, environment, outcome } = cell;
        let hour = minute.div_euclid(MINUTES_OF_HOUR);
        self.key_hours.add((organization, hour, key, outcome), count);
        self.route_hours.add((organization, hour, route, environment, outcome), count);
        self.minutes.add((organization, minute, environment, outcome), count);
    }

    pub(super) fn add_scope(&mut self, key: i64, scope: Scope, count: u64, last_at: i64) {
        let total = self.scopes.entry((key, scope.clone())).or_default();
        *total = (total.0.saturating_add(count), total.1.max(last_at));
        self.dirty_scopes.insert((key, scope));
    }

    /// The scopes that are to be written: key, scope, count, last time.
    pub(super) fn dirty_scopes(&self) -> impl Iterator<Item = (i64, &str, i64, i64)> {
        self.dirty_scopes.iter().map(|of| {
            let (count, last_at) = self.scopes.get(of).copied().unwrap_or_default();
            (of.0, of.1.as_str(), stored(count), last_at)
        })
    }

    /// The earliest minute that is to be written.
    pub(super) fn first_dirty_minute(&self) -> Option<i64> {
        self.minutes.dirty.iter().map(|(_, minute, ..)| *minute).min()
    }

    pub(super) fn is_clean(&self) -> bool {
        self.minutes.dirty.is_empty() && self.dirty_scopes.is_empty()
    }

    /// All of it is in the database.
    pub(super) fn written(&mut self) {
        self.key_hours.dirty.clear();
        self.route_hours.dirty.clear();
        self.minutes.dirty.clear();
        self.dirty_scopes.clear();
    }

    /// Whether this writer's rows may hold more of this minute than is known here any more, or there is
    /// too much to remember: then another writer must begin.
    pub(super) fn are_over(&self, minute: i64) -> bool {
        minute < self.let_go || self.scopes.len() > MANY_SCOPES
    }

    /// Forgets the totals of periods that are over and written.
    pub(super) fn let_go(&mut self, now: chrono::DateTime<chrono::Utc>) {
        let before = minute_of(now) - LATE;
        if before <= self.let_go || !self.is_clean() {
            return;
        }
        self.let_go = before;
        let hour_is_over = |hour: i64| (hour + 1) * MINUTES_OF_HOUR <= before;
        self.minutes.totals.retain(|(_, minute, ..), _| *minute >= before);
        self.key_hours.totals.retain(|(_, hour, ..), _| !hour_is_over(*hour));
        self.route_hours.totals.retain(|(_, hour, ..), _| !hour_is_over(*hour));
    }
}
