//! Writes the stream into every table of `usage.db`, so that each adds up to the same.

use std::collections::BTreeMap;

use super::cast::ROUTES;
use super::chance::Chance;
use super::rows::Rows;
use super::span::{Span, month};
use super::stream::{Counted, ENVIRONMENTS, OUTCOMES, Stream};
use sqlx::SqliteConnection;

/// The short number of the one organization, and of the one writer.
pub(super) const ORGANIZATION: i64 = 1;
pub(super) const WRITER: i64 = 1;

/// Sums of an environment and an outcome.
type Grid = [[u64; OUTCOMES]; ENVIRONMENTS];
const MINUTES: usize = 60;
const QUARTERS: usize = 4;

/// The tables, and what is not yet whole.
pub(super) struct Ledger {
    span: Span,
    chance: Chance,
    counts: u64,
    key_hours: Rows,
    route_hours: Rows,
    minutes: Rows,
    quarters: Rows,
    days: Rows,
    route_days: Rows,
    /// Of the day that is summed: by key and outcome, by environment and outcome, by route.
    key_day: Vec<[u64; OUTCOMES]>,
    day: Grid,
    route_day: [Grid; ROUTES.len()],
    /// All days of each key: the table begins with the key.
    key_days: Vec<Vec<(i64, u8, u64)>>,
}

impl Ledger {
    /// For this many keys.
    pub(super) fn new(seed: u64, span: Span, keys: usize) -> Self {
        Self {
            span,
            chance: Chance::of(seed ^ SPLIT, 0),
            counts: 0,
            key_hours: Rows::of("key_hours", "organization hour key outcome writer count"),
            route_hours: Rows::of("route_hours", "organization hour route environment outcome writer count"),
            minutes: Rows::of("minutes", "organization minute environment outcome writer count"),
            quarters: Rows::of("quarters", "organization quarter environment outcome count"),
            days: Rows::of("days", "organization day environment outcome count"),
            route_days: Rows::of("route_days", "organization day route environment outcome count"),
            key_day: vec![[0; OUTCOMES]; keys + 1],
            day: Grid::default(),
            route_day: [Grid::default(); ROUTES.len()],
            key_days: vec![Vec::new(); keys + 1],
        }
    }

    /// Writes the whole stream; gives how many verifications and rows that were.
    pub(super) async fn write(
        mut self,
        stream: &mut Stream<'_>,
        connection: &mut SqliteConnection,
    ) -> Result<(u64, u64), sqlx::Error> {
        let mut counted = Vec::new();
        let mut day = self.span.first_day;
        while let Some(hour) = stream.next(&mut counted) {
            if hour.div_euclid(24) != day {
                self.end_of_day(day, connection).await?;
                day = hour.div_euclid(24);
            }
            self.hour(hour, &counted);
        }
        // The day that runs is in the detail alone, unless it has just begun.
        if day < self.span.day() {
            self.end_of_day(day, connection).await?;
        }
        self.finish(connection).await
    }

    fn hour(&mut self, hour: i64, counted: &[Counted]) {
        let mut sums = Grid::default();
        let by_hours = hour >= self.span.hours_from();
        for Counted { key, environment, outcome, count } in counted.iter().copied() {
            sums[environment][outcome] += count;
            self.key_day[key as usize][outcome] += count;
            self.counts += count;
            if by_hours {
                self.key_hours.add([ORGANIZATION, hour, key.into(), outcome as i64, WRITER, count as i64]);
            }
        }
        self.quarters(hour, &sums);
        self.routes(hour, &sums, by_hours);
    }

    /// Divides an hour's sums into minutes where those are kept, and into quarters.
    fn quarters(&mut self, hour: i64, sums: &Grid) {
        let mut quarters = [Grid::default(); QUARTERS];
        if hour >= self.span.minutes_from() {
            let mut minutes = [Grid::default(); MINUTES];
            // Full hours have calls of their own; minutes that have not begun have none.
            let weights: [f64; MINUTES] = std::array::from_fn(|minute| match hour * 60 + (minute as i64) {
                minute if minute >= self.span.minute() => 0.0,
                minute if minute.rem_euclid(30) == 0 => 1.35,
                _ => 1.0,
            });
            self.divide(sums, &weights, &mut minutes);
            for (minute, sums) in (hour * 60..).zip(&minutes) {
                each(sums, |environment, outcome, count| {
                    self.minutes.add([ORGANIZATION, minute, environment, outcome, WRITER, count]);
                });
            }
            for (minute, sums) in minutes.iter().enumerate() {
                add(&mut quarters[minute / 15], sums);
            }
        } else {
            self.divide(sums, &[1.05, 0.98, 1.0, 0.97], &mut quarters);
        }
        for (quarter, sums) in (hour * 4..).zip(&quarters) {
            add(&mut self.day, sums);
            if quarter < self.span.quarter() {
                each(sums, |environment, outcome, count| {
                    self.quarters.add([ORGANIZATION, quarter, environment, outcome, count]);
                });
            }
        }
    }

    fn routes(&mut self, hour: i64, sums: &Grid, by_hours: bool) {
        let mut routes = [Grid::default(); ROUTES.len()];
        self.divide(sums, &ROUTES.map(|(_, weight)| weight), &mut routes);
        for ((route, sums), day) in (0..).zip(&routes).zip(&mut self.route_day) {
            add(day, sums);
            if by_hours {
                each(sums, |environment, outcome, count| {
                    self.route_hours.add([ORGANIZATION, hour, route, environment, outcome, WRITER, count]);
                });
            }
        }
    }

    fn divide(&mut self, sums: &Grid, weights: &[f64], parts: &mut [Grid]) {
        for (environment, outcomes) in sums.iter().enumerate() {
            for (outcome, count) in outcomes.iter().enumerate() {
                self.chance.divide(*count, weights, |place, part| parts[place][environment][outcome] += part);
            }
        }
    }

    /// Rolls a day up that is whole.
    async fn end_of_day(&mut self, day: i64, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        each(&std::mem::take(&mut self.day), |environment, outcome, count| {
            self.days.add([ORGANIZATION, day, environment, outcome, count]);
        });
        for (route, sums) in (0..).zip(std::mem::take(&mut self.route_day)) {
            each(&sums, |environment, outcome, count| {
                self.route_days.add([ORGANIZATION, day, route, environment, outcome, count]);
            });
        }
        for (key, outcomes) in self.key_day.iter_mut().enumerate() {
            for (outcome, count) in outcomes.iter_mut().enumerate().filter(|(_, count)| **count > 0) {
                self.key_days[key].push((day, outcome as u8, *count));
                *count = 0;
            }
        }
        for rows in [
            &mut self.key_hours,
            &mut self.route_hours,
            &mut self.minutes,
            &mut self.quarters,
            &mut self.days,
            &mut self.route_days,
        ] {
            rows.write(connection).await?;
        }
        let told = day - self.span.first_day + 1;
        if told % 30 == 0 {
            tracing::info!(days = told, verifications = self.counts, "counted");
        }
        Ok(())
    }

    async fn finish(self, connection: &mut SqliteConnection) -> Result<(u64, u64), sqlx::Error> {
        let mut key_days = Rows::of("key_days", "organization key day outcome count");
        let mut key_months = Rows::of("key_months", "organization key month outcome count");
        for (key, days) in (0..).zip(self.key_days) {
            let mut months: BTreeMap<(i64, u8), u64> = BTreeMap::new();
            for (day, outcome, count) in days {
                key_days.add([ORGANIZATION, key, day, outcome.into(), count as i64]);
                *months.entry((month(day), outcome)).or_default() += count;
            }
            // The month that runs is summed from its days.
            for ((month, outcome), count) in months.into_iter().filter(|((month, _), _)| *month < self.span.month()) {
                key_months.add([ORGANIZATION, key, month, outcome.into(), count as i64]);
            }
            key_days.write(connection).await?;
            key_months.write(connection).await?;
        }
        let mut rows = 0;
        for table in
            [self.key_hours, self.route_hours, self.minutes, self.quarters, self.days, key_months, self.route_days, key_days]
        {
            rows += table.finish(connection).await?;
        }
        Ok((self.counts, rows))
    }
}

/// Sets the chance of dividing apart from that of the traffic.
const SPLIT: u64 = 0x6469_7669_6465_6421;

/// Environment, outcome and count of all that is not nothing, in their order.
fn each(sums: &Grid, mut put: impl FnMut(i64, i64, i64)) {
    for (environment, outcomes) in (0..).zip(sums) {
        for (outcome, count) in (0..).zip(outcomes).filter(|(_, count)| **count > 0) {
            put(environment, outcome, *count as i64);
        }
    }
}

fn add(to: &mut Grid, sums: &Grid) {
    for (to, sums) in to.iter_mut().flatten().zip(sums.iter().flatten()) {
        *to += sums;
    }
}
