//! Limits by themselves, with the clocks given: exact under threads, and as a simple model says.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use keydeck_domain::api::limits::{Burst, Limit, LimitOf, OnFailure};
use keydeck_domain::{Environment, KeyId, OrganizationId, Outcome};
use proptest::prelude::*;

use super::gauge::{Gcra, Rate, Wait};
use super::taken::{Refusal, Taken, Which};
use super::{Limits, Moment, day_of};

const SECOND: u64 = 1_000_000_000;
const ORGANIZATION: OrganizationId = OrganizationId(uuid::Uuid::from_u128(1));
const KEY: KeyId = KeyId(uuid::Uuid::from_u128(2));
const OTHER_KEY: KeyId = KeyId(uuid::Uuid::from_u128(3));

const NONE: Limit = Limit {
    of: LimitOf::Organization,
    environment: None,
    burst: None,
    per_day: None,
    at_once: None,
    on_failure: OnFailure::Closed,
};

fn burst(requests: u32, window_seconds: u32) -> Limit {
    Limit { burst: Some(Burst { requests, window_seconds }), ..NONE }
}

fn per_day(quota: u64) -> Limit {
    Limit { per_day: Some(quota), ..NONE }
}

fn at_once(places: u32) -> Limit {
    Limit { at_once: Some(places), ..NONE }
}

fn wall(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn noon() -> DateTime<Utc> {
    wall("2026-03-04T12:00:00Z")
}

fn limits(items: &[Limit]) -> Limits {
    let limits = Limits::default();
    limits.put(ORGANIZATION, items, noon());
    limits
}

/// A request of a key, so many nanoseconds after the start.
fn ask(limits: &Limits, key: KeyId, environment: Environment, steady: u64) -> Taken {
    limits.take_at(ORGANIZATION, key, environment, Moment { steady, wall: noon() }, true)
}

fn at(limits: &Limits, steady: u64) -> Taken {
    ask(limits, KEY, Environment::Live, steady)
}

fn refusal(taken: &Taken) -> (Outcome, Which, Duration) {
    let Refusal { outcome, which, retry_after } = taken.refused.unwrap();
    (outcome, which, retry_after)
}

/// 64 threads ask at the same time, each until it is refused; gives what each was given.
fn all_at_once(limits: &Limits) -> Vec<Vec<Taken>> {
    let barrier = Barrier::new(64);
    thread::scope(|scope| {
        let asking: Vec<_> = (0..64)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    let mut taken = vec![at(limits, 10 * SECOND)];
                    while taken.last().is_some_and(|taken| taken.refused.is_none()) {
                        taken.push(at(limits, 10 * SECOND));
                    }
                    taken
                })
            })
            .collect();
        asking.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Lets 64 race for what there is, again and again: as many are accepted as there are credits, so exactly one got the
/// last, and everybody else was refused.
fn race_for_the_last(limit: impl Fn(u32) -> Limit, refused: (Outcome, Which)) {
    for round in 0..20 {
        let credits = 1 + 100 * round;
        for of in [LimitOf::Organization, LimitOf::Key] {
            let limits = limits(&[Limit { of, ..limit(credits) }]);
            let (accepted, over): (Vec<_>, Vec<_>) =
                all_at_once(&limits).into_iter().flatten().partition(|taken| taken.refused.is_none());
            assert_eq!((accepted.len(), over.len()), (credits as usize, 64), "round {round}");
            assert!(over.iter().all(|taken| (refusal(taken).0, refusal(taken).1) == refused));
        }
    }
}

#[test]
fn t21_of_64_at_once_one_gets_the_last_of_a_burst() {
    race_for_the_last(|credits| burst(credits, 60), (Outcome::RateLimited, Which::Burst));
}

#[test]
fn t21_of_64_at_once_one_gets_the_last_of_a_day() {
    race_for_the_last(|credits| per_day(credits.into()), (Outcome::QuotaExhausted, Which::Daily));
}

#[test]
fn t21_of_64_at_once_one_gets_the_last_place() {
    race_for_the_last(at_once, (Outcome::RateLimited, Which::AtOnce));
}

#[test]
fn what_many_take_and_give_back_adds_up() {
    // All that is taken for a moment comes back: a quota that is used up for one key uses up nothing of the others'.
    let limits = limits(&[Limit { at_once: Some(1_000), ..burst(1_000, 60) }, Limit { of: LimitOf::Key, ..per_day(1) }]);
    assert!(at(&limits, 10 * SECOND).refused.is_none());
    for _ in 0..20 {
        assert!(all_at_once(&limits).iter().flatten().all(|taken| refusal(taken).1 == Which::Daily));
    }
    let other = ask(&limits, OTHER_KEY, Environment::Live, 10 * SECOND);
    assert_eq!(other.state.unwrap().remaining, 998);
}

#[test]
fn a_place_is_free_again_when_its_request_ends() {
    let limits = limits(&[at_once(2)]);
    let (first, second) = (at(&limits, 0), at(&limits, 0));
    assert_eq!(refusal(&at(&limits, 0)), (Outcome::RateLimited, Which::AtOnce, Duration::from_secs(1)));
    drop(first);
    let third = at(&limits, 0);
    assert!(third.refused.is_none());
    assert!(at(&limits, 0).refused.is_some());
    drop((second, third));
    assert_eq!(at(&limits, 0).state.unwrap().remaining, 1);
}

#[test]
fn nobody_holds_a_place_where_the_end_is_not_told() {
    let limits = limits(&[at_once(1)]);
    for _ in 0..3 {
        let taken = limits.take_unheld(ORGANIZATION, KEY, Environment::Live, noon());
        assert!(taken.refused.is_none() && taken.running.is_none());
    }
}

#[test]
fn what_is_refused_later_gives_back_what_was_taken() {
    let limits = limits(&[Limit { at_once: Some(2), per_day: Some(1), ..burst(10, 60) }]);
    drop(at(&limits, SECOND));
    for _ in 0..30 {
        assert_eq!(refusal(&at(&limits, SECOND)).1, Which::Daily);
    }
    limits.put(ORGANIZATION, &[Limit { at_once: Some(2), per_day: Some(2), ..burst(10, 60) }], noon());
    let taken = at(&limits, SECOND);
    assert_eq!(taken.state.unwrap().remaining, 8);
    assert_eq!(taken.beside.unwrap().remaining, 0);
}

#[test]
fn a_burst_comes_back_evenly() {
    let limits = limits(&[burst(10, 60)]);
    for left in (0..10).rev() {
        assert_eq!(at(&limits, 0).state.unwrap().remaining, left);
    }
    assert_eq!(refusal(&at(&limits, 0)), (Outcome::RateLimited, Which::Burst, Duration::from_secs(6)));
    assert_eq!(refusal(&at(&limits, 5 * SECOND)).2, Duration::from_secs(1));
    let taken = at(&limits, 6 * SECOND);
    let state = taken.state.unwrap();
    assert_eq!((state.limit, state.remaining, state.policy), (10, 0, "burst"));
    assert_eq!((state.reset, state.window), (Duration::from_secs(60), Duration::from_secs(60)));
    assert!(at(&limits, 6 * SECOND).refused.is_some());
    assert_eq!(at(&limits, 600 * SECOND).state.unwrap().remaining, 9);
}

#[test]
fn f21_a_clock_that_jumps_leaves_a_burst_as_it_is() {
    let limits = limits(&[burst(2, 60)]);
    let ask = |wall| limits.take_at(ORGANIZATION, KEY, Environment::Live, Moment { steady: SECOND, wall }, true);
    assert!(ask(noon()).refused.is_none());
    assert!(ask(noon() + TimeDelta::days(400)).refused.is_none());
    for wall in [noon(), noon() + TimeDelta::days(800), noon() - TimeDelta::days(800)] {
        assert_eq!(refusal(&ask(wall)), (Outcome::RateLimited, Which::Burst, Duration::from_secs(30)));
    }
}

#[test]
fn a_day_is_utcs_and_f21_a_clock_that_is_set_back_does_not_begin_it_anew() {
    let limits = limits(&[per_day(2)]);
    let ask = |at: &str| limits.take_at(ORGANIZATION, KEY, Environment::Live, Moment { steady: 0, wall: wall(at) }, true);
    assert!(ask("2026-03-04T00:00:00Z").refused.is_none());
    assert!(ask("2026-03-04T23:59:59Z").refused.is_none());
    let refused = ask("2026-03-04T23:59:58.500Z");
    assert_eq!(refusal(&refused), (Outcome::QuotaExhausted, Which::Daily, Duration::from_millis(1_500)));
    let first = ask("2026-03-05T00:00:00Z");
    assert_eq!(first.state.unwrap().remaining, 1);
    assert!(ask("2026-03-04T12:00:00Z").refused.is_none(), "the later day's second");
    for at in ["2026-03-04T12:00:00Z", "2026-03-05T12:00:00Z"] {
        assert!(ask(at).refused.is_some(), "{at}");
    }
}

#[test]
fn each_key_and_environment_has_its_own() {
    let limits = limits(&[
        burst(4, 60),
        Limit { of: LimitOf::Key, ..burst(2, 60) },
        Limit { environment: Some(Environment::Test), ..burst(1, 60) },
    ]);
    assert!(ask(&limits, KEY, Environment::Test, 0).refused.is_none());
    assert!(ask(&limits, OTHER_KEY, Environment::Test, 0).refused.is_some(), "test keys have one");
    assert!(ask(&limits, KEY, Environment::Live, 0).refused.is_none());
    assert!(ask(&limits, KEY, Environment::Live, 0).refused.is_some(), "each key has two");
    assert!(ask(&limits, OTHER_KEY, Environment::Live, 0).refused.is_none());
    let last = ask(&limits, OTHER_KEY, Environment::Live, 0);
    assert_eq!(last.state.unwrap().remaining, 0);
    let third = KeyId(uuid::Uuid::from_u128(4));
    assert!(ask(&limits, third, Environment::Live, 0).refused.is_some(), "all have four");
    let another =
        limits.take_at(OrganizationId(uuid::Uuid::nil()), KEY, Environment::Live, Moment { steady: 0, wall: noon() }, true);
    assert!(another.refused.is_none() && another.state.is_none());
}

#[test]
fn a_count_that_could_not_be_read_is_closed_or_open() {
    for (on_failure, refused) in [(OnFailure::Closed, true), (OnFailure::Open, false)] {
        let limits = Limits::default();
        let limited = limits.put(ORGANIZATION, &[Limit { on_failure, ..per_day(100) }], noon());
        limited.could_not_read(day_of(noon()));
        let taken = at(&limits, 0);
        assert_eq!(taken.refused.map(|refusal| refusal.outcome), refused.then_some(Outcome::QuotaExhausted));
        let tomorrow = Moment { steady: 0, wall: noon() + TimeDelta::days(1) };
        assert!(limits.take_at(ORGANIZATION, KEY, Environment::Live, tomorrow, true).refused.is_none());
    }
}

#[test]
fn limits_that_were_changed_from_outside_refuse_everything() {
    let limits = Limits::default();
    limits.put_aside(ORGANIZATION);
    assert_eq!(refusal(&at(&limits, 0)).0, Outcome::RateLimited);
    limits.put(ORGANIZATION, &[], noon());
    assert!(at(&limits, 0).refused.is_none());
}

#[test]
fn a_shorter_window_keeps_nobody_waiting_for_the_longer_one() {
    let limits = limits(&[burst(1, 3_600)]);
    let taken = limits.take(ORGANIZATION, KEY, Environment::Live, noon());
    assert!(taken.refused.is_none());
    limits.put(ORGANIZATION, &[burst(1, 60)], noon());
    let refused = limits.take(ORGANIZATION, KEY, Environment::Live, noon());
    assert!(refusal(&refused).2 <= Duration::from_secs(60));
}

#[test]
fn a_quota_is_noted_when_half_of_it_is_used_up() {
    let limits = limits(&[Limit { of: LimitOf::Key, ..per_day(100) }]);
    for _ in 0..100 {
        assert!(at(&limits, 0).refused.is_none());
    }
    let noted: Vec<_> = limits.near.take().iter().map(|near| (near.percent, near.key, near.quota)).collect();
    assert_eq!(noted, [(50, Some(KEY), 100), (80, Some(KEY), 100), (95, Some(KEY), 100)]);
    assert!(limits.near.take().is_empty());
}

/// A bucket that holds what a burst is worth and fills evenly.
struct Bucket {
    credit: u64,
    seen: u64,
}

impl Bucket {
    fn fill(&mut self, span: u64, now: u64) {
        self.credit = span.min(self.credit + (now - self.seen));
        self.seen = now;
    }
}

proptest! {
    #[test]
    fn gcra_is_a_bucket_that_fills_evenly(
        requests in 1..200_u32,
        window_seconds in 1..300_u32,
        // Nanoseconds between requests, from none to minutes; and whether the credit is given back.
        steps in prop::collection::vec((0..38_u32, any::<u64>(), any::<bool>()), 1..200),
    ) {
        let rate = Rate::of(Burst { requests, window_seconds });
        let span = rate.span;
        let cost = span / u64::from(requests);
        let gcra = Gcra::default();
        let (mut bucket, mut now) = (Bucket { credit: span, seen: 0 }, 0);
        for (bits, random, back) in steps {
            now += random & ((1 << bits) - 1);
            bucket.fill(span, now);
            match gcra.take(rate, now) {
                Ok((credit, left)) => {
                    prop_assert!(bucket.credit >= cost);
                    bucket.credit -= cost;
                    prop_assert_eq!(left.remaining, bucket.credit / cost);
                    prop_assert_eq!(left.reset, span - bucket.credit);
                    if back {
                        gcra.give_back(credit, now);
                        bucket.credit += cost;
                    }
                }
                Err(Wait(wait)) => {
                    prop_assert!(bucket.credit < cost);
                    prop_assert_eq!(wait, cost - bucket.credit);
                    prop_assert!(gcra.has_room(rate, now).is_err());
                    prop_assert!(gcra.has_room(rate, now + wait).is_ok());
                }
            }
        }
    }

    #[test]
    fn never_more_than_a_burst_at_once(requests in 1..2_000_u32, window_seconds in 1..86_400_u32) {
        let rate = Rate::of(Burst { requests, window_seconds });
        let gcra = Gcra::default();
        let accepted = (0..=requests).filter(|_| gcra.take(rate, 7).is_ok()).count();
        prop_assert_eq!(accepted, requests as usize);
    }
}
