//! Which keys there are, and how each is used: decided before anything is written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, TimeDelta, Utc};
use keydeck_domain::{Environment, KeyId, KeyKind, Outcome};
use uuid::{Builder, Uuid};

use super::cast::{CREATORS, SCOPE_SETS};
use super::chance::Chance;
use super::names::{self, Names};
use super::rhythm::Work;

/// How it ended with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is used.
    Used,
    /// It was used once, and works.
    Asleep,
    /// It works, and nobody ever used it.
    Never,
    /// It was revoked, expired or was disabled: as its verifications say.
    Over(Outcome),
}

/// A key that is to be.
pub(super) struct Planned {
    pub(super) id: KeyId,
    pub(super) name: String,
    pub(super) note: String,
    pub(super) team: Option<&'static str>,
    pub(super) environment: Environment,
    pub(super) kind: KeyKind,
    pub(super) scopes: &'static [&'static str],
    /// Which of the people made it.
    pub(super) creator: usize,
    pub(super) created_at: DateTime<Utc>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) fate: Fate,
    /// When it was revoked, expired or disabled.
    pub(super) over_at: Option<DateTime<Utc>>,
    /// When whoever uses it begins and ends.
    pub(super) used: std::ops::Range<DateTime<Utc>>,
    pub(super) work: Work,
    /// Verifications in its busiest hour.
    pub(super) rate: f64,
    /// How many hours the clock of those who use it is ahead of UTC.
    pub(super) ahead: i64,
    /// The share that wants a scope which the key does not have.
    pub(super) missing_scope: f64,
    /// Where it is used from, the most used first. Documentation's addresses (RFC 5737, RFC 3849).
    pub(super) addresses: Vec<IpAddr>,
    /// Whether it works from its first address' network alone.
    pub(super) bound: bool,
    pub(super) agent: &'static str,
    /// Whether its program ran in a loop one day.
    pub(super) loops: bool,
}

/// How old the oldest key is, by what is counted; the organization is a little older.
const OLDEST: f64 = 1.9;

/// Of how many keys each fate is, in thousandths: half of them idle.
const FATES: [(Fate, u32); 6] = [
    (Fate::Used, 500),
    (Fate::Asleep, 250),
    (Fate::Never, 80),
    (Fate::Over(Outcome::Revoked), 95),
    (Fate::Over(Outcome::Expired), 50),
    (Fate::Over(Outcome::Disabled), 25),
];

/// The keys of an organization whose counted days begin at `first`, in the order in which they were made.
pub(super) fn keys(seed: u64, count: u32, first: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Planned> {
    let mut names = Names::default();
    let mut keys: Vec<Planned> =
        (0..count).map(|number| planned(number, &mut Chance::of(seed, u64::from(number)), &mut names, first, until)).collect();
    single_out(&mut keys);
    keys.sort_by_key(|key| key.id);
    keys
}

fn planned(number: u32, chance: &mut Chance, names: &mut Names, first: DateTime<Utc>, until: DateTime<Utc>) -> Planned {
    let fate = fate(number);
    let live = chance.happens(0.66);
    let environment = if live { Environment::Live } else { Environment::Test };
    let work = work(live, chance);
    let span = until - first;
    let share = |of: TimeDelta, share: f64| TimeDelta::microseconds((of.num_microseconds().unwrap_or(0) as f64 * share) as i64);
    // Nearly half were made before anybody counted. Keys are made in working hours, never in the last moment.
    let age = share(span, chance.between(if fate == Fate::Used { 0.01 } else { 0.2 }, OLDEST));
    let created_at = working_hour(until - age, chance).min(until - TimeDelta::hours(2));
    let begins = created_at + share(span, chance.long_tailed(0.002, 1.2).min(0.05));
    // Within what is counted, and after it was begun: each is asleep or over since then.
    let since = |chance: &mut Chance, most: f64| {
        until - share((until - begins.max(first)).max(TimeDelta::zero()), chance.between(0.09, most))
    };
    let (mut over_at, mut ends) = (None, DateTime::<Utc>::MAX_UTC);
    match fate {
        Fate::Used => {}
        Fate::Asleep => ends = since(chance, 0.9),
        Fate::Never => ends = begins,
        Fate::Over(_) => {
            let at = since(chance, 0.85);
            over_at = Some(at);
            // Most were out of use when they ended; some callers go on for a while.
            ends = if chance.happens(0.45) {
                at - share(span, chance.between(0.0, 0.05))
            } else {
                at + share(span, chance.long_tailed(0.008, 1.6))
            };
        }
    }
    let expires_at = match fate {
        Fate::Over(Outcome::Expired) => over_at,
        Fate::Over(Outcome::Revoked) if chance.happens(0.4) => over_at.map(|at| at + TimeDelta::days(120)),
        _ if chance.happens(0.42) => Some(until + TimeDelta::minutes((chance.between(0.3, 400.0) * 1_440.0) as i64)),
        _ => None,
    };
    let addresses = addresses(work, chance);
    Planned {
        id: id(created_at, chance),
        name: names.next(work, environment, chance),
        note: names::note(chance),
        team: chance.happens(0.6).then(|| names::team(chance)),
        environment,
        kind: if work == Work::Application && chance.happens(0.15) { KeyKind::Publishable } else { KeyKind::Secret },
        scopes: SCOPE_SETS[chance.weighted(&SCOPE_SETS.map(|(weight, _)| weight))].1,
        creator: chance.weighted(&CREATORS),
        created_at,
        expires_at,
        fate,
        over_at,
        used: begins..ends,
        work,
        rate: rate(work, live, chance),
        ahead: chance.pick(&[0, 1, 1, 1, 2, -5, -6, -8, 5, 9]),
        missing_scope: if chance.happens(0.12) { chance.between(0.002, 0.06) } else { 0.0 },
        bound: matches!(work, Work::Service | Work::Daily { .. }) && chance.happens(0.12),
        addresses,
        agent: names::agent(work, chance),
        loops: false,
    }
}

/// Spread evenly, so that also a few keys are of every kind.
fn fate(number: u32) -> Fate {
    // Steps of the golden ratio, in thousandths of the circle.
    let place = (u64::from(number) * 618 + 137) % 1_000;
    let mut end = 0;
    for (fate, share) in FATES {
        end += u64::from(share);
        if place < end {
            return fate;
        }
    }
    Fate::Used
}

fn work(live: bool, chance: &mut Chance) -> Work {
    let weights = if live { [0.16, 0.48, 0.30, 0.02, 0.04] } else { [0.05, 0.15, 0.10, 0.35, 0.35] };
    match chance.weighted(&weights) {
        0 => Work::Service,
        1 => Work::Application,
        2 => Work::Daily { hour: chance.pick(&[0, 1, 2, 2, 3, 3, 4, 5, 6, 12, 18, 22]) },
        3 => Work::Builds,
        _ => Work::Person,
    }
}

fn rate(work: Work, live: bool, chance: &mut Chance) -> f64 {
    let rate = match work {
        Work::Service => chance.long_tailed(60.0, 1.3),
        Work::Application => chance.long_tailed(5.0, 1.9),
        Work::Daily { .. } => chance.long_tailed(40.0, 1.2),
        Work::Builds => chance.long_tailed(30.0, 0.9),
        Work::Person => chance.long_tailed(5.0, 0.7),
    };
    (if live { rate } else { rate * 0.4 }).min(6_000.0)
}

fn working_hour(at: DateTime<Utc>, chance: &mut Chance) -> DateTime<Utc> {
    let day = at.timestamp().div_euclid(86_400) * 86_400;
    let second = chance.between(7.5, 17.5) * 3_600.0;
    DateTime::from_timestamp_micros((day * 1_000_000) + (second * 1e6) as i64).unwrap_or(at)
}

/// Of version 7, so that keys sort by the time they were made.
fn id(at: DateTime<Utc>, chance: &mut Chance) -> KeyId {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&chance.next().to_le_bytes());
    random[8..].copy_from_slice(&chance.next().to_le_bytes()[..2]);
    let uuid: Uuid = Builder::from_unix_timestamp_millis(at.timestamp_millis().unsigned_abs(), &random).into_uuid();
    KeyId(uuid)
}

fn addresses(work: Work, chance: &mut Chance) -> Vec<IpAddr> {
    let most = if work == Work::Application { 4 } else { 2 };
    let count = 1 + (chance.unit() * f64::from(most)) as usize;
    let mut networks = [[192, 0, 2], [198, 51, 100], [203, 0, 113]];
    let shift = (chance.unit() * 3.0) as usize;
    networks.rotate_left(shift);
    let mut addresses: Vec<IpAddr> = Vec::with_capacity(count);
    for place in 0..count {
        let last = 1 + (chance.unit() * 254.0) as u8;
        addresses.push(match networks.get(place) {
            Some([a, b, c]) if chance.happens(0.75) => Ipv4Addr::new(*a, *b, *c, last).into(),
            _ => Ipv6Addr::new(0x2001, 0xdb8, (chance.next() >> 48) as u16, 0, 0, 0, 0, last.into()).into(),
        });
    }
    addresses
}

/// The two that everybody remembers: a key in production that expired unnoticed, and a partner whose
/// program ran in a loop.
fn single_out(keys: &mut [Planned]) {
    let usual: f64 = keys.iter().filter(|key| key.fate == Fate::Used && key.work == Work::Service).map(|key| key.rate).sum();
    let live = |fate: Fate| move |key: &&mut Planned| key.fate == fate && key.environment == Environment::Live;
    if let Some(key) = keys.iter_mut().find(live(Fate::Over(Outcome::Expired))) {
        (key.work, key.rate, key.ahead, key.bound) = (Work::Service, usual * 0.06, 0, false);
        "Orders API primary".clone_into(&mut key.name);
        key.used.end = key.over_at.unwrap_or(key.used.end) + TimeDelta::hours(11);
    }
    if let Some(key) = keys.iter_mut().find(live(Fate::Used)) {
        (key.work, key.rate, key.ahead, key.loops) = (Work::Application, usual * 0.04, 1, true);
        "Partner: Northwind Traders".clone_into(&mut key.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_keys_are_idle_and_every_fate_is_there() {
        assert_eq!(FATES.iter().map(|(_, share)| share).sum::<u32>(), 1_000);
        for count in [20, 200, 10_000] {
            let fates: Vec<Fate> = (0..count).map(fate).collect();
            let used = fates.iter().filter(|fate| **fate == Fate::Used).count();
            assert!((used as f64 / f64::from(count) - 0.5).abs() < 0.11, "{used} of {count}");
        }
        for (wanted, _) in FATES {
            assert!((0..60).map(fate).any(|fate| fate == wanted), "{wanted:?}");
        }
    }

    #[test]
    fn a_key_is_made_before_it_is_used_and_used_before_it_is_over() {
        let until = DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default();
        for days in [10, 365] {
            for key in keys(5, 400, until - TimeDelta::days(days), until) {
                assert!(key.created_at < until && key.created_at <= key.used.start, "{}", key.name);
                assert!(key.over_at.is_none_or(|at| at > key.created_at && at < until), "{}", key.name);
                assert_eq!(key.over_at.is_some(), matches!(key.fate, Fate::Over(_)));
                assert!(key.name.parse::<keydeck_domain::Name>().is_ok());
                assert!(key.note.parse::<keydeck_domain::Note>().is_ok());
            }
        }
    }
}
