//! What was taken of limits: three numbers, each changed by compare-and-swap, so that of many who want the last
//! credit exactly one gets it, and nobody waits.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use keydeck_domain::Environment;
use keydeck_domain::api::limits::Burst;

use crate::usage::cell::environment_number;

const NANOS_OF_SECOND: u64 = 1_000_000_000;

/// What one organization or one key took: in all environments, and in each alone.
#[derive(Debug, Default)]
pub(crate) struct Gauges([Gauge; 3]);

impl Gauges {
    /// That of one environment, or of all.
    pub(super) fn of(&self, environment: Option<Environment>) -> &Gauge {
        &self.0[usize::from(environment.map_or(0, environment_number))]
    }
}

/// What was taken.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    pub(super) burst: Gcra,
    pub(super) daily: Daily,
    pub(super) at_once: AtOnce,
}

/// How fast requests may come, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// What one request costs.
    cost: u64,
    /// What there is: as much as all requests of a burst cost, so that exactly so many fit at once.
    pub(super) span: u64,
}

impl Rate {
    pub(super) fn of(burst: Burst) -> Self {
        let requests = u64::from(burst.requests.max(1));
        // Rounded up, never to more than was promised; at least 1,000, by the bounds of a burst.
        let cost = (u64::from(burst.window_seconds) * NANOS_OF_SECOND).div_ceil(requests);
        Self { cost, span: cost * requests }
    }
}

/// What is left of a burst, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) remaining: u64,
    /// Until all of it is there again.
    pub(super) reset: u64,
}

/// There is no room before this many nanoseconds are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait(pub(super) u64);

/// The generic cell rate algorithm. Holds the instant at which everything will be there again, in nanoseconds of a
/// clock that is never set: a request moves it on by its cost, and is refused where that would be over a span from now.
#[derive(Debug, Default)]
pub(super) struct Gcra(AtomicU64);

impl Gcra {
    /// Where it is moved to by a request that comes now.
    fn moved(full_at: u64, rate: Rate, now: u64) -> Result<u64, Wait> {
        let next = full_at.max(now) + rate.cost;
        match next.checked_sub(now + rate.span) {
            None | Some(0) => Ok(next),
            Some(over) => Err(Wait(over)),
        }
    }

    fn left(full_at: u64, rate: Rate, now: u64) -> Left {
        let reset = full_at.saturating_sub(now);
        Left { remaining: rate.span.saturating_sub(reset) / rate.cost, reset }
    }

    /// Whether there is room, without taking it.
    pub(super) fn has_room(&self, rate: Rate, now: u64) -> Result<(), Wait> {
        Self::moved(self.0.load(Ordering::Acquire), rate, now).map(drop)
    }

    /// Takes a credit.
    pub(super) fn take(&self, rate: Rate, now: u64) -> Result<(Credit, Left), Wait> {
        let mut full_at = self.0.load(Ordering::Acquire);
        loop {
            let next = Self::moved(full_at, rate, now)?;
            match self.0.compare_exchange_weak(full_at, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Ok((Credit { moved_to: next, cost: rate.cost }, Self::left(next, rate, now))),
                Err(other) => full_at = other,
            }
        }
    }

    /// Gives a credit back that was taken a moment ago. Not where everything was there again since then: it would be
    /// one too many.
    pub(super) fn give_back(&self, Credit { moved_to, cost }: Credit, now: u64) {
        let give = |full_at: u64| {
            // Since then each request has moved it on by the same, unless it began anew at some other instant.
            let only_moved_on = full_at.abs_diff(moved_to).is_multiple_of(cost);
            (now < moved_to && only_moved_on).then(|| full_at.saturating_sub(cost))
        };
        // Where nothing is given back there is nothing to do.
        let _ = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, give);
    }

    /// How it stands.
    pub(super) fn now(&self, rate: Rate, now: u64) -> Left {
        Self::left(self.0.load(Ordering::Acquire), rate, now)
    }

    /// After another limit was set: nobody waits for longer than that takes.
    pub(super) fn within(&self, rate: Option<Rate>, now: u64) {
        self.0.fetch_min(now + rate.map_or(0, |rate| rate.span), Ordering::AcqRel);
    }
}

/// A credit that can still be given back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Credit {
    moved_to: u64,
    cost: u64,
}

/// How many were taken on a day: its number since 1970 and the count, in one word.
#[derive(Debug, Default)]
pub(super) struct Daily(AtomicU64);

/// Bits of the count: more than [`keydeck_domain::api::limits::PER_DAY_MAX`].
const COUNT_BITS: u32 = 40;
const COUNT: u64 = (1 << COUNT_BITS) - 1;

/// The quota of the day is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

impl Daily {
    /// The count as of this day. A clock that was set back does not begin a day anew: the later one goes on.
    fn count_on(word: u64, day: u64) -> (u64, u64) {
        let known = word >> COUNT_BITS;
        if known >= day { (known, word & COUNT) } else { (day, 0) }
    }

    /// How many were taken on this day.
    pub(super) fn count(&self, day: u64) -> u64 {
        Self::count_on(self.0.load(Ordering::Acquire), day).1
    }

    /// Takes one; gives how many that are.
    pub(super) fn take(&self, quota: u64, day: u64) -> Result<u64, Exhausted> {
        let mut word = self.0.load(Ordering::Acquire);
        loop {
            let (day, count) = Self::count_on(word, day);
            if count >= quota.min(COUNT) {
                return Err(Exhausted);
            }
            let next = (day << COUNT_BITS) | (count + 1);
            match self.0.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Ok(count + 1),
                Err(other) => word = other,
            }
        }
    }

    /// Gives one back, unless another day has begun.
    pub(super) fn give_back(&self, day: u64) {
        let give = |word: u64| (word >> COUNT_BITS >= day && word & COUNT > 0).then(|| word - 1);
        let _ = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, give);
    }

    /// At least so many were taken on this day, as was written down.
    pub(super) fn at_least(&self, count: u64, day: u64) {
        self.0.fetch_max((day << COUNT_BITS) | count.min(COUNT), Ordering::AcqRel);
    }
}

/// How many run.
#[derive(Debug, Default)]
pub(super) struct AtOnce(AtomicU32);

/// As many run as may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl AtOnce {
    pub(super) fn count(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }

    /// Takes a place.
    pub(super) fn take(&self, places: u32) -> Result<(), Full> {
        let take = |running: u32| (running < places).then_some(running + 1);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, take).map(drop).map_err(|_| Full)
    }

    pub(super) fn give_back(&self) {
        // Only what was taken is given back, so it never falls below nothing.
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
