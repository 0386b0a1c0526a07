//! Which keys were busiest: each key's counts in few rows, added up by SQLite, the largest chosen here.

use keydeck_domain::KeyId;
use sqlx::{AssertSqlSafe, Row};

use super::levels::KEYS;
use super::sums::{Only, Reading, Texts};
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
            let (first, end) = (span.table.unit.next(span.from), span.table.unit.next(span.to));
            let sql = if table == "key_hours" {
                // Each row as it is: to add them up here takes less time than to sort them there.
                "SELECT group_concat(key), group_concat(count) FROM key_hours \
                 WHERE organization = ?1 AND hour >= ?2 AND hour < ?3 AND key > 0 AND (?4 IS NULL OR outcome = ?4) \
                 AND (?5 IS NULL OR key IN (SELECT id FROM keys WHERE organization = ?1 AND environment = ?5))"
                    .to_owned()
            } else {
                // In a list of its own, because SQLite would look a sum up as often as it is named.
                format!(
                    "SELECT group_concat(id), group_concat(ifnull(n, 0)) FROM (SELECT k.id, (SELECT sum(d.count) FROM {table} d \
                     WHERE d.organization = ?1 AND d.key = k.id AND d.{period} >= ?2 AND d.{period} < ?3 \
                     AND (?4 IS NULL OR d.outcome = ?4)) AS n FROM keys k WHERE k.organization = ?1 AND k.id > 0 \
                     AND (?5 IS NULL OR k.environment = ?5) LIMIT -1)"
                )
            };
            let texts: Texts<2> = sqlx::query_as(AssertSqlSafe(sql))
                .bind(self.organization)
                .bind(first)
                .bind(end)
                .bind(only.outcome)
                .bind(only.environment)
                .fetch_one(&mut *self.connection)
                .await?;
            for [key, count] in texts.numbers() {
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
        let ids: Vec<String> = keys.iter().map(|key| hex::encode(key.as_bytes())).collect();
        let texts: Texts<1> = sqlx::query_as(
            "SELECT group_concat(k.id) FROM json_each(?2) j CROSS JOIN keys k \
             ON k.organization = ?1 AND k.key_id = unhex(j.value) WHERE ?3 IS NULL OR k.environment = ?3",
        )
        .bind(self.organization)
        .bind(serde_json::to_string(&ids).map_err(|error| Error::Internal(error.to_string()))?)
        .bind(environment)
        .fetch_one(&mut *self.connection)
        .await?;
        Ok(texts.numbers().map(|[number]| number).collect())
    }

    /// Which keys these numbers stand for.
    pub(super) async fn counted(&mut self, numbers: &[i64]) -> Result<Vec<(i64, NumberedKey)>, Error> {
        let rows = sqlx::query(
            "SELECT k.id, k.key_id, k.environment FROM json_each(?2) j CROSS JOIN keys k ON k.id = j.value \
             WHERE k.organization = ?1",
        )
        .bind(self.organization)
        .bind(serde_json::to_string(numbers).map_err(|error| Error::Internal(error.to_string()))?)
        .fetch_all(&mut *self.connection)
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, NumberedKey { id: KeyId(row.try_get(1)?), environment: row.try_get(2)? })))
            .collect()
    }
}
