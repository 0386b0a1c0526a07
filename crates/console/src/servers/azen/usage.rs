//! Figures at `GET /api/v1/usage`, of an organization as a whole. The document gives no shape; `range`, `labels`, `series`
//! and `summary` are its names, the rest is ours.
//!
//! Azen: "Usage tracking is aggregated by organization".

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use keydeck_domain::api::Page;
use keydeck_domain::api::alerts::Alerts;
use keydeck_domain::api::audit::ExportFormat;
use keydeck_domain::api::usage::{Bounds, Group, GroupBy, KeyUsage, Series, Sparkline, StaleKey, StaleQuery, Usage, UsageQuery};
use keydeck_domain::{Key, KeyId, KeyStatus, OrganizationId, Outcome, SessionToken};
use serde_json::Value;

use super::Azen;
use crate::error::Result;
use crate::servers::audit::Sink;
use crate::servers::better_auth::caller::Call;
use crate::servers::better_auth::fields::objects;
use crate::servers::usage::Counted;
use crate::servers::{KeyServer, unable};

/// Most steps that are read.
const STEPS_MAX: usize = 10_000;

#[async_trait]
impl Counted for Azen {
    async fn usage(&self, token: &SessionToken, organization: OrganizationId, query: &UsageQuery) -> Result<Usage> {
        if matches!(query.group, Some(GroupBy::Key | GroupBy::Route | GroupBy::Environment)) || query.keys.is_some() {
            return Err(unable("Azen counts by organization, not key by key."));
        }
        let range = range(query.to - query.from);
        let call = || Call::get("/api/v1/usage").query("range", range);
        let said: Value = self.ask(token, organization, call).await?.json()?;
        Ok(read(said, query))
    }

    async fn key_usage(&self, _token: &SessionToken, _organization: OrganizationId, _key: KeyId) -> Result<KeyUsage> {
        Err(unable("Azen counts by organization, not key by key. When a key was last used stands in its row."))
    }

    async fn sparklines(&self, _token: &SessionToken, _organization: OrganizationId, _keys: &[KeyId]) -> Result<Vec<Sparkline>> {
        Ok(Vec::new())
    }

    async fn stale(&self, token: &SessionToken, organization: OrganizationId, query: &StaleQuery) -> Result<Page<StaleKey>> {
        let page = self.list(token, organization, &Default::default()).await?;
        Ok(asleep(page.items, query, Utc::now()))
    }

    async fn export(
        &self,
        _token: &SessionToken,
        _organization: OrganizationId,
        _query: &UsageQuery,
        _format: ExportFormat,
        _into: &mut dyn Sink,
    ) -> Result<()> {
        Err(unable("Azen has no export of its figures."))
    }

    async fn alerts(&self, _token: &SessionToken, _organization: OrganizationId, _after: Option<u64>) -> Result<Alerts> {
        Ok(Alerts { items: Vec::new(), newest: 0 })
    }
}

/// The range that covers so much time.
fn range(asked: TimeDelta) -> &'static str {
    let hours = asked.num_hours();
    if hours <= 25 {
        "24h"
    } else if hours <= 170 {
        "7d"
    } else {
        "30d"
    }
}

/// Reads the figures; what is missing counts as nothing.
fn read(said: Value, query: &UsageQuery) -> Usage {
    let labels = said.get("labels").and_then(Value::as_array).into_iter().flatten().take(STEPS_MAX);
    let at = |label: &Value| DateTime::parse_from_rfc3339(label.as_str()?).ok().map(|at| at.with_timezone(&Utc));
    let times: Vec<DateTime<Utc>> = labels.map_while(at).collect();
    let step = match times.as_slice() {
        [first, second, ..] => *second - *first,
        _ => TimeDelta::hours(1),
    };
    let listed = objects(said, &["series"]).into_iter().take(100);
    let counted: Vec<(Option<Outcome>, Vec<u64>)> = listed
        .map(|series| {
            let outcome = series.get("name").and_then(|name| serde_json::from_value(name.clone()).ok());
            let data = series.get("data").and_then(Value::as_array).into_iter().flatten();
            let mut values: Vec<u64> = data.map(|value| value.as_u64().unwrap_or(0)).take(times.len()).collect();
            values.resize(times.len(), 0);
            (outcome, values)
        })
        .filter(|(outcome, _)| query.outcome.is_none() || query.outcome == *outcome)
        .collect();
    let sum = |values: &[u64]| values.iter().fold(0_u64, |sum, value| sum.saturating_add(*value));
    let mut series: Vec<Series> = if query.group == Some(GroupBy::Outcome) {
        let group = |outcome: Option<Outcome>| outcome.map_or(Group::Other, |outcome| Group::Outcome { outcome });
        counted.into_iter().map(|(outcome, values)| Series { group: group(outcome), total: sum(&values), values }).collect()
    } else {
        let mut all = vec![0_u64; times.len()];
        for (_, values) in &counted {
            for (all, value) in all.iter_mut().zip(values) {
                *all = all.saturating_add(*value);
            }
        }
        vec![Series { group: Group::All, total: sum(&all), values: all }]
    };
    series.sort_by_key(|series| std::cmp::Reverse(series.total));
    let total = series.iter().fold(0_u64, |total, series| total.saturating_add(series.total));
    let end = times.last().and_then(|last| last.checked_add_signed(step)).unwrap_or(query.to);
    Usage { end, series, total, others: 0, bounds: Bounds::UtcDays, as_of: Utc::now(), since: times.first().copied(), times }
}

/// Keys that work and were not used for so long.
fn asleep(keys: Vec<Key>, query: &StaleQuery, now: DateTime<Utc>) -> Page<StaleKey> {
    let before = now - TimeDelta::days(i64::from(query.days));
    let mut stale: Vec<Key> = keys
        .into_iter()
        .filter(|key| matches!(key.status, KeyStatus::Active | KeyStatus::Disabled))
        .filter(|key| key.created_at < before && key.last_used_at.is_none_or(|used| used < before))
        .collect();
    stale.sort_by_key(|key| (key.last_used_at, key.id));
    let total = u32::try_from(stale.len()).unwrap_or(u32::MAX);
    let from = query.cursor.as_deref().and_then(|cursor| cursor.parse().ok()).unwrap_or(0).min(stale.len());
    let to = (from + query.limit.unwrap_or(50) as usize).min(stale.len());
    let items = stale[from..to].iter().map(|key| StaleKey {
        key: key.id,
        name: key.name.clone(),
        environment: key.environment,
        created_at: key.created_at,
        last_used_at: key.last_used_at,
    });
    Page { items: items.collect(), next: (to < stale.len()).then(|| to.to_string()), total }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keydeck_domain::api::usage::Step;
    use proptest::prelude::*;
    use serde_json::json;

    fn query(group: Option<GroupBy>) -> UsageQuery {
        let to = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        let from = DateTime::UNIX_EPOCH;
        UsageQuery { from, to, step: Step::Hour, zone: None, group, keys: None, environment: None, outcome: None, top: None }
    }

    #[test]
    fn figures_are_read() {
        let said = json!({
            "range": "24h", "labels": ["2026-11-22T12:00:00Z", "2026-11-22T13:00:00Z"],
            "series": [{ "name": "accepted", "total": 5, "data": [2, 3] }, { "name": "rate_limited", "data": [1] }],
            "summary": { "total": 6 },
        });
        let by_outcome = read(said.clone(), &query(Some(GroupBy::Outcome)));
        assert_eq!((by_outcome.total, by_outcome.series.len(), by_outcome.series[1].values.clone()), (6, 2, vec![1, 0]));
        let all = read(said, &query(None));
        assert_eq!(all.series[0].values, [3, 3]);
        assert_eq!(all.end.to_rfc3339(), "2026-11-22T14:00:00+00:00");
    }

    proptest! {
        #[test]
        fn any_figures_are_read(labels in proptest::collection::vec("20[0-9]{2}-01-01T00:00:00Z|\\PC{0,12}|[+-]26214[0-9]-12-31T23:59:59Z", 0..6), data in proptest::collection::vec(any::<u64>(), 0..6), name in "accepted|\\PC{0,6}") {
            let said = json!({ "labels": labels, "series": [{ "name": name, "data": data }, 1, { "data": { } }] });
            for group in [None, Some(GroupBy::Outcome)] {
                let read = read(said.clone(), &query(group));
                prop_assert!(read.series.iter().all(|series| series.values.len() == read.times.len()));
            }
        }
    }
}
