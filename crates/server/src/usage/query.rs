//! What is asked for, checked: after this nothing of a query can fail but the reading.

use chrono::{DateTime, Utc};
use keydeck_domain::api::usage::{GroupBy, MINUTE_DAYS, POINTS_MAX, Step, TOP_DEFAULT, TOP_MAX, UsageQuery};
use keydeck_domain::{Environment, KeyId, Outcome};

use super::periods::{MINUTES_OF_DAY, minute_of};
use super::zones::{Zone, too_many};
use crate::error::Error;

/// Most keys that a query names.
pub(super) const KEYS_MAX: usize = 200;
/// How much later than it was made a query for the last days' minutes may arrive, in minutes.
const LATE: i64 = 5;

/// A query that can be answered.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) zone: Zone,
    /// Where each step begins, in minutes since 1970, and where the last one ends.
    pub(super) edges: Vec<i64>,
    pub(super) group: Option<GroupBy>,
    /// Only these; without any where all are.
    pub(super) keys: Option<Vec<KeyId>>,
    pub(super) environment: Option<Environment>,
    pub(super) outcome: Option<Outcome>,
    pub(super) top: usize,
}

impl Asked {
    /// Checks a query.
    ///
    /// # Errors
    /// 422 that says what is asked for in vain and what to ask for instead.
    pub(super) fn new(query: &UsageQuery, now: DateTime<Utc>) -> Result<Self, Error> {
        let zone = Zone::named(query.zone.as_deref())?;
        let top = query.top.unwrap_or(TOP_DEFAULT);
        if !(1..=TOP_MAX).contains(&top) {
            return Err(Error::InvalidBody(format!("`top` is 1 to {TOP_MAX}")));
        }
        let keys = query.keys.as_deref().map(key_ids).transpose()?;
        let by_route = query.group == Some(GroupBy::Route);
        if by_route && keys.is_some() {
            return Err(Error::InvalidBody(
                "routes are counted for all keys together: leave out `keys`, or group by something else".to_owned(),
            ));
        }
        let detailed = by_route || keys.is_some() || query.group == Some(GroupBy::Key);
        if detailed && matches!(query.step, Step::Minute | Step::Quarter) {
            return Err(Error::InvalidBody(
                "keys and routes are counted by the hour: ask for steps of an hour, a day or a month".to_owned(),
            ));
        }
        let edges = zone.edges(query.step, query.from, query.to)?;
        if query.step == Step::Minute && edges[0] < minute_of(now) - i64::from(MINUTE_DAYS) * MINUTES_OF_DAY - LATE {
            return Err(Error::InvalidBody(format!(
                "minutes are kept for {MINUTE_DAYS} days: ask for a later `from`, or for quarters of an hour"
            )));
        }
        let top = top as usize;
        let groups = match query.group {
            None => 1,
            Some(GroupBy::Environment) => 3,
            Some(GroupBy::Outcome) => 12,
            // And unattributed, and other.
            Some(GroupBy::Key) => keys.as_ref().map_or(top, |keys| keys.len().min(top)) + 2,
            Some(GroupBy::Route) => top.min(keydeck_domain::api::usage::ROUTES_MAX + 1) + 1,
        };
        if (edges.len() - 1) * groups > POINTS_MAX {
            return Err(too_many());
        }
        Ok(Self { zone, edges, group: query.group, keys, environment: query.environment, outcome: query.outcome, top })
    }

    /// How many steps there are.
    pub(super) fn steps(&self) -> usize {
        self.edges.len() - 1
    }
}

/// Ids with commas between, each once.
///
/// # Errors
/// 422 where one is no id, or there are too many or none.
pub(super) fn key_ids(text: &str) -> Result<Vec<KeyId>, Error> {
    let refused = || Error::InvalidBody(format!("`keys` are 1 to {KEYS_MAX} ids of keys with commas between"));
    let mut ids = Vec::new();
    for id in text.split(',') {
        if ids.len() == KEYS_MAX {
            return Err(refused());
        }
        ids.push(id.parse().map_err(|_| refused())?);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// The outcome that a number stands for.
pub(super) fn outcome_of(number: u8) -> Option<Outcome> {
    OUTCOMES.get(usize::from(number)).copied()
}

/// Every outcome, at its number.
const OUTCOMES: [Outcome; 12] = [
    Outcome::Accepted,
    Outcome::Missing,
    Outcome::Malformed,
    Outcome::Unknown,
    Outcome::Revoked,
    Outcome::Expired,
    Outcome::Disabled,
    Outcome::WrongTenant,
    Outcome::MissingScope,
    Outcome::AddressRefused,
    Outcome::RateLimited,
    Outcome::QuotaExhausted,
];

/// The environment that a number stands for; `None` for what names no key.
pub(super) fn environment_of(number: u8) -> Option<Environment> {
    match number {
        1 => Some(Environment::Live),
        2 => Some(Environment::Test),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::super::cell::{environment_number, outcome_number};
    use super::*;

    fn query(step: Step, hours: i64) -> (UsageQuery, DateTime<Utc>) {
        let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let query = UsageQuery {
            from: now - chrono::Duration::hours(hours),
            to: now,
            step,
            zone: None,
            group: None,
            keys: None,
            environment: None,
            outcome: None,
            top: None,
        };
        (query, now)
    }

    #[track_caller]
    fn refused(query: &UsageQuery, now: DateTime<Utc>, word: &str) {
        match Asked::new(query, now) {
            Err(Error::InvalidBody(text)) => assert!(text.contains(word), "{text}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_kept_can_be_asked_for_and_the_rest_is_told() {
        for (step, hours) in [(Step::Minute, 48), (Step::Quarter, 24 * 365), (Step::Hour, 24 * 365), (Step::Month, 24 * 900)] {
            let (query, now) = query(step, hours);
            assert!(Asked::new(&query, now).is_ok(), "{step:?}");
            assert!(Asked::new(&query, now + chrono::Duration::minutes(4)).is_ok(), "a query takes its time to arrive");
        }
        let (old, now) = query(Step::Minute, 49);
        refused(&old, now, "2 days");
        for step in [Step::Minute, Step::Quarter] {
            let (plain, now) = query(step, 24);
            refused(&UsageQuery { group: Some(GroupBy::Key), ..plain.clone() }, now, "by the hour");
            refused(&UsageQuery { group: Some(GroupBy::Route), ..plain.clone() }, now, "by the hour");
            refused(&UsageQuery { keys: Some(KeyId::generate().to_string()), ..plain }, now, "by the hour");
        }
        let (plain, now) = query(Step::Hour, 24);
        let key = Some(KeyId::generate().to_string());
        refused(&UsageQuery { group: Some(GroupBy::Route), keys: key, ..plain.clone() }, now, "routes");
        refused(&UsageQuery { zone: Some("Mars".to_owned()), ..plain.clone() }, now, "Europe/Berlin");
        refused(&UsageQuery { top: Some(0), ..plain.clone() }, now, "`top`");
        refused(&UsageQuery { top: Some(1001), ..plain.clone() }, now, "`top`");
        for keys in ["", "x", ","] {
            refused(&UsageQuery { keys: Some(keys.to_owned()), ..plain.clone() }, now, "`keys`");
        }
        let many = vec![KeyId::generate().to_string(); 201].join(",");
        refused(&UsageQuery { keys: Some(many), ..plain.clone() }, now, "`keys`");
        refused(&UsageQuery { from: now, ..plain }, now, "after");
        let (long, now) = query(Step::Hour, 24 * 90);
        refused(&UsageQuery { group: Some(GroupBy::Key), top: Some(1000), ..long.clone() }, now, "1000000");
        assert!(Asked::new(&UsageQuery { group: Some(GroupBy::Key), ..long }, now).is_ok());
    }

    #[test]
    fn the_numbers_are_those_of_the_store() {
        for (number, outcome) in OUTCOMES.into_iter().enumerate() {
            assert_eq!(usize::from(outcome_number(outcome)), number);
            assert_eq!(outcome_of(u8::try_from(number).unwrap()), Some(outcome));
        }
        for environment in [Environment::Live, Environment::Test] {
            assert_eq!(environment_of(environment_number(environment)), Some(environment));
        }
        assert_eq!((outcome_of(12), environment_of(0)), (None, None));
    }
}
