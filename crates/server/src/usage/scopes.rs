//! The scopes' totals of writers that are gone, put together under writer 0: each start of the server is a
//! writer of its own, and their rows would grow with every start.

use super::Usage;
use super::ids::json;
use crate::error::Error;
use crate::store::Store;

/// Keys of one batch: other writers wait for so long.
const KEYS: i64 = 500;

impl Usage {
    /// Puts them together, once for each writer.
    pub(super) async fn join_scopes(&self) -> Result<(), Error> {
        let mut joined = self.scopes_joined.lock().await;
        let writer = self.flusher.lock().await.boot;
        if *joined == Some(writer) {
            return Ok(());
        }
        let store = self.store()?;
        let mut after = 0;
        while let Some(last) = self.join_scopes_after(store, after).await? {
            after = last;
        }
        // Not who writes by now: where that is another, this is to be done again.
        *joined = Some(writer);
        Ok(())
    }

    /// One batch of keys; gives the last of them, and none where none is left.
    async fn join_scopes_after(&self, store: &Store, after: i64) -> Result<Option<i64>, Error> {
        // The flush waits: who writes now must be known, because his totals are absolute and set again.
        let flusher = self.flusher.lock().await;
        let mut writing = store.write().await?;
        let current: Option<i64> =
            sqlx::query_scalar("SELECT id FROM writers WHERE boot = ?").bind(flusher.boot).fetch_optional(&mut *writing).await?;
        // No writer has this number.
        let current = current.unwrap_or(-1);
        let keys = sqlx::query_scalar(
            "SELECT DISTINCT key FROM key_scopes WHERE key > ?1 AND writer NOT IN (0, ?2) ORDER BY key LIMIT ?3",
        );
        let keys: Vec<i64> = keys.bind(after).bind(current).bind(KEYS).fetch_all(&mut *writing).await?;
        let Some(last) = keys.last().copied() else { return Ok(None) };
        let keys = json(&keys);
        sqlx::query(
            "INSERT INTO key_scopes (key, scope, writer, count, last_at) \
             SELECT key, scope, 0, sum(count), max(last_at) FROM key_scopes \
             WHERE key IN (SELECT value FROM json_each(?1)) AND writer <> ?2 GROUP BY key, scope \
             ON CONFLICT (key, scope, writer) DO UPDATE SET count = excluded.count, last_at = excluded.last_at",
        )
        .bind(&keys)
        .bind(current)
        .execute(&mut *writing)
        .await?;
        sqlx::query("DELETE FROM key_scopes WHERE key IN (SELECT value FROM json_each(?1)) AND writer NOT IN (0, ?2)")
            .bind(&keys)
            .bind(current)
            .execute(&mut *writing)
            .await?;
        drop(writing.commit().await?);
        Ok(Some(last))
    }
}
