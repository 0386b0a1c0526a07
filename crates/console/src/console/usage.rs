//! Usage: what is drawn, how one key is used, which keys could go.

use chrono::{DateTime, Months, TimeDelta, Utc};
use keydeck_domain::api::usage::{GroupBy, KeyUsage, Sparkline, StaleQuery, Step, Usage, UsageQuery};
use keydeck_domain::{KeyId, OrganizationId};

use super::Console;
use super::state::internal;
use crate::chart::{self, Layout};
use crate::connection::ConnectionId;
use crate::error::{ErrorCode, Result};
use crate::keys::KeyRef;
use crate::usage::{Chart, Shadow, StalePage};

impl Console {
    /// What is drawn: reduced to what `width` points across can show, with the period before where that is
    /// wanted.
    ///
    /// # Errors
    /// [`ErrorCode::Incompatible`] where the server does not count, [`ErrorCode::Invalid`] for a query that
    /// it can't answer, and those of the network.
    pub async fn usage(
        &self,
        id: ConnectionId,
        organization: OrganizationId,
        query: UsageQuery,
        width: u32,
        before: bool,
    ) -> Result<Chart> {
        let usage = self.figures(id, organization, &query).await?;
        let before = if before { self.before(id, organization, &query, &usage).await? } else { None };
        let layout = if query.group == Some(GroupBy::Key) { Layout::OverEachOther } else { Layout::Stacked };
        // A million figures take long enough to hold up what else is waiting.
        tokio::task::spawn_blocking(move || chart::draw(usage, before, width, layout)).await.map_err(internal)?
    }

    async fn figures(&self, id: ConnectionId, organization: OrganizationId, query: &UsageQuery) -> Result<Usage> {
        self.in_organization(id, organization, |session| async move {
            session.server.counted()?.usage(&session.token, organization, query).await
        })
        .await
    }

    /// The period of as many steps before; `None` where nothing is known of it.
    async fn before(
        &self,
        id: ConnectionId,
        organization: OrganizationId,
        query: &UsageQuery,
        usage: &Usage,
    ) -> Result<Option<Shadow>> {
        let Some(earlier) = earlier(query, usage) else { return Ok(None) };
        match self.figures(id, organization, &earlier).await {
            Ok(answer) => Ok(Some(shadow(&answer, usage.times.len()))),
            // So far back there are no steps that narrow.
            Err(error) if error.code == ErrorCode::Invalid => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How one key is used.
    ///
    /// # Errors
    /// As [`Console::usage`].
    pub async fn key_usage(&self, key: KeyRef) -> Result<KeyUsage> {
        self.in_organization(key.connection, key.organization, |session| async move {
            session.server.counted()?.key_usage(&session.token, key.organization, key.key).await
        })
        .await
    }

    /// The last 24 hours of these keys; a key that was not used is left out.
    ///
    /// # Errors
    /// As [`Console::usage`].
    pub async fn sparklines(&self, id: ConnectionId, organization: OrganizationId, keys: Vec<KeyId>) -> Result<Vec<Sparkline>> {
        let keys = keys.as_slice();
        self.in_organization(id, organization, |session| async move {
            session.server.counted()?.sparklines(&session.token, organization, keys).await
        })
        .await
    }

    /// A page of keys that could go.
    ///
    /// # Errors
    /// As [`Console::usage`].
    pub async fn stale_keys(&self, id: ConnectionId, organization: OrganizationId, query: StaleQuery) -> Result<StalePage> {
        let query = &query;
        let page = self
            .in_organization(id, organization, |session| async move {
                session.server.counted()?.stale(&session.token, organization, query).await
            })
            .await?;
        Ok(StalePage { items: page.items, next: page.next, total: page.total })
    }
}

/// The query for as many steps right before these; `None` where nothing was counted then.
fn earlier(query: &UsageQuery, usage: &Usage) -> Option<UsageQuery> {
    let first = *usage.times.first()?;
    usage.since.filter(|since| *since < first)?;
    let from = steps_before(first, query.step, u32::try_from(usage.times.len()).ok()?)?;
    Some(UsageQuery { from, to: first, group: None, top: None, ..query.clone() })
}

/// A time within the step that begins so many steps earlier; the server goes back to its beginning. Counted
/// from the middle of a step, so that neither a day of 23 hours nor a short month leads into another one.
fn steps_before(first: DateTime<Utc>, step: Step, steps: u32) -> Option<DateTime<Utc>> {
    let back = |minutes: i32| {
        let middle = first.checked_add_signed(TimeDelta::seconds(i64::from(minutes) * 30))?;
        middle.checked_sub_signed(TimeDelta::minutes(i64::from(minutes).checked_mul(i64::from(steps))?))
    };
    match step {
        Step::Minute => back(1),
        Step::Quarter => back(15),
        Step::Hour => back(60),
        Step::Day => back(24 * 60),
        Step::Month => first.checked_add_signed(TimeDelta::days(14))?.checked_sub_months(Months::new(steps)),
    }
}

/// All series together, as many steps as are drawn. Where clocks were changed by half an hour in between, the
/// number of hours can differ: the last ones count.
fn shadow(answer: &Usage, steps: usize) -> Shadow {
    let mut sums = vec![0_u64; answer.times.len()];
    for series in &answer.series {
        for (sum, value) in sums.iter_mut().zip(&series.values) {
            *sum = sum.saturating_add(*value);
        }
    }
    let missing = steps.saturating_sub(sums.len());
    let values: Vec<u64> =
        std::iter::repeat_n(0, missing).chain(sums.iter().copied().skip(sums.len().saturating_sub(steps))).collect();
    Shadow { total: values.iter().fold(0, |sum, value| sum.saturating_add(*value)), values }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_step_before_is_the_right_one_also_where_clocks_change() {
        let check = |first: &str, step, steps, after: &str, until: &str| {
            let from = steps_before(time(first), step, steps).unwrap();
            assert!(time(after) <= from && from < time(until), "{first} {step:?} {steps}: {from}");
        };
        check("2026-11-22T09:15:00Z", Step::Quarter, 4, "2026-11-22T08:15:00Z", "2026-11-22T08:30:00Z");
        check("2026-11-22T09:00:00Z", Step::Minute, 60, "2026-11-22T08:00:00Z", "2026-11-22T08:01:00Z");
        check("2026-11-22T09:00:00Z", Step::Hour, 24, "2026-11-21T09:00:00Z", "2026-11-21T10:00:00Z");
        // Days of Berlin: the clocks went back on 25 October 2026, and forth on 29 March.
        check("2026-10-26T23:00:00Z", Step::Day, 7, "2026-10-19T22:00:00Z", "2026-10-20T22:00:00Z");
        check("2026-03-30T22:00:00Z", Step::Day, 7, "2026-03-23T23:00:00Z", "2026-03-24T23:00:00Z");
        // Months of Kathmandu, 5:45 before Greenwich, and of Honolulu, 10 hours behind.
        check("2026-02-28T18:15:00Z", Step::Month, 1, "2026-01-31T18:15:00Z", "2026-02-28T18:15:00Z");
        check("2026-03-01T10:00:00Z", Step::Month, 12, "2025-03-01T10:00:00Z", "2025-04-01T10:00:00Z");
    }
}
