//! How a request takes from all limits that fit it: from all or from none.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use keydeck_domain::api::limits::{LimitOf, OnFailure};
use keydeck_domain::{Environment, KeyId, OrganizationId, Outcome};

use super::gauge::{self, Daily, Gauge, Gauges, Gcra, Left, Wait};
use super::near::{Near, Nearing, crossed};
use super::policy::{Limited, Policy};
use super::taken::{Refusal, Running, State, Taken, Which};
use super::{Moment, day_of};

/// A place can become free at any time, and so can an organization be set right.
const SOON: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

/// What a request is refused by.
struct Refused {
    which: Which,
    retry_after: Duration,
    state: Option<State>,
}

/// A request, and what it takes from.
struct Request<'a> {
    limited: &'a Limited,
    of_key: Option<Arc<Gauges>>,
    organization: OrganizationId,
    key: KeyId,
    environment: Environment,
    now: Moment,
    day: u64,
    /// Whether it is one of those at once.
    held: bool,
}

/// Takes from every limit that fits. In this order: at once, burst, daily; what a later one refuses, the earlier ones
/// get back.
pub(super) fn take(
    limited: &Limited,
    organization: OrganizationId,
    key: KeyId,
    environment: Environment,
    now: Moment,
    held: bool,
    near: &Nearing,
) -> Taken {
    if limited.set_aside {
        return refused(Refused { which: Which::Burst, retry_after: SOON, state: None }, None);
    }
    let by_key = limited.policies.iter().any(|policy| policy.of == LimitOf::Key);
    let of_key = by_key.then(|| limited.ledger.of_key(key));
    let day = u64::try_from(day_of(now.wall)).unwrap_or_default();
    let request = Request { limited, of_key, organization, key, environment, now, day, held };
    // Looked first: who has nothing left takes nothing from others for a moment either.
    match request.has_room().and_then(|()| request.take(near)) {
        Ok(taken) => taken,
        Err(by) => {
            let beside = request.beside(by.which);
            refused(by, beside)
        }
    }
}

fn refused(by: Refused, beside: Option<State>) -> Taken {
    let Refused { which, retry_after, state } = by;
    let outcome = if which == Which::Daily { Outcome::QuotaExhausted } else { Outcome::RateLimited };
    Taken { refused: Some(Refusal { outcome, which, retry_after }), state, running: None, beside }
}

impl<'a> Request<'a> {
    fn fitting(&'a self) -> impl Iterator<Item = (&'a Policy, &'a Gauge)> {
        self.limited.fitting(self.environment).map(|policy| (policy, self.gauges(policy).of(policy.environment)))
    }

    fn gauges(&self, policy: &Policy) -> &Arc<Gauges> {
        match (policy.of, &self.of_key) {
            (LimitOf::Key, Some(gauges)) => gauges,
            _ => &self.limited.ledger.organization,
        }
    }

    fn has_room(&self) -> Result<(), Refused> {
        for (policy, gauge) in self.fitting() {
            if let Some(places) = policy.at_once.filter(|places| self.held && gauge.at_once.count() >= *places) {
                return Err(full(places));
            }
        }
        for (policy, gauge) in self.fitting() {
            if let Some((requests, seconds, rate)) = policy.burst {
                let room = gauge.burst.has_room(rate, self.now.steady);
                room.map_err(|wait| too_fast((requests, seconds), wait, gauge.burst.now(rate, self.now.steady)))?;
            }
        }
        for (policy, gauge) in self.fitting() {
            if let Some(quota) = policy.per_day {
                let unread = policy.on_failure == OnFailure::Closed && self.limited.is_unread(day_of(self.now.wall));
                if unread || gauge.daily.count(self.day) >= quota {
                    return Err(used_up(quota, self.now.wall));
                }
            }
        }
        Ok(())
    }

    fn take(&self, near: &Nearing) -> Result<Taken, Refused> {
        // Both give back what they hold when they are dropped on the way out.
        let mut running = Running::default();
        let mut credits = Credits { taken: Vec::with_capacity(4), now: self.now.steady };
        let (mut burst, mut daily, mut at_once) = (None, None, None);
        let mut nearing = Vec::new();
        for (policy, gauge) in self.fitting() {
            let Some(places) = policy.at_once.filter(|_| self.held) else { continue };
            gauge.at_once.take(places).map_err(|_| full(places))?;
            running.places.push((Arc::clone(self.gauges(policy)), policy.environment));
            tightest(&mut at_once, places_left(places, gauge.at_once.count()));
        }
        for (policy, gauge) in self.fitting() {
            let Some((requests, seconds, rate)) = policy.burst else { continue };
            let taken = gauge.burst.take(rate, self.now.steady);
            let (credit, left) =
                taken.map_err(|wait| too_fast((requests, seconds), wait, gauge.burst.now(rate, self.now.steady)))?;
            credits.taken.push(Credit::Burst(&gauge.burst, credit));
            tightest(&mut burst, burst_left((requests, seconds), left));
        }
        for (policy, gauge) in self.fitting() {
            let Some(quota) = policy.per_day else { continue };
            let count = gauge.daily.take(quota, self.day).map_err(|_| used_up(quota, self.now.wall))?;
            credits.taken.push(Credit::Daily(&gauge.daily, self.day));
            tightest(&mut daily, daily_left(quota, count, self.now.wall));
            if let Some(percent) = crossed(count - 1, count, quota) {
                nearing.push(Near {
                    organization: self.organization,
                    key: (policy.of == LimitOf::Key).then_some(self.key),
                    environment: policy.environment,
                    percent,
                    quota,
                    at: self.now.wall,
                });
            }
        }
        credits.taken.clear();
        nearing.into_iter().for_each(|one| near.note(one));
        let mut states = [burst, daily, at_once].into_iter().flatten();
        let (state, beside) = (states.next(), states.next());
        Ok(Taken { refused: None, state, running: (!running.places.is_empty()).then_some(running), beside })
    }

    /// What is told beside a refusal: how the other of burst and quota stands.
    fn beside(&self, which: Which) -> Option<State> {
        let mut beside = None;
        for (policy, gauge) in self.fitting() {
            match (which, policy.burst, policy.per_day) {
                (Which::Burst, _, Some(quota)) => {
                    tightest(&mut beside, daily_left(quota, gauge.daily.count(self.day), self.now.wall));
                }
                (Which::Daily | Which::AtOnce, Some((requests, seconds, rate)), _) => {
                    tightest(&mut beside, burst_left((requests, seconds), gauge.burst.now(rate, self.now.steady)));
                }
                _ => {}
            }
        }
        beside
    }
}

/// What a request took so far. What is still in it when it is dropped is given back.
struct Credits<'a> {
    taken: Vec<Credit<'a>>,
    now: u64,
}

enum Credit<'a> {
    Burst(&'a Gcra, gauge::Credit),
    Daily(&'a Daily, u64),
}

impl Drop for Credits<'_> {
    fn drop(&mut self) {
        for credit in self.taken.drain(..) {
            match credit {
                Credit::Burst(burst, credit) => burst.give_back(credit, self.now),
                Credit::Daily(daily, day) => daily.give_back(day),
            }
        }
    }
}

/// Keeps the one with the least left.
fn tightest(kept: &mut Option<State>, state: State) {
    if kept.as_ref().is_none_or(|kept| state.remaining < kept.remaining) {
        *kept = Some(state);
    }
}

fn burst_left((requests, window_seconds): (u32, u32), left: Left) -> State {
    State {
        limit: requests.into(),
        remaining: left.remaining,
        reset: Duration::from_nanos(left.reset),
        window: Duration::from_secs(window_seconds.into()),
        policy: Which::Burst.name(),
    }
}

fn daily_left(quota: u64, count: u64, now: DateTime<Utc>) -> State {
    let remaining = quota.saturating_sub(count);
    State { limit: quota, remaining, reset: until_tomorrow(now), window: DAY, policy: Which::Daily.name() }
}

fn places_left(places: u32, running: u32) -> State {
    State {
        limit: places.into(),
        remaining: places.saturating_sub(running).into(),
        reset: Duration::ZERO,
        window: Duration::ZERO,
        policy: Which::AtOnce.name(),
    }
}

fn full(places: u32) -> Refused {
    Refused { which: Which::AtOnce, retry_after: SOON, state: Some(places_left(places, places)) }
}

fn too_fast(burst: (u32, u32), Wait(wait): Wait, left: Left) -> Refused {
    // A credit can have come back since; it was refused all the same.
    let state = State { remaining: 0, ..burst_left(burst, left) };
    Refused { which: Which::Burst, retry_after: Duration::from_nanos(wait), state: Some(state) }
}

fn used_up(quota: u64, now: DateTime<Utc>) -> Refused {
    Refused { which: Which::Daily, retry_after: until_tomorrow(now), state: Some(daily_left(quota, quota, now)) }
}

/// Until the next day of UTC begins.
fn until_tomorrow(now: DateTime<Utc>) -> Duration {
    let gone = now.timestamp_micros().rem_euclid(86_400_000_000);
    Duration::from_micros(86_400_000_000_u64.saturating_sub(u64::try_from(gone).unwrap_or_default()))
}
