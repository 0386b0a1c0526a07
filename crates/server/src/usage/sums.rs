//! Reading counts, summed up by step.
//!
//! SQLite hands over a few texts of numbers a statement: a row by itself costs more than what is in it.

use std::collections::BTreeMap;

use keydeck_domain::{Environment, Outcome};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::cell::{environment_number, outcome_number};
use super::levels::{KEYS, Marks, ROUTES, Span};
use crate::error::Error;

/// Periods that one statement reads.
const PERIODS: i64 = 4_096;
/// Keys that one statement reads.
const KEYS_AT_ONCE: usize = 50;

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
    pub(super) steps: usize,
}

impl<C: Ord> Sums<C> {
    pub(super) fn new(edges: &[i64]) -> Self {
        Self { cells: BTreeMap::new(), coarse: false, steps: edges.len().saturating_sub(1) }
    }

    pub(super) fn add(&mut self, cell: C, step: usize, count: i64, span: &Span) {
        let Ok(count) = u64::try_from(count) else { return };
        let steps = self.steps;
        if let Some(value) = self.cells.entry(cell).or_insert_with(|| vec![0; steps]).get_mut(step) {
            *value += count;
            self.coarse |= span.coarse && count > 0;
        }
    }
}

impl Sums<Cell> {
    /// Moves a count over an edge: out of the step that begins there into the one that ends there.
    pub(super) fn shift(&mut self, cell: Cell, edge: usize, count: i64) {
        let steps = self.steps;
        let values = self.cells.entry(cell).or_insert_with(|| vec![0; steps]);
        // Wrapping: between two shifts a step can be short of what the next one brings.
        if let Some(value) = values.get_mut(edge) {
            *value = value.wrapping_add_signed(-count);
        }
        if let Some(value) = edge.checked_sub(1).and_then(|step| values.get_mut(step)) {
            *value = value.wrapping_add_signed(count);
        }
    }

    /// After the last shift nothing is below zero; where the file was changed from outside it is none.
    pub(super) fn shifted(&mut self) {
        for value in self.cells.values_mut().flatten().filter(|value| i64::try_from(**value).is_err()) {
            *value = 0;
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
                 SELECT group_concat(d.hour * 16 + d.outcome), group_concat(d.key), group_concat(d.count) \
                 FROM h CROSS JOIN json_each(?4) k CROSS JOIN key_hours d ON d.organization = ?1 AND d.hour = h.hour \
                 AND d.key = k.value WHERE ?5 IS NULL OR d.outcome = ?5"
                    .to_owned()
            } else {
                format!(
                    "SELECT group_concat(d.{period} * 16 + d.outcome), group_concat(d.key), group_concat(d.count) \
                     FROM json_each(?4) k CROSS JOIN {table} d ON d.organization = ?1 AND d.key = k.value \
                     AND d.{period} >= ?2 AND d.{period} < ?3 WHERE ?5 IS NULL OR d.outcome = ?5"
                )
            };
            let (first, end) = ends(&periods);
            for keys in keys.chunks(KEYS_AT_ONCE) {
                let keys = serde_json::to_string(keys).map_err(|error| Error::Internal(error.to_string()))?;
                for (first, end) in pieces(first, end) {
                    let texts: Texts<3> = sqlx::query_as(AssertSqlSafe(sql.clone()))
                        .bind(self.organization)
                        .bind(first)
                        .bind(end)
                        .bind(&keys)
                        .bind(outcome)
                        .fetch_one(&mut *self.connection)
                        .await?;
                    for [place, key, count] in texts.numbers() {
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
            let sums = self.organization(&bounds, only, true).await?;
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
                "SELECT group_concat({period}), group_concat(route), group_concat(n) FROM (SELECT {period}, route, \
                 sum(count) AS n FROM {table} WHERE organization = ?1 AND {period} >= ?2 AND {period} < ?3 \
                 AND (?4 IS NULL OR environment = ?4) AND (?5 IS NULL OR outcome = ?5) GROUP BY {period}, route)"
            );
            let (first, end) = ends(&periods);
            for (first, end) in pieces(first, end) {
                let texts: Texts<3> = sqlx::query_as(AssertSqlSafe(sql.clone()))
                    .bind(self.organization)
                    .bind(first)
                    .bind(end)
                    .bind(only.environment)
                    .bind(only.outcome)
                    .fetch_one(&mut *self.connection)
                    .await?;
                for [period, route, count] in texts.numbers() {
                    sums.add(route, step_of(&periods, period), count, &span);
                }
            }
        }
        Ok(sums)
    }
}

/// The first period and the one after the last.
pub(super) fn ends(periods: &[i64]) -> (i64, i64) {
    (periods.first().copied().unwrap_or_default(), periods.last().copied().unwrap_or_default())
}

/// The step in which a period begins.
pub(super) fn step_of(periods: &[i64], period: i64) -> usize {
    periods.partition_point(|&edge| edge <= period).wrapping_sub(1)
}

pub(super) fn pieces(first: i64, end: i64) -> impl Iterator<Item = (i64, i64)> {
    std::iter::successors(Some(first), |begin| Some(begin + PERIODS))
        .take_while(move |&begin| begin < end)
        .map(move |begin| (begin, end.min(begin + PERIODS)))
}

/// The lowest bits of a number.
pub(super) fn low(number: i64, of: i64) -> u8 {
    u8::try_from(number.rem_euclid(of)).unwrap_or_default()
}

/// What a statement hands over: columns of numbers, each as one text with commas between.
pub(super) struct Texts<const N: usize>([Option<String>; N]);

impl<'r, const N: usize> sqlx::FromRow<'r, SqliteRow> for Texts<N> {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let mut texts = [const { None }; N];
        for (column, text) in texts.iter_mut().enumerate() {
            *text = row.try_get(column)?;
        }
        Ok(Self(texts))
    }
}

impl<const N: usize> Texts<N> {
    /// The numbers, row by row.
    pub(super) fn numbers(&self) -> impl Iterator<Item = [i64; N]> + '_ {
        let mut columns = self.0.each_ref().map(|text| text.as_deref().unwrap_or_default().split(','));
        std::iter::from_fn(move || {
            let mut row = [0; N];
            for (number, column) in row.iter_mut().zip(&mut columns) {
                *number = column.next()?.parse().ok()?;
            }
            Some(row)
        })
    }
}
