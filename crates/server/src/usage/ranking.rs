//! Which keys were busiest: each key's counts in few rows, added up by SQLite, the largest chosen here.

use keydeck_domain::KeyId;
use sqlx::{AssertSqlSafe, Row};

use super::levels::KEYS;
use super::sums::{Only, Reading, numbers};
use crate::error::Error;

/// The keys that were used, the busiest first.
pub(super) struct Ranking {
    /// The first of them, by their numbers.
    pub(super) first: Vec<i64>,
    /// How many more there are.
    pub(super) others: usize,
}

/// A key as it is counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct NumberedKey {
    pub(super) id: KeyId,
    pub(super) environment: u8,
}

impl Reading<'_> {
    /// The busiest keys between the first edge and the last.
    pub(super) async fn busiest(&mut self, edges: &[i64], only: Only, top: usize) -> Result<Ranking, Error> {
        let mut totals: Vec<i64> = Vec::new();
        let spans: Vec<_> = self.marks.spans(KEYS, edges).into_iter().flat_map(|span| self.marks.widened(KEYS, span)).collect();
        for span in spans {
            let (table, period) = (span.table.name, span.table.period);
            let sql = if table == "key_hours" {
                // In the order of the table, so that nothing is sorted.
                "SELECT group_concat(key || ' ' || n, ' ') FROM (SELECT hour, key, sum(count) AS n FROM key_hours \
                 WHERE organization = ?1 AND hour >= ?2 AND hour < ?3 AND key > 0 AND (?4 IS NULL OR outcome = ?4) \
                 AND (?5 IS NULL OR key IN (SELECT id FROM keys WHERE organization = ?1 AND environment = ?5)) \
                 GROUP BY hour, key)"
                    .to_owned()
            } else {
                format!(
                    "SELECT group_concat(id || ' ' || n, ' ') FROM (SELECT k.id, (SELECT sum(d.count) FROM {table} d \
                     WHERE d.organization = ?1 AND d.key = k.id AND d.{period} >= ?2 AND d.{period} < ?3 \
                     AND (?4 IS NULL OR d.outcome = ?4)) AS n FROM keys k WHERE k.organization = ?1 AND k.id > 0 \
                     AND (?5 IS NULL OR k.environment = ?5)) WHERE n > 0"
                )
            };
            let text: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(self.organization)
                .bind(span.table.unit.next(span.from))
                .bind(span.table.unit.next(span.to))
                .bind(only.outcome)
                .bind(only.environment)
                .fetch_one(&mut *self.connection)
                .await?;
            for [key, count] in numbers(text.as_deref().unwrap_or_default()) {
                let place = usize::try_from(key).unwrap_or_default();
                if totals.len() <= place {
                    totals.resize(place + 1, 0);
                }
                totals[place] += count;
            }
        }
        let mut used: Vec<(i64, i64)> =
            (0_i64..).zip(totals).filter(|&(_, count)| count > 0).map(|(key, count)| (-count, key)).collect();
        let others = used.len().saturating_sub(top);
        if others > 0 {
            used.select_nth_unstable(top);
            used.truncate(top);
        }
        used.sort_unstable();
        Ok(Ranking { first: used.into_iter().map(|(_, key)| key).collect(), others })
    }

    /// The numbers of these keys; those that were never counted here have none.
    pub(super) async fn numbered(&mut self, keys: &[KeyId], environment: Option<u8>) -> Result<Vec<i64>, Error> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            let number: Option<i64> = sqlx::query_scalar(
                "SELECT id FROM keys WHERE organization = ?1 AND key_id = ?2 AND (?3 IS NULL OR environment = ?3)",
            )
            .bind(self.organization)
            .bind(key.0)
            .bind(environment)
            .fetch_optional(&mut *self.connection)
            .await?;
            found.extend(number);
        }
        Ok(found)
    }

    /// Which keys these numbers stand for.
    pub(super) async fn counted(&mut self, numbers: &[i64]) -> Result<Vec<(i64, NumberedKey)>, Error> {
        let mut keys = Vec::with_capacity(numbers.len());
        for &number in numbers {
            let row = sqlx::query("SELECT key_id, environment FROM keys WHERE id = ?1 AND organization = ?2")
                .bind(number)
                .bind(self.organization)
                .fetch_optional(&mut *self.connection)
                .await?;
            if let Some(row) = row {
                keys.push((number, NumberedKey { id: KeyId(row.try_get(0)?), environment: row.try_get(1)? }));
            }
        }
        Ok(keys)
    }
}
