//! Roll-ups: figures of periods that are over, recomputed from detail and set, so that doing it again changes
//! nothing.
//!
//! A roll-up holds what is before its mark. An organization after the other is brought up to date, some
//! thousandths of a second at a time, and only then the mark is moved: what is behind the mark is never
//! looked at. Should a flush write detail of such a period meanwhile, the mark stops before it.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;

use super::Usage;
use super::periods::{
    MINUTES_OF_DAY, MINUTES_OF_HOUR, MINUTES_OF_QUARTER, QUARTERS_OF_DAY, first_day_of_month, minute_of, month_of_day,
};
use crate::error::Error;
use crate::store::Store;

/// How long other writers wait for a batch, about.
const BATCH: Duration = Duration::from_millis(20);
/// A period is rolled up when it is over for this long, in minutes: most that comes late has come by then.
const SETTLED: i64 = 1;

/// The roll-ups, in the order in which each finds the one that it is made from.
const ALL: [Rollup; 5] = [Rollup::Quarters, Rollup::Days, Rollup::KeyDays, Rollup::KeyMonths, Rollup::RouteDays];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rollup {
    Quarters,
    Days,
    KeyDays,
    KeyMonths,
    RouteDays,
}

/// Parameters of each: 1 organization, 2 and 3 the first period and the one after the last, 4 and 5 the same in
/// the periods of the detail.
struct Statements {
    clear: &'static str,
    fill: &'static str,
    /// The first period of detail from `?1` on.
    next: &'static str,
}

impl Rollup {
    const fn name(self) -> &'static str {
        match self {
            Self::Quarters => "quarters",
            Self::Days => "days",
            Self::KeyDays => "key_days",
            Self::KeyMonths => "key_months",
            Self::RouteDays => "route_days",
        }
    }

    /// How many periods are rolled up at once.
    const fn at_once(self) -> i64 {
        match self {
            Self::Quarters => QUARTERS_OF_DAY,
            Self::Days => 31,
            Self::KeyDays | Self::KeyMonths | Self::RouteDays => 1,
        }
    }

    /// The period of a minute.
    fn of_minute(self, minute: i64) -> i64 {
        let day = minute.div_euclid(MINUTES_OF_DAY);
        match self {
            Self::Quarters => minute.div_euclid(MINUTES_OF_QUARTER),
            Self::Days | Self::KeyDays | Self::RouteDays => day,
            Self::KeyMonths => month_of_day(day),
        }
    }

    /// Where a period begins, in the periods of the detail.
    fn in_detail(self, period: i64) -> i64 {
        match self {
            Self::Quarters => period * MINUTES_OF_QUARTER,
            Self::Days => period * QUARTERS_OF_DAY,
            Self::KeyDays | Self::RouteDays => period * (MINUTES_OF_DAY / MINUTES_OF_HOUR),
            Self::KeyMonths => first_day_of_month(period),
        }
    }

    /// The period of a period of the detail.
    fn of_detail(self, period: i64) -> i64 {
        match self {
            Self::Quarters => period.div_euclid(MINUTES_OF_QUARTER),
            Self::Days => period.div_euclid(QUARTERS_OF_DAY),
            Self::KeyDays | Self::RouteDays => period.div_euclid(MINUTES_OF_DAY / MINUTES_OF_HOUR),
            Self::KeyMonths => month_of_day(period),
        }
    }

    const fn statements(self) -> Statements {
        match self {
            Self::Quarters => Statements {
                clear: "DELETE FROM quarters WHERE organization = ?1 AND quarter >= ?2 AND quarter < ?3",
                fill: "INSERT INTO quarters (organization, quarter, environment, outcome, count) \
                       SELECT organization, minute / 15, environment, outcome, sum(count) FROM minutes \
                       WHERE organization = ?1 AND minute >= ?4 AND minute < ?5 AND ?2 < ?3 GROUP BY 2, 3, 4",
                next: "SELECT min((SELECT min(minute) FROM minutes WHERE organization = o.id AND minute >= ?1)) \
                       FROM (SELECT id FROM organizations UNION ALL SELECT 0) AS o",
            },
            Self::Days => Statements {
                clear: "DELETE FROM days WHERE organization = ?1 AND day >= ?2 AND day < ?3",
                fill: "INSERT INTO days (organization, day, environment, outcome, count) \
                       SELECT organization, quarter / 96, environment, outcome, sum(count) FROM quarters \
                       WHERE organization = ?1 AND quarter >= ?4 AND quarter < ?5 AND ?2 < ?3 GROUP BY 2, 3, 4",
                next: "SELECT min((SELECT min(quarter) FROM quarters WHERE organization = o.id AND quarter >= ?1)) \
                       FROM (SELECT id FROM organizations UNION ALL SELECT 0) AS o",
            },
            Self::KeyDays => Statements {
                clear: "DELETE FROM key_days WHERE organization = ?1 AND day >= ?2 AND day < ?3",
                fill: "INSERT INTO key_days (organization, day, key, outcome, count) \
                       SELECT organization, hour / 24, key, outcome, sum(count) FROM key_hours \
                       WHERE organization = ?1 AND hour >= ?4 AND hour < ?5 AND ?2 < ?3 GROUP BY 2, 3, 4",
                next: "SELECT min((SELECT min(hour) FROM key_hours WHERE organization = o.id AND hour >= ?1)) \
                       FROM (SELECT id FROM organizations UNION ALL SELECT 0) AS o",
            },
            Self::KeyMonths => Statements {
                clear: "DELETE FROM key_months WHERE organization = ?1 AND month >= ?2 AND month < ?3",
                // One month at once: it is the one that begins.
                fill: "INSERT INTO key_months (organization, month, key, outcome, count) \
                       SELECT organization, ?2, key, outcome, sum(count) FROM key_days \
                       WHERE organization = ?1 AND day >= ?4 AND day < ?5 AND ?2 < ?3 GROUP BY 3, 4",
                next: "SELECT min((SELECT min(day) FROM key_days WHERE organization = o.id AND day >= ?1)) \
                       FROM (SELECT id FROM organizations UNION ALL SELECT 0) AS o",
            },
            Self::RouteDays => Statements {
                clear: "DELETE FROM route_days WHERE organization = ?1 AND day >= ?2 AND day < ?3",
                fill: "INSERT INTO route_days (organization, day, route, environment, outcome, count) \
                       SELECT organization, hour / 24, route, environment, outcome, sum(count) FROM route_hours \
                       WHERE organization = ?1 AND hour >= ?4 AND hour < ?5 AND ?2 < ?3 GROUP BY 2, 3, 4, 5",
                next: "SELECT min((SELECT min(hour) FROM route_hours WHERE organization = o.id AND hour >= ?1)) \
                       FROM (SELECT id FROM organizations UNION ALL SELECT 0) AS o",
            },
        }
    }
}

impl Usage {
    /// Brings every roll-up up to what was over at this instant. To be called by one at a time.
    pub(super) async fn roll_up(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let store = self.store()?;
        for rollup in ALL {
            let over = rollup.of_minute(minute_of(now) - SETTLED);
            // Not beyond what it is made from.
            let target = match rollup {
                Rollup::Quarters | Rollup::KeyDays | Rollup::RouteDays => over,
                Rollup::Days => over.min(rollup.of_detail(mark(store, Rollup::Quarters).await?)),
                Rollup::KeyMonths => over.min(rollup.of_detail(mark(store, Rollup::KeyDays).await?)),
            };
            self.roll_up_to(store, rollup, target).await?;
        }
        Ok(())
    }

    async fn roll_up_to(&self, store: &Store, rollup: Rollup, target: i64) -> Result<(), Error> {
        loop {
            // Before anything is read: what a flush writes from now on is seen at the end.
            self.touched.store(i64::MAX, Ordering::Release);
            let from = mark(store, rollup).await?;
            if from >= target {
                return Ok(());
            }
            let next = next_detail(store, rollup, from).await?.filter(|next| *next < target);
            let until = match next {
                // Nothing was counted in between.
                None => target,
                Some(next) => {
                    let until = (next + rollup.at_once()).min(target);
                    recompute(store, rollup, next, until).await?;
                    until
                }
            };
            self.move_mark(store, rollup, until).await?;
        }
    }

    /// Says that the roll-up holds all before this period, or less where a flush came in between.
    async fn move_mark(&self, store: &Store, rollup: Rollup, until: i64) -> Result<(), Error> {
        let mut writing = store.write().await?;
        let touched = self.touched.load(Ordering::Acquire);
        let until = if touched == i64::MAX { until } else { until.min(rollup.of_minute(touched)) };
        sqlx::query("UPDATE rolled SET until = ? WHERE rollup = ?")
            .bind(until)
            .bind(rollup.name())
            .execute(&mut *writing)
            .await?;
        drop(writing.commit().await?);
        Ok(())
    }
}

/// The mark of a roll-up.
async fn mark(store: &Store, rollup: Rollup) -> Result<i64, Error> {
    let mut reading = store.snapshot().await?;
    let until = sqlx::query_scalar("SELECT until FROM rolled WHERE rollup = ?");
    Ok(until.bind(rollup.name()).fetch_optional(&mut *reading).await?.unwrap_or(0))
}

/// The first period from this one on that has detail.
async fn next_detail(store: &Store, rollup: Rollup, from: i64) -> Result<Option<i64>, Error> {
    let mut reading = store.snapshot().await?;
    let next = sqlx::query_scalar(rollup.statements().next).bind(rollup.in_detail(from));
    let next: Option<i64> = next.fetch_one(&mut *reading).await?;
    Ok(next.map(|next| rollup.of_detail(next)))
}

/// Every organization's number in these tables; 0 is nobody.
pub(super) async fn organizations(store: &Store) -> Result<Vec<i64>, Error> {
    let mut reading = store.snapshot().await?;
    let ids = sqlx::query_scalar("SELECT 0 UNION ALL SELECT id FROM organizations");
    Ok(ids.fetch_all(&mut *reading).await?)
}

async fn recompute(store: &Store, rollup: Rollup, from: i64, until: i64) -> Result<(), Error> {
    let mut organizations = organizations(store).await?.into_iter().peekable();
    while organizations.peek().is_some() {
        let mut writing = store.write().await?;
        let begun = Instant::now();
        for organization in organizations.by_ref() {
            recompute_one(&mut writing, rollup, organization, from, until).await?;
            if begun.elapsed() > BATCH {
                break;
            }
        }
        drop(writing.commit().await?);
    }
    Ok(())
}

async fn recompute_one(
    connection: &mut SqliteConnection,
    rollup: Rollup,
    organization: i64,
    from: i64,
    until: i64,
) -> Result<(), Error> {
    let Statements { clear, fill, .. } = rollup.statements();
    sqlx::query(clear).bind(organization).bind(from).bind(until).execute(&mut *connection).await?;
    sqlx::query(fill)
        .bind(organization)
        .bind(from)
        .bind(until)
        .bind(rollup.in_detail(from))
        .bind(rollup.in_detail(until))
        .execute(connection)
        .await?;
    Ok(())
}
