//! A jump or a fall: an organization's verifications of an hour, whatever their outcome, against the same hour
//! of the same day of the week in the four weeks before. Hours are UTC's.

use chrono::{DateTime, TimeDelta, Utc};
use keydeck_domain::OrganizationId;
use keydeck_domain::api::alerts::Notice;
use sqlx::{Row, SqliteConnection};

use super::record::Found;
use crate::error::Error;

/// Weeks that are looked back.
const WEEKS: i64 = 4;
/// Weeks in which the organization must have been counted.
const WEEKS_MIN: usize = 3;
/// How many times as many are a jump; one so-manieth is a fall.
const TIMES: u64 = 3;
/// And at least so many more or fewer: small figures vary by themselves.
const DIFFERENCE: u64 = 100;

const HOUR_SECONDS: i64 = 3600;
const WEEK_HOURS: i64 = 7 * 24;

/// An hour since 1970 that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hour(i64);

impl Hour {
    /// The last one that is over and counted: a node may be a minute late.
    pub(super) fn last_before(now: DateTime<Utc>) -> Self {
        Self((now - TimeDelta::minutes(1)).timestamp().div_euclid(HOUR_SECONDS) - 1)
    }

    fn begins(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0 * HOUR_SECONDS, 0).unwrap_or_default()
    }

    fn ends(self) -> DateTime<Utc> {
        Self(self.0 + 1).begins()
    }
}

/// What stands out in an hour. `since` is when this server began to count: of an hour in which it did not run
/// all the time, few verifications say nothing.
pub(super) async fn look(connection: &mut SqliteConnection, hour: Hour, since: DateTime<Utc>) -> Result<Vec<Found>, Error> {
    let mut found = Vec::new();
    for row in sqlx::query("SELECT id, organization_id FROM organizations WHERE id <> 0").fetch_all(&mut *connection).await? {
        let organization: i64 = row.try_get("id")?;
        let count = counted(connection, organization, hour).await?;
        let Some(first) = first(connection, organization).await? else { continue };
        let mut before = Vec::new();
        for week in 1..=WEEKS {
            let then = Hour(hour.0 - week * WEEK_HOURS);
            // The hour in which it began is not a whole one.
            if then > first {
                before.push(counted(connection, organization, then).await?);
            }
        }
        let Some(notice) = judge(count, &mut before) else { continue };
        if matches!(notice, Notice::Fall { .. }) && since > hour.begins() {
            continue;
        }
        let organization_id = OrganizationId(row.try_get("organization_id")?);
        found.push(Found { organization, organization_id, key: None, at: hour.ends(), notice });
    }
    Ok(found)
}

/// Whether a count stands out among those of earlier weeks.
fn judge(count: u64, before: &mut [u64]) -> Option<Notice> {
    if before.len() < WEEKS_MIN {
        return None;
    }
    let usual = median(before);
    if count >= usual.saturating_mul(TIMES) && count >= usual.saturating_add(DIFFERENCE) {
        return Some(Notice::Jump { count, usual });
    }
    if count.saturating_mul(TIMES) <= usual && count.saturating_add(DIFFERENCE) <= usual {
        return Some(Notice::Fall { count, usual });
    }
    None
}

/// The middle one; of an even number the mean of the two in the middle.
fn median(counts: &mut [u64]) -> u64 {
    counts.sort_unstable();
    let middle = counts.len() / 2;
    if counts.len().is_multiple_of(2) { counts[middle - 1].midpoint(counts[middle]) } else { counts[middle] }
}

/// All verifications of an hour: from the roll-up before its mark, from the minutes after it.
async fn counted(connection: &mut SqliteConnection, organization: i64, hour: Hour) -> Result<u64, Error> {
    let count: i64 = sqlx::query_scalar(
        "WITH mark AS (SELECT coalesce((SELECT until FROM rolled WHERE rollup = 'quarters'), 0) AS until) \
         SELECT coalesce((SELECT sum(count) FROM quarters, mark WHERE organization = ?1 \
                              AND quarter >= ?2 * 4 AND quarter < min((?2 + 1) * 4, mark.until)), 0) \
              + coalesce((SELECT sum(count) FROM minutes, mark WHERE organization = ?1 \
                              AND minute >= max(?2 * 60, mark.until * 15) AND minute < (?2 + 1) * 60), 0)",
    )
    .bind(organization)
    .bind(hour.0)
    .fetch_one(connection)
    .await?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// The hour in which an organization was counted for the first time.
async fn first(connection: &mut SqliteConnection, organization: i64) -> Result<Option<Hour>, Error> {
    let first: Option<i64> = sqlx::query_scalar(
        "SELECT min(hour) FROM (SELECT min(quarter) / 4 AS hour FROM quarters WHERE organization = ?1 \
             UNION ALL SELECT min(minute) / 60 FROM minutes WHERE organization = ?1)",
    )
    .bind(organization)
    .fetch_one(connection)
    .await?;
    Ok(first.map(Hour))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_out() {
        let check = |count, before: &[u64], expected: Option<Notice>| {
            assert_eq!(judge(count, &mut before.to_vec()), expected, "{count} after {before:?}");
        };
        let jump = |count, usual| Some(Notice::Jump { count, usual });
        let fall = |count, usual| Some(Notice::Fall { count, usual });
        check(1_000, &[100, 110, 90, 100], jump(1_000, 100));
        check(300, &[100, 100, 100], jump(300, 100));
        check(299, &[100, 100, 100], None);
        check(30, &[10, 10, 10], None);
        check(109, &[10, 10, 10], None);
        check(110, &[10, 10, 10], jump(110, 10));
        check(100, &[0, 0, 0, 0], jump(100, 0));
        check(99, &[0, 0, 0, 0], None);
        check(0, &[0, 0, 0, 0], None);
        check(0, &[150, 150, 150], fall(0, 150));
        check(50, &[150, 150, 150], fall(50, 150));
        check(51, &[150, 150, 150], None);
        check(0, &[99, 99, 99], None);
        // One week that was unlike the others moves nothing.
        check(1_000, &[1_000, 900, 1_100, 0], None);
        check(1_000, &[1_000, 900, 90_000], None);
        // Too little is known.
        check(1_000, &[1, 1], None);
        check(0, &[1_000, 1_000], None);
    }

    #[test]
    fn an_hour_is_looked_at_when_it_is_over_and_counted() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        let hour = |now: &str| Hour::last_before(at(now));
        assert_eq!(hour("2026-03-01T10:00:59Z").begins(), at("2026-03-01T08:00:00Z"));
        assert_eq!(hour("2026-03-01T10:01:00Z").begins(), at("2026-03-01T09:00:00Z"));
        assert_eq!(hour("2026-03-01T10:01:00Z").ends(), at("2026-03-01T10:00:00Z"));
    }
}
