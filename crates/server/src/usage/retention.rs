//! Retention: minutes go after two days, hours after the days that are configured, and roll-ups where that is
//! configured. Detail goes only where its roll-up holds it already, and in small batches.
//!
//! What is about to go is written down first. From then on a late count of it is counted to the first period
//! that is left: see `kept` in the schema.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use keydeck_domain::api::usage::MINUTE_DAYS;
use sqlx::Row;

use super::Usage;
use super::periods::{
    HOURS_OF_DAY, MINUTES_OF_DAY, MINUTES_OF_QUARTER, QUARTERS_OF_DAY, first_day_of_month, minute_of, month_of_day,
};
use super::rollup::organizations;
use super::store::first_minute;
use crate::config::Counting;
use crate::error::Error;
use crate::store::Store;

/// How long other writers wait for a batch, about.
const BATCH: Duration = Duration::from_millis(20);

/// A table out of which old rows go.
struct Table {
    name: &'static str,
    /// The roll-up that must hold them first.
    held_by: Option<&'static str>,
    /// The first period of an organization. Parameter: organization.
    first: &'static str,
    /// Parameters: organization, first period, the one after the last.
    delete: &'static str,
    /// Periods that are deleted at once.
    at_once: i64,
}

const TABLES: [Table; 8] = [
    Table {
        name: "minutes",
        held_by: Some("quarters"),
        first: "SELECT min(minute) FROM minutes WHERE organization = ?",
        delete: "DELETE FROM minutes WHERE organization = ? AND minute >= ? AND minute < ?",
        at_once: 60,
    },
    Table {
        name: "key_hours",
        held_by: Some("key_days"),
        first: "SELECT min(hour) FROM key_hours WHERE organization = ?",
        delete: "DELETE FROM key_hours WHERE organization = ? AND hour >= ? AND hour < ?",
        at_once: 1,
    },
    Table {
        name: "route_hours",
        held_by: Some("route_days"),
        first: "SELECT min(hour) FROM route_hours WHERE organization = ?",
        delete: "DELETE FROM route_hours WHERE organization = ? AND hour >= ? AND hour < ?",
        at_once: 6,
    },
    Table {
        name: "quarters",
        held_by: Some("days"),
        first: "SELECT min(quarter) FROM quarters WHERE organization = ?",
        delete: "DELETE FROM quarters WHERE organization = ? AND quarter >= ? AND quarter < ?",
        at_once: QUARTERS_OF_DAY,
    },
    Table {
        name: "key_days",
        held_by: Some("key_months"),
        first: "SELECT min(day) FROM key_days WHERE organization = ?",
        delete: "DELETE FROM key_days WHERE organization = ? AND day >= ? AND day < ?",
        at_once: 1,
    },
    Table {
        name: "days",
        held_by: None,
        first: "SELECT min(day) FROM days WHERE organization = ?",
        delete: "DELETE FROM days WHERE organization = ? AND day >= ? AND day < ?",
        at_once: 31,
    },
    Table {
        name: "key_months",
        held_by: None,
        first: "SELECT min(month) FROM key_months WHERE organization = ?",
        delete: "DELETE FROM key_months WHERE organization = ? AND month >= ? AND month < ?",
        at_once: 1,
    },
    Table {
        name: "route_days",
        held_by: None,
        first: "SELECT min(day) FROM route_days WHERE organization = ?",
        delete: "DELETE FROM route_days WHERE organization = ? AND day >= ? AND day < ?",
        at_once: 7,
    },
];

/// The first period of a table that is wanted, where older ones may go at all. Always the beginning of a period
/// of its roll-up: a roll-up is never recomputed from a part.
fn wanted_since(table: &str, config: &Counting, now: DateTime<Utc>) -> Option<i64> {
    let minute = minute_of(now);
    let today = minute.div_euclid(MINUTES_OF_DAY);
    let hours_days = i64::from(config.keep_hours_days.max(Counting::HOURS_DAYS_MIN));
    let oldest_day = config.keep_days.map(|days| today - i64::from(days).max(hours_days + 1));
    match table {
        "minutes" => {
            let quarters = minute.div_euclid(MINUTES_OF_QUARTER) - i64::from(MINUTE_DAYS) * QUARTERS_OF_DAY;
            Some(quarters * MINUTES_OF_QUARTER)
        }
        "key_hours" | "route_hours" => Some((today - hours_days) * HOURS_OF_DAY),
        "quarters" => Some(oldest_day? * QUARTERS_OF_DAY),
        "key_days" => Some(first_day_of_month(month_of_day(oldest_day?))),
        "key_months" => Some(month_of_day(oldest_day?)),
        _ => oldest_day,
    }
}

/// Where what a roll-up holds ends, in the periods of the table that it is made from.
fn held_until(table: &str, mark: i64) -> i64 {
    match table {
        "minutes" => mark.saturating_mul(MINUTES_OF_QUARTER),
        "key_hours" | "route_hours" => mark.saturating_mul(HOURS_OF_DAY),
        "quarters" => mark.saturating_mul(QUARTERS_OF_DAY),
        _ => first_day_of_month(mark),
    }
}

impl Usage {
    /// Deletes what is not to be kept any longer. To be called by one at a time, after the roll-ups.
    pub(super) async fn retain(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let store = self.store()?;
        if !self.say_what_goes(store, now).await? {
            return Ok(());
        }
        let mut reading = store.snapshot().await?;
        let kept: Vec<(String, i64)> = sqlx::query_as("SELECT name, since FROM kept").fetch_all(&mut *reading).await?;
        drop(reading);
        for table in &TABLES {
            let since = kept.iter().find(|(name, _)| name == table.name).map_or(0, |(_, since)| *since);
            delete_before(store, table, since).await?;
        }
        Ok(())
    }

    /// Moves what is kept on; false where it has to wait. The flush waits meanwhile, with nothing in its hands:
    /// it must not write to what is about to go.
    async fn say_what_goes(&self, store: &Store, now: DateTime<Utc>) -> Result<bool, Error> {
        let flusher = self.flusher.lock().await;
        if !flusher.is_clean() {
            return Ok(false);
        }
        let mut writing = store.write().await?;
        let marks = sqlx::query("SELECT rollup, until FROM rolled").fetch_all(&mut *writing).await?;
        for table in &TABLES {
            let Some(mut since) = wanted_since(table.name, &self.config, now) else { continue };
            if let Some(rollup) = table.held_by {
                let mut mark = 0;
                for row in &marks {
                    if row.try_get::<&str, _>(0)? == rollup {
                        mark = row.try_get(1)?;
                    }
                }
                since = since.min(held_until(table.name, mark));
            }
            sqlx::query("UPDATE kept SET since = ?1 WHERE name = ?2 AND since < ?1")
                .bind(since)
                .bind(table.name)
                .execute(&mut *writing)
                .await?;
        }
        let mut floor = 0;
        for row in sqlx::query("SELECT name, since FROM kept").fetch_all(&mut *writing).await? {
            floor = floor.max(first_minute(row.try_get(0)?, row.try_get(1)?));
        }
        drop(writing.commit().await?);
        self.floor.fetch_max(floor, Ordering::AcqRel);
        Ok(true)
    }
}

async fn delete_before(store: &Store, table: &Table, since: i64) -> Result<(), Error> {
    for organization in organizations(store).await? {
        loop {
            let mut reading = store.snapshot().await?;
            let first: Option<i64> = sqlx::query_scalar(table.first).bind(organization).fetch_one(&mut *reading).await?;
            drop(reading);
            let Some(mut first) = first.filter(|first| *first < since) else { break };
            let mut writing = store.write().await?;
            let begun = Instant::now();
            while first < since && begun.elapsed() < BATCH {
                let until = (first + table.at_once).min(since);
                sqlx::query(table.delete).bind(organization).bind(first).bind(until).execute(&mut *writing).await?;
                first = until;
            }
            drop(writing.commit().await?);
        }
    }
    Ok(())
}
