//! Reading what was counted of an organization as a whole.

use sqlx::AssertSqlSafe;

use super::levels::{ORGANIZATION, Span, Table};
use super::periods::QUARTERS_OF_DAY;
use super::sums::{Cell, Only, Reading, Sums, Texts, ends, low, pieces, step_of};
use crate::error::Error;

/// From so many quarters in a step on SQLite adds them up; below, handing them over costs less.
const ADDED: i64 = 8;

/// The number of the table of days.
const DAYS: usize = 2;

/// A count, with where it belongs.
type Placed = (i64, Cell, i64);

impl Reading<'_> {
    /// The organization's counts. Where they need not be told apart, everything is in the cell (0, 0), which
    /// takes less time.
    pub(super) async fn organization(&mut self, edges: &[i64], only: Only, apart: bool) -> Result<Sums<Cell>, Error> {
        let apart = apart || only.environment.is_some() || only.outcome.is_some();
        let mut sums = Sums::new(edges);
        for span in self.marks.spans(ORGANIZATION, edges) {
            let periods = span.periods(edges);
            let (first, end) = ends(&periods);
            let steps = i64::try_from(sums.steps).unwrap_or(i64::MAX);
            if span.table.name == "quarters" && (end - first) / QUARTERS_OF_DAY >= steps {
                let rolled = self.marks.until(ORGANIZATION, DAYS).clamp(span.from, span.to);
                let (old, new) = (Span { to: rolled, ..span.clone() }, Span { from: rolled, ..span });
                self.long_steps(&old, edges, only, apart, &mut sums).await?;
                self.quarters(&new, edges, only, apart, &mut sums).await?;
            } else if span.table.name == "quarters" && (end - first) / ADDED >= steps {
                self.quarters(&span, edges, only, apart, &mut sums).await?;
            } else {
                for (first, end) in pieces(first, end) {
                    for (period, cell, count) in self.rows(span.table, first, end, only, apart).await? {
                        sums.add(cell, step_of(&periods, period), count, &span);
                    }
                }
            }
        }
        Ok(sums)
    }

    /// The counts of periods, as they are in a table.
    async fn rows(&mut self, table: &Table, first: i64, end: i64, only: Only, apart: bool) -> Result<Vec<Placed>, Error> {
        let (name, period) = (table.name, table.period);
        let matching = format!(
            "FROM {name} WHERE organization = ?1 AND {period} >= ?2 AND {period} < ?3 \
             AND (?4 IS NULL OR environment = ?4) AND (?5 IS NULL OR outcome = ?5)"
        );
        let sql = if apart {
            format!("SELECT group_concat(({period} * 4 + environment) * 16 + outcome), group_concat(count) {matching}")
        } else {
            // In the order of the table, so that nothing is sorted.
            format!(
                "SELECT group_concat({period} * 64), group_concat(n) \
                 FROM (SELECT {period}, sum(count) AS n {matching} GROUP BY {period})"
            )
        };
        let texts: Texts<2> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(self.organization)
            .bind(first)
            .bind(end)
            .bind(only.environment)
            .bind(only.outcome)
            .fetch_one(&mut *self.connection)
            .await?;
        Ok(placed(&texts))
    }

    /// Many quarters of an hour in each step.
    async fn quarters(
        &mut self,
        span: &Span,
        edges: &[i64],
        only: Only,
        apart: bool,
        sums: &mut Sums<Cell>,
    ) -> Result<(), Error> {
        let bounds: Vec<[i64; 2]> = span.periods(edges).windows(2).map(|pair| [pair[0], pair[1]]).collect();
        for (step, cell, count) in self.between(&bounds, only, apart).await? {
            sums.add(cell, usize::try_from(step).unwrap_or(usize::MAX), count, span);
        }
        Ok(())
    }

    /// Days and months of zones whose days are not UTC's: from the sums of UTC days, and of the quarters
    /// between an edge and the midnight (of UTC) that is nearer to it. That is less than half of them.
    async fn long_steps(
        &mut self,
        span: &Span,
        edges: &[i64],
        only: Only,
        apart: bool,
        sums: &mut Sums<Cell>,
    ) -> Result<(), Error> {
        if span.from >= span.to {
            return Ok(());
        }
        let edges = span.periods(edges);
        let mut midnights = Vec::with_capacity(edges.len());
        let mut bounds = Vec::with_capacity(edges.len());
        for &edge in &edges {
            let day = edge.div_euclid(QUARTERS_OF_DAY);
            let (before, after) = (day * QUARTERS_OF_DAY, (day + 1) * QUARTERS_OF_DAY);
            let early = edge - before <= QUARTERS_OF_DAY / 2;
            midnights.push(if early { day } else { day + 1 });
            bounds.push(if early { [before, edge] } else { [edge, after] });
        }
        let (first, end) = ends(&midnights);
        for (day, cell, count) in self.rows(&ORGANIZATION[DAYS], first, end, only, apart).await? {
            sums.add(cell, step_of(&midnights, day), count, span);
        }
        for (edge, cell, count) in self.between(&bounds, only, apart).await? {
            let edge = usize::try_from(edge).unwrap_or_default();
            let early = bounds[edge][1] == edges[edge];
            // What lies between midnight and the edge belongs to the step before the edge, not to the one
            // after; what lies between the edge and midnight the other way round.
            sums.shift(cell, edge, if early { count } else { -count });
        }
        sums.shifted();
        Ok(())
    }

    /// The sums of the quarters between pairs of bounds, added up by SQLite along an index.
    async fn between(&mut self, bounds: &[[i64; 2]], only: Only, apart: bool) -> Result<Vec<Placed>, Error> {
        let sql = if apart {
            "WITH cells AS MATERIALIZED (SELECT e.value AS environment, o.value AS outcome \
               FROM json_each('[0,1,2]') e, json_each('[0,1,2,3,4,5,6,7,8,9,10,11]') o \
               WHERE (?5 IS NULL OR e.value = ?5) AND (?6 IS NULL OR o.value = ?6) AND EXISTS (SELECT 1 \
                 FROM quarters q INDEXED BY quarters_by_outcome WHERE q.organization = ?1 \
                 AND q.environment = e.value AND q.outcome = o.value AND q.quarter >= ?2 AND q.quarter < ?3)) \
             SELECT group_concat((s.key * 4 + c.environment) * 16 + c.outcome), group_concat(ifnull( \
               (SELECT sum(q.count) FROM quarters q INDEXED BY quarters_by_outcome WHERE q.organization = ?1 \
                 AND q.environment = c.environment AND q.outcome = c.outcome \
                 AND q.quarter >= s.value ->> 0 AND q.quarter < s.value ->> 1), 0)) \
             FROM cells c CROSS JOIN json_each(?4) s"
        } else {
            "SELECT group_concat(s.key * 64), group_concat(ifnull((SELECT sum(q.count) FROM quarters q \
               WHERE q.organization = ?1 AND q.quarter >= s.value ->> 0 AND q.quarter < s.value ->> 1), 0)) \
             FROM json_each(?4) s WHERE ?2 <= ?3 AND ?5 IS NULL AND ?6 IS NULL"
        };
        let first = bounds.iter().map(|pair| pair[0]).min().unwrap_or_default();
        let end = bounds.iter().map(|pair| pair[1]).max().unwrap_or_default();
        let texts: Texts<2> = sqlx::query_as(sql)
            .bind(self.organization)
            .bind(first)
            .bind(end)
            .bind(serde_json::to_string(bounds).map_err(|error| Error::Internal(error.to_string()))?)
            .bind(only.environment)
            .bind(only.outcome)
            .fetch_one(&mut *self.connection)
            .await?;
        Ok(placed(&texts))
    }
}

/// The days or places of counts, and their cells.
fn placed(texts: &Texts<2>) -> Vec<Placed> {
    texts.numbers().map(|[place, count]| (place >> 6, (low(place >> 4, 4), low(place, 16)), count)).collect()
}
