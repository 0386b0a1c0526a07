//! It adds up: random traffic, counted and written as any is, asked for in random cuts, and each figure held
//! against the traffic itself; before roll-ups, after roll-ups and retention, and with more traffic after that.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use keydeck_domain::api::usage::{Bounds, Group, GroupBy, Step, Usage as Answer, UsageQuery};
use keydeck_domain::{Environment, KeyId, OrganizationId, Outcome, RouteTag};
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};

use super::Usage;
use super::cell::{CountedKey, Verification};
use super::periods::{MINUTES_OF_DAY, MINUTES_OF_HOUR, minute_of};
use super::query::Asked;
use super::read::counted;
use crate::config::Config;

/// In these weeks clocks change in New York once and in Casablanca twice.
const NOW: &str = "2026-03-28T13:37:00Z";
const DAYS: i64 = 50;
/// Hours of keys are kept for so many days.
const HOURS_DAYS: u32 = 4;
const ZONES: [&str; 7] =
    ["UTC", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York", "Pacific/Apia", "Africa/Casablanca", "Australia/Lord_Howe"];
const KEYS: usize = 6;

/// One verification of the model.
#[derive(Clone, Debug)]
struct Event {
    /// Minutes before now.
    ago: i64,
    /// The number of a key; those beyond the last name none.
    key: usize,
    outcome: u8,
    route: u8,
    times: u8,
}

/// What is asked for.
#[derive(Clone, Debug)]
struct Cut {
    step: Step,
    group: Option<GroupBy>,
    zone: usize,
    keys: Option<BTreeSet<usize>>,
    environment: Option<Environment>,
    outcome: Option<u8>,
    top: u32,
    /// Minutes before now.
    from: i64,
    to: i64,
}

fn event() -> impl Strategy<Value = Event> {
    let ago = prop_oneof![0..DAYS * MINUTES_OF_DAY, 0..3 * MINUTES_OF_DAY, 0..120_i64];
    (ago, 0..KEYS + 2, 0..6_u8, 0..4_u8, 1..4_u8).prop_map(|(ago, key, outcome, route, times)| Event {
        ago,
        key,
        outcome,
        route,
        times,
    })
}

fn cut() -> impl Strategy<Value = Cut> {
    let step = prop::sample::select(vec![Step::Minute, Step::Quarter, Step::Hour, Step::Day, Step::Month]);
    let group = prop::option::of(prop::sample::select(vec![
        GroupBy::Key,
        GroupBy::Key,
        GroupBy::Outcome,
        GroupBy::Environment,
        GroupBy::Route,
    ]));
    let keys = prop::option::weighted(0.3, prop::collection::btree_set(0..KEYS, 1..4));
    let environment = prop::option::weighted(0.3, prop::sample::select(vec![Environment::Live, Environment::Test]));
    let ends = (0..(DAYS + 3) * MINUTES_OF_DAY, 0..(DAYS + 3) * MINUTES_OF_DAY, any::<bool>());
    (step, group, 0..ZONES.len(), keys, environment, prop::option::weighted(0.3, 0..6_u8), 1..8_u32, ends).prop_map(
        |(step, group, zone, keys, environment, outcome, top, (a, b, whole))| {
            // Half of them for all there is.
            let (from, to) = if whole { ((DAYS + 3) * MINUTES_OF_DAY, -3 * MINUTES_OF_DAY) } else { (a.max(b) + 1, a.min(b)) };
            let (from, to) =
                if step == Step::Minute { (from.min(2 * MINUTES_OF_DAY), to.min(MINUTES_OF_DAY)) } else { (from, to) };
            Cut { step, group, zone, keys, environment, outcome, top, from, to }
        },
    )
}

/// The traffic so far, and what it is about.
struct World {
    organization: OrganizationId,
    keys: Vec<KeyId>,
    routes: Vec<RouteTag>,
    now: DateTime<Utc>,
    events: Vec<Event>,
    /// Hours before this minute are gone.
    kept: i64,
}

impl World {
    fn key(&self, event: &Event) -> Option<(KeyId, Environment)> {
        self.keys.get(event.key).map(|id| (*id, if event.key.is_multiple_of(2) { Environment::Live } else { Environment::Test }))
    }

    fn outcome(&self, event: &Event) -> Outcome {
        const OF_KEYS: [Outcome; 3] = [Outcome::Accepted, Outcome::Revoked, Outcome::MissingScope];
        const OF_NONE: [Outcome; 3] = [Outcome::Missing, Outcome::Malformed, Outcome::Unknown];
        let outcomes = if self.key(event).is_some() { OF_KEYS } else { OF_NONE };
        outcomes[usize::from(event.outcome) % 3]
    }

    fn minute(&self, event: &Event) -> i64 {
        minute_of(self.now - TimeDelta::minutes(event.ago))
    }

    /// Counts events as verifications are counted, and writes them.
    async fn count(&mut self, usage: &Usage, events: &[Event]) {
        for event in events {
            let verification = Verification {
                organization: Some(self.organization),
                key: self.key(event).map(|(id, environment)| CountedKey { id, environment, before: None }),
                outcome: self.outcome(event),
                at: self.now - TimeDelta::minutes(event.ago),
                route: usize::from(event.route).checked_sub(1).map(|place| &self.routes[place]),
                scopes: None,
                address: None,
                user_agent: None,
            };
            (0..event.times).for_each(|_| usage.note(&verification));
        }
        usage.flush().await.unwrap();
        self.events.extend_from_slice(events);
    }

    fn query(&self, cut: &Cut) -> UsageQuery {
        let ids = |keys: &BTreeSet<usize>| keys.iter().map(|key| self.keys[*key].to_string()).collect::<Vec<_>>().join(",");
        let by_hour = cut.keys.is_some() || matches!(cut.group, Some(GroupBy::Key | GroupBy::Route));
        UsageQuery {
            from: self.now - TimeDelta::minutes(cut.from),
            to: self.now - TimeDelta::minutes(cut.to),
            step: if by_hour && matches!(cut.step, Step::Minute | Step::Quarter) { Step::Hour } else { cut.step },
            zone: Some(ZONES[cut.zone].to_owned()),
            group: cut.group,
            keys: cut.keys.as_ref().filter(|_| cut.group != Some(GroupBy::Route)).map(ids),
            environment: cut.environment,
            outcome: cut.outcome.and_then(super::query::outcome_of),
            top: Some(cut.top),
        }
    }

    /// What the answer must be: the values of each group, by its name.
    fn expected(&self, query: &UsageQuery, edges: &[i64]) -> BTreeMap<String, Vec<u64>> {
        let by_hour = query.keys.is_some() || matches!(query.group, Some(GroupBy::Key | GroupBy::Route));
        let days = edges.iter().all(|edge| edge % MINUTES_OF_DAY == 0);
        let wanted: Option<BTreeSet<&str>> = query.keys.as_ref().map(|keys| keys.split(',').collect());
        let mut groups: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for event in &self.events {
            let (key, outcome, minute) = (self.key(event), self.outcome(event), self.minute(event));
            let at = match () {
                () if !by_hour || days => minute,
                () if minute < self.kept => minute - minute.rem_euclid(MINUTES_OF_DAY),
                () => minute - minute.rem_euclid(MINUTES_OF_HOUR),
            };
            let matches = query.environment.is_none_or(|environment| key.is_some_and(|key| key.1 == environment))
                && query.outcome.is_none_or(|wanted| wanted == outcome)
                && wanted.as_ref().is_none_or(|wanted| key.is_some_and(|key| wanted.contains(key.0.to_string().as_str())));
            let step = edges.partition_point(|&edge| edge <= at);
            if !matches || step == 0 || step == edges.len() {
                continue;
            }
            let group = match query.group {
                None => "all".to_owned(),
                Some(GroupBy::Key) => key.map_or_else(|| "unattributed".to_owned(), |key| key.0.to_string()),
                Some(GroupBy::Environment) => key.map_or_else(|| "unattributed".to_owned(), |key| key.1.to_string()),
                Some(GroupBy::Outcome) => format!("{outcome:?}"),
                Some(GroupBy::Route) => format!("route {}", event.route),
            };
            groups.entry(group).or_insert_with(|| vec![0; edges.len() - 1])[step - 1] += u64::from(event.times);
        }
        if query.group.is_none() {
            groups.entry("all".to_owned()).or_insert_with(|| vec![0; edges.len() - 1]);
        }
        groups
    }

    fn name(&self, group: &Group) -> String {
        match group {
            Group::All => "all".to_owned(),
            Group::Key { id, .. } => id.to_string(),
            Group::Outcome { outcome } => format!("{outcome:?}"),
            Group::Environment { environment } => environment.to_string(),
            Group::Route { route: None } => "route 0".to_owned(),
            Group::Route { route: Some(route) } => {
                format!("route {}", 1 + self.routes.iter().position(|tag| tag.as_str() == route).unwrap())
            }
            Group::Unattributed => "unattributed".to_owned(),
            Group::Other => "other".to_owned(),
        }
    }

    async fn check(&self, usage: &Usage, cuts: &[Cut], when: &str) {
        for cut in cuts {
            let query = self.query(cut);
            let asked = Asked::new(&query, self.now).unwrap();
            let mut reading = usage.read().await.unwrap();
            let answer = counted(&mut reading, self.organization, &asked, self.now).await.unwrap();
            reading.rollback().await.unwrap();
            self.compare(&query, &asked, &answer, when);
        }
    }

    fn compare(&self, query: &UsageQuery, asked: &Asked, answer: &Answer, when: &str) {
        let mut expected = self.expected(query, &asked.edges);
        let total: u64 = expected.values().flatten().sum();
        assert_eq!(answer.total, total, "{when}: {query:?}");
        assert_eq!(answer.series.iter().map(|series| series.total).sum::<u64>(), total);
        assert_eq!(answer.times.len(), asked.edges.len() - 1);
        for series in answer.series.iter().filter(|series| series.group != Group::Other) {
            let name = self.name(&series.group);
            let values = expected.remove(&name);
            assert_eq!(Some(&series.values), values.as_ref(), "{when}: {name} of {query:?}");
        }
        // What is left over is together, and none of it was larger than what is shown.
        let mut rest = vec![0; asked.edges.len() - 1];
        for values in expected.values() {
            rest.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
        let other = answer.series.iter().find(|series| series.group == Group::Other);
        assert_eq!(other.map_or_else(|| vec![0; rest.len()], |series| series.values.clone()), rest, "{when}: {query:?}");
        assert_eq!(answer.others as usize, expected.len(), "{when}: {query:?}");
        let shown = |series: &&keydeck_domain::api::usage::Series| !matches!(series.group, Group::Other | Group::Unattributed);
        let least = answer.series.iter().filter(shown).map(|series| series.total).min().unwrap_or(u64::MAX);
        assert!(expected.values().all(|values| values.iter().sum::<u64>() <= least), "{when}: {query:?}");
        let exact = asked.edges.iter().all(|edge| edge % MINUTES_OF_HOUR == 0);
        let by_hour = query.keys.is_some() || matches!(query.group, Some(GroupBy::Key | GroupBy::Route));
        if answer.bounds != Bounds::UtcDays {
            assert_eq!(answer.bounds, if by_hour && !exact { Bounds::Hours } else { Bounds::Exact });
        }
    }
}

#[test]
fn every_figure_of_every_cut_is_what_was_counted() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Cases { cases: 8, max_shrink_iters: 60, failure_persistence: None, ..Cases::default() });
    let strategy =
        (prop::collection::vec(event(), 1..250), prop::collection::vec(event(), 0..40), prop::collection::vec(cut(), 80));
    runner
        .run(&strategy, |(before, after, cuts)| {
            runtime.block_on(adds_up(&before, &after, &cuts));
            Ok(())
        })
        .unwrap();
}

async fn adds_up(before: &[Event], after: &[Event], cuts: &[Cut]) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.counting.keep_hours_days = HOURS_DAYS;
    let usage = Usage::open(&config).await;
    let now: DateTime<Utc> = NOW.parse().unwrap();
    let mut world = World {
        organization: OrganizationId::generate(),
        keys: (0..KEYS).map(|_| KeyId::generate()).collect(),
        routes: ["/a", "/b", "/c"].map(|tag| tag.parse().unwrap()).to_vec(),
        now,
        events: Vec::new(),
        kept: 0,
    };
    world.count(&usage, before).await;
    world.check(&usage, cuts, "as counted").await;
    usage.keep(now).await.unwrap();
    world.kept = (minute_of(now).div_euclid(MINUTES_OF_DAY) - i64::from(HOURS_DAYS)) * MINUTES_OF_DAY;
    world.check(&usage, cuts, "rolled up").await;
    // What comes later than minutes are kept is counted to the first of them that is left.
    let late: Vec<Event> = after.iter().filter(|event| event.ago < 2 * MINUTES_OF_DAY).cloned().collect();
    world.count(&usage, &late).await;
    world.check(&usage, cuts, "with more").await;
    usage.keep(now).await.unwrap();
    world.check(&usage, cuts, "rolled up again").await;
    usage.close().await;
}
