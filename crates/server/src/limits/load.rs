//! How limits come into memory: the rows when the server starts, and the count of the day from `usage.db`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use keydeck_domain::api::limits::LimitOf;
use keydeck_domain::{Environment, KeyId, OrganizationId, Outcome};
use sqlx::{Row, SqliteConnection};

use super::near::{Near, crossed};
use super::policy::Limited;
use super::{Limits, day_of, record};
use crate::error::Error;
use crate::subkeys::Subkeys;
use crate::usage::cell::{environment_number, outcome_number};
use crate::usage::{Usage, short_id};

/// What was accepted of an organization on a day.
#[derive(Default)]
struct Today {
    by_environment: Vec<(Environment, u64)>,
    by_key: Vec<(KeyId, Environment, u64)>,
}

impl Limits {
    /// Those of the database. Where a row was written from outside, its organization's keys are refused.
    pub(crate) async fn load(
        connection: &mut SqliteConnection,
        subkeys: &Subkeys,
        usage: &Usage,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let limits = Self::default();
        for id in crate::open::organizations(connection).await? {
            match record::find(connection, subkeys, id).await?.items {
                Some(items) if items.is_empty() => {}
                Some(items) => {
                    let limited = limits.put(id, &items, now);
                    limits.catch_up(usage, id, &limited, now).await;
                }
                None => {
                    tracing::error!(alert = true, organization = %id, "limits were changed from outside: every key is refused until they are set anew");
                    limits.put_aside(id);
                }
            }
        }
        Ok(limits)
    }

    /// Takes over what was counted today before. Where it can't be read, each limit says itself what follows.
    pub(super) async fn catch_up(&self, usage: &Usage, id: OrganizationId, limited: &Arc<Limited>, now: DateTime<Utc>) {
        if !limited.counts_days() {
            return;
        }
        let day = day_of(now);
        match today(usage, id, day).await {
            Ok(today) => self.take_over(id, limited, &today, now),
            Err(error) => {
                limited.could_not_read(day);
                tracing::error!(alert = true, organization = %id, %error, "today's count can't be read: quotas that fail closed refuse until the day is over");
            }
        }
    }

    fn take_over(&self, organization: OrganizationId, limited: &Limited, today: &Today, now: DateTime<Utc>) {
        let day = u64::try_from(day_of(now)).unwrap_or_default();
        let all = today.by_environment.iter().map(|(_, count)| *count).sum();
        limited.ledger.organization.of(None).daily.at_least(all, day);
        for (environment, count) in &today.by_environment {
            limited.ledger.organization.of(Some(*environment)).daily.at_least(*count, day);
        }
        for (key, environment, count) in &today.by_key {
            let gauges = limited.ledger.of_key(*key);
            gauges.of(None).daily.at_least(*count, day);
            gauges.of(Some(*environment)).daily.at_least(*count, day);
        }
        // Said before the start, it is not said again.
        for policy in &limited.policies {
            let Some(quota) = policy.per_day else { continue };
            let note = |key, gauges: &super::gauge::Gauges| {
                if let Some(percent) = crossed(0, gauges.of(policy.environment).daily.count(day), quota) {
                    self.near.note(Near { organization, key, environment: policy.environment, percent, quota, at: now });
                }
            };
            match policy.of {
                LimitOf::Organization => note(None, &limited.ledger.organization),
                LimitOf::Key => today.by_key.iter().for_each(|(key, ..)| note(Some(*key), &limited.ledger.of_key(*key))),
            }
        }
    }
}

/// Reads what was accepted on a day: from the roll-up before its mark, from the minutes after it.
async fn today(usage: &Usage, id: OrganizationId, day: i64) -> Result<Today, Error> {
    let mut counted = usage.read().await?;
    let Some(organization) = short_id(&mut counted, id).await? else { return Ok(Today::default()) };
    let accepted = outcome_number(Outcome::Accepted);
    let mut today = Today::default();
    let rows = sqlx::query(
        "WITH mark AS (SELECT coalesce((SELECT until FROM rolled WHERE rollup = 'quarters'), 0) AS until) \
         SELECT environment, sum(count) AS count FROM ( \
             SELECT environment, count FROM quarters, mark WHERE organization = ?1 AND outcome = ?3 \
                 AND quarter >= ?2 * 96 AND quarter < min((?2 + 1) * 96, mark.until) \
             UNION ALL \
             SELECT environment, count FROM minutes, mark WHERE organization = ?1 AND outcome = ?3 \
                 AND minute >= max(?2 * 1440, mark.until * 15) AND minute < (?2 + 1) * 1440) GROUP BY environment",
    );
    for row in rows.bind(organization).bind(day).bind(accepted).fetch_all(&mut *counted).await? {
        if let Some(environment) = environment(row.try_get("environment")?) {
            today.by_environment.push((environment, count(row.try_get("count")?)));
        }
    }
    let rows = sqlx::query(
        "SELECT k.key_id, k.environment, sum(h.count) AS count FROM key_hours h JOIN keys k ON k.id = h.key \
         WHERE h.organization = ?1 AND h.outcome = ?3 AND h.hour >= ?2 * 24 AND h.hour < (?2 + 1) * 24 GROUP BY h.key",
    );
    for row in rows.bind(organization).bind(day).bind(accepted).fetch_all(&mut *counted).await? {
        if let Some(environment) = environment(row.try_get("environment")?) {
            today.by_key.push((KeyId(row.try_get("key_id")?), environment, count(row.try_get("count")?)));
        }
    }
    Ok(today)
}

fn environment(number: i64) -> Option<Environment> {
    [Environment::Live, Environment::Test].into_iter().find(|environment| i64::from(environment_number(*environment)) == number)
}

fn count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}
