//! An organization's limits as a request looks at them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use keydeck_domain::api::limits::{Limit, LimitOf, OnFailure};
use keydeck_domain::{Environment, KeyId};

use super::gauge::{Gauges, Rate};

/// No day: everything could be read.
const READ: i64 = i64::MIN;

/// One limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    pub(super) of: LimitOf,
    pub(super) environment: Option<Environment>,
    /// As many, in so many seconds, at this rate.
    pub(super) burst: Option<(u32, u32, Rate)>,
    pub(super) per_day: Option<u64>,
    pub(super) at_once: Option<u32>,
    pub(super) on_failure: OnFailure,
}

impl From<&Limit> for Policy {
    fn from(limit: &Limit) -> Self {
        let Limit { of, environment, burst, per_day, at_once, on_failure } = *limit;
        let burst = burst.map(|burst| (burst.requests, burst.window_seconds, Rate::of(burst)));
        Self { of, environment, burst, per_day, at_once, on_failure }
    }
}

/// What is limited of one organization, and what was taken.
#[derive(Debug)]
pub(super) struct Limited {
    pub(super) policies: Box<[Policy]>,
    /// They were changed from outside: there is room for nothing.
    pub(super) set_aside: bool,
    /// The day since 1970 whose count could not be read.
    unread: AtomicI64,
    pub(super) ledger: Ledger,
}

/// What was taken: the same before and after a change of the limits.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    pub(super) organization: Arc<Gauges>,
    pub(super) keys: Arc<papaya::HashMap<KeyId, Arc<Gauges>>>,
}

impl Ledger {
    /// By one key.
    pub(super) fn of_key(&self, key: KeyId) -> Arc<Gauges> {
        let keys = self.keys.pin();
        // Looked for first: to make one is for the first request of a key alone.
        keys.get(&key).map_or_else(|| Arc::clone(keys.get_or_insert_with(key, Arc::default)), Arc::clone)
    }
}

impl Limited {
    pub(super) fn new(items: &[Limit], ledger: Ledger) -> Self {
        Self { policies: items.iter().map(Policy::from).collect(), set_aside: false, unread: AtomicI64::new(READ), ledger }
    }

    pub(super) fn set_aside() -> Self {
        Self { set_aside: true, ..Self::new(&[], Ledger::default()) }
    }

    pub(super) fn fitting(&self, environment: Environment) -> impl Iterator<Item = &Policy> {
        self.policies.iter().filter(move |policy| policy.environment.is_none_or(|only| only == environment))
    }

    /// Whether there is a quota of the day, so that its count has to be known.
    pub(super) fn counts_days(&self) -> bool {
        self.policies.iter().any(|policy| policy.per_day.is_some())
    }

    /// The count of this day could not be read.
    pub(super) fn could_not_read(&self, day: i64) {
        self.unread.fetch_max(day, Ordering::AcqRel);
    }

    pub(super) fn is_unread(&self, day: i64) -> bool {
        day <= self.unread.load(Ordering::Acquire)
    }
}
