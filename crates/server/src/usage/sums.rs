//! Reading counts, summed up by step.
//!
//! SQLite hands over one text of numbers a statement: a row by itself costs more than what is in it.

use std::collections::BTreeMap;

use keydeck_domain::{Environment, Outcome};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::cell::{environment_number, outcome_number};
use super::levels::{KEYS, Marks, ORGANIZATION, ROUTES, Span};
use crate::error::Error;

/// Periods that one statement reads.
const PERIODS: i64 = 4_096;
/// Keys that one statement reads.
const KEYS_AT_ONCE: usize = 50;
/// From so many periods in a step on SQLite adds them up; below, handing them over costs less.
const ADDED: i64 = 8;

/// What is read, in one transaction.
pub(super) struct Reading<'c> {
    pub(super) connection: &'c mut SqliteConnection,
    /// The organization's number.
    pub(super) organization: i64,
    pub(super) marks: Marks,
}

/// Which counts belong to a sum.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Only {
    pub(super) environment: Option<u8>,
    pub(super) outcome: Option<u8>,
}

impl Only {
    pub(super) fn new(environment: Option<Environment>, outcome: Option<Outcome>) -> Self {
        Self { environment: environment.map(environment_number), outcome: outcome.map(outcome_number) }
    }
}

/// Sums by cell and step.
#[derive(Debug)]
pub(super) struct Sums<C: Ord> {
    pub(super) cells: BTreeMap<C, Vec<u64>>,
    /// Whether something was counted to the step in which its UTC day begins, because finer counts are
    /// gone.
    pub(super) coarse: bool,
    steps: usize,
}

impl<C: Ord> Sums<C> {
    fn new(edges: &[i64]) -> Self {
        Self { cells: BTreeMap::new(), coarse: false, steps: edges.len().saturating_sub(1) }
    }

    fn add(&mut self, cell: C, step: usize, count: i64, span: &Span) {
        let Ok(count) = u64::try_from(count) else { return };
        let steps = self.steps;
        if let Some(value) = self.cells.entry(cell).or_insert_with(|| vec![0; steps]).get_mut(step) {
            *value += count;
            self.coarse |= span.coarse && count > 0;
        }
    }
}

/// The environment and outcome of counts.
pub(super) type Cell = (u8, u8);

impl<'c> Reading<'c> {
    /// Of the organization with this number, in the transaction of this connection.
    pub(super) async fn of(connection: &'c mut SqliteConnection, organization: i64) -> Result<Self, Error> {
        let marks = Marks::read(connection).await?;
        Ok(Self { connection, organization, marks })
    }

    /// The organization's counts.
    pub(super) async fn organization(&mut self, edges: &[i64], only: Only) -> Result<Sums<Cell>, Error> {
        let mut sums = Sums::new(edges);
        for span in self.marks.spans(ORGANIZATION, edges) {
            let periods = span.periods(edges);
            let (first, end) = ends(&periods);
            if span.table.name == "quarters" && (end - first) / ADDED >= i64::try_from(sums.steps).unwrap_or(i64::MAX) {
                self.quarters(&span, &periods, only, &mut sums).await?;
                continue;
            }
            let (table, period) = (span.table.name, span.table.period);
            let sql = format!(
                "SELECT group_concat((({period} * 4 + environment) * 16 + outcome) || ' ' || count, ' ') FROM {table} \
                 WHERE organization = ?1 AND {period} >= ?2 AND {period} < ?3"
            );
            for (first, end) in pieces(first, end) {
                let text: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql.clone()))
                    .bind(self.organization)
                    .bind(first)
                    .bind(end)
                    .fetch_one(&mut *self.connection)
                    .await?;
                for [place, count] in numbers(text.as_deref().unwrap_or_default()) {
                    let (environment, outcome) = (low(place >> 4, 4), low(place, 16));
                    if only.environment.is_none_or(|wanted| wanted == environment)
                        && only.outcome.is_none_or(|wanted| wanted == outcome)
                    {
                        sums.add((environment, outcome), step_of(&periods, place >> 6), count, &span);
                    }
                }
            }
        }
        Ok(sums)
    }

    /// Many quarters of an hour in each step: added up by SQLite, along the index.
    async fn quarters(&mut self, span: &Span, periods: &[i64], only: Only, sums: &mut Sums<Cell>) -> Result<(), Error> {
        let (first, end) = ends(periods);
        let bounds: Vec<[i64; 2]> = periods.windows(2).map(|pair| [pair[0], pair[1]]).collect();
        let text: Option<String> = sqlx::query_scalar(
            "WITH cells AS MATERIALIZED (SELECT e.value AS environment, o.value AS outcome \
               FROM json_each('[0,1,2]') e, json_each('[0,1,2,3,4,5,6,7,8,9,10,11]') o \
               WHERE (?5 IS NULL OR e.value = ?5) AND (?6 IS NULL OR o.value = ?6) AND EXISTS (SELECT 1 FROM quarters q \
                 INDEXED BY quarters_by_outcome WHERE q.organization = ?1 AND q.environment = e.value AND q.outcome = o.value \
                 AND q.quarter >= ?2 AND q.quarter < ?3)) \
             SELECT group_concat(((s.key * 4 + c.environment) * 16 + c.outcome) || ' ' || ifnull( \
               (SELECT sum(q.count) FROM quarters q INDEXED BY quarters_by_outcome WHERE q.organization = ?1 \
                 AND q.environment = c.environment AND q.outcome = c.outcome \
                 AND q.quarter >= s.value ->> 0 AND q.quarter < s.value ->> 1), 0), ' ') \
             FROM cells c CROSS JOIN json_each(?4) s",
        )
        .bind(self.organization)
        .bind(first)
        .bind(end)
        .bind(serde_json::to_string(&bounds).map_err(|error| Error::Internal(error.to_string()))?)
        .bind(only.environment)
        .bind(only.outcome)
        .fetch_one(&mut *self.connection)
        .await?;
        for [place, count] in numbers(text.as_deref().unwrap_or_default()) {
            let step = usize::try_from(place >> 6).unwrap_or(usize::MAX);
            sums.add((low(place >> 4, 4), low(place, 16)), step, count, span);
        }
        Ok(())
    }

    /// The counts of these keys, by their number and the outcome.
    pub(super) async fn keys(&mut self, edges: &[i64], keys: &[i64], outcome: Option<u8>) -> Result<Sums<(i64, u8)>, Error> {
        let spans = self.marks.spans(KEYS, edges);
        self.keys_in(spans, edges, keys, outcome).await
    }

    /// All that is left of a key's counts, by outcome.
    pub(super) async fn whole_key(&mut self, key: i64, until: i64) -> Result<Sums<(i64, u8)>, Error> {
        let edges = [0, until];
        let spans = self.marks.spans(KEYS, &edges).into_iter().flat_map(|span| self.marks.widened(KEYS, span)).collect();
        self.keys_in(spans, &edges, &[key], None).await
    }

    async fn keys_in(
        &mut self,
        spans: Vec<Span>,
        edges: &[i64],
        keys: &[i64],
        outcome: Option<u8>,
    ) -> Result<Sums<(i64, u8)>, Error> {
        let mut sums = Sums::new(edges);
        for span in spans {
            let periods = span.periods(edges);
            let (table, period) = (span.table.name, span.table.period);
            // The hours come first in their table's order, so each hour is looked up by itself.
            let sql = if table == "key_hours" {
                "WITH RECURSIVE h (hour) AS (SELECT ?2 WHERE ?2 < ?3 UNION ALL SELECT hour + 1 FROM h WHERE hour + 1 < ?3) \
                 SELECT group_concat((d.hour * 16 + d.outcome) || ' ' || d.key || ' ' || d.count, ' ') \
                 FROM json_each(?4) k CROSS JOIN h CROSS JOIN key_hours d ON d.organization = ?1 AND d.hour = h.hour \
                 AND d.key = k.value WHERE ?5 IS NULL OR d.outcome = ?5"
                    .to_owned()
            } else {
                format!(
                    "SELECT group_concat((d.{period} * 16 + d.outcome) || ' ' || d.key || ' ' || d.count, ' ') \
                     FROM json_each(?4) k CROSS JOIN {table} d ON d.organization = ?1 AND d.key = k.value \
                     AND d.{period} >= ?2 AND d.{period} < ?3 WHERE ?5 IS NULL OR d.outcome = ?5"
                )
            };
            let (first, end) = ends(&periods);
            for keys in keys.chunks(KEYS_AT_ONCE) {
                let keys = serde_json::to_string(keys).map_err(|error| Error::Internal(error.to_string()))?;
                for (first, end) in pieces(first, end) {
                    let text: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql.clone()))
                        .bind(self.organization)
                        .bind(first)
                        .bind(end)
                        .bind(&keys)
                        .bind(outcome)
                        .fetch_one(&mut *self.connection)
                        .await?;
                    for [place, key, count] in numbers(text.as_deref().unwrap_or_default()) {
                        sums.add((key, low(place, 16)), step_of(&periods, place >> 4), count, &span);
                    }
                }
            }
        }
        Ok(sums)
    }

    /// The organization's counts with the bounds that [`Self::keys`] has, so that both can be compared step by
    /// step.
    pub(super) async fn organization_like_keys(&mut self, edges: &[i64], only: Only) -> Result<Sums<Cell>, Error> {
        let mut all = Sums::new(edges);
        for span in self.marks.spans(KEYS, edges) {
            let bounds: Vec<i64> = span.periods(edges).into_iter().map(|period| span.table.unit.begins(period)).collect();
            let sums = self.organization(&bounds, only).await?;
            for (cell, values) in sums.cells {
                for (step, count) in values.into_iter().enumerate() {
                    all.add(cell, step, i64::try_from(count).unwrap_or(i64::MAX), &span);
                }
            }
            all.coarse |= sums.coarse;
        }
        Ok(all)
    }

    /// The counts of all routes, by their number.
    pub(super) async fn routes(&mut self, edges: &[i64], only: Only) -> Result<Sums<i64>, Error> {
        let mut sums = Sums::new(edges);
        for span in self.marks.spans(ROUTES, edges) {
            let periods = span.periods(edges);
            let (table, period) = (span.table.name, span.table.period);
            let sql = format!(
                "SELECT group_concat({period} || ' ' || route || ' ' || n, ' ') FROM (SELECT {period}, route, sum(count) AS n \
                 FROM {table} WHERE organization = ?1 AND {period} >= ?2 AND {period} < ?3 \
                 AND (?4 IS NULL OR environment = ?4) AND (?5 IS NULL OR outcome = ?5) GROUP BY {period}, route)"
            );
            let (first, end) = ends(&periods);
            for (first, end) in pieces(first, end) {
                let text: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql.clone()))
                    .bind(self.organization)
                    .bind(first)
                    .bind(end)
                    .bind(only.environment)
                    .bind(only.outcome)
                    .fetch_one(&mut *self.connection)
                    .await?;
                for [period, route, count] in numbers(text.as_deref().unwrap_or_default()) {
                    sums.add(route, step_of(&periods, period), count, &span);
                }
            }
        }
        Ok(sums)
    }
}

/// The first period and the one after the last.
fn ends(periods: &[i64]) -> (i64, i64) {
    (periods.first().copied().unwrap_or_default(), periods.last().copied().unwrap_or_default())
}

/// The step in which a period begins.
fn step_of(periods: &[i64], period: i64) -> usize {
    periods.partition_point(|&edge| edge <= period).wrapping_sub(1)
}

fn pieces(first: i64, end: i64) -> impl Iterator<Item = (i64, i64)> {
    std::iter::successors(Some(first), |begin| Some(begin + PERIODS))
        .take_while(move |&begin| begin < end)
        .map(move |begin| (begin, end.min(begin + PERIODS)))
}

/// The lowest bits of a number.
fn low(number: i64, of: i64) -> u8 {
    u8::try_from(number.rem_euclid(of)).unwrap_or_default()
}

/// The numbers of a text, so many at a time.
pub(super) fn numbers<const N: usize>(text: &str) -> impl Iterator<Item = [i64; N]> + '_ {
    let mut rest = text.split(' ').filter_map(|number| number.parse::<i64>().ok());
    std::iter::from_fn(move || {
        let mut group = [0; N];
        for place in &mut group {
            *place = rest.next()?;
        }
        Some(group)
    })
}
