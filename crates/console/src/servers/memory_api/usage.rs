//! What Memory API counts, as the window draws it: days of UTC, and sums by key and by route.

use async_trait::async_trait;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use keydeck_domain::api::Page;
use keydeck_domain::api::alerts::Alerts;
use keydeck_domain::api::audit::ExportFormat;
use keydeck_domain::api::usage::{
    Bounds, Group, GroupBy, KeyUsage, LastUse, Series, Sparkline, StaleKey, StaleQuery, Step, Usage, UsageQuery,
};
use keydeck_domain::{Environment, Key, KeyId, KeyStatus, OrganizationId, Outcome, SessionToken};
use reqwest::Method;

use super::MemoryApi;
use super::answers::KEY;
use crate::error::{Error, ErrorCode, Result};
use crate::servers::audit::Sink;
use crate::servers::foreign;
use crate::servers::http::{Proof, Request};
use crate::servers::loose::{self, Loose};
use crate::servers::unable;
use crate::servers::usage::Counted;

/// "`/v1/usage/history?days=` (90 at most)".
const DAYS_MAX: u64 = 90;

/// The figures of a day, or of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Calls {
    live: u64,
    test: u64,
    refused: u64,
}

impl Calls {
    fn plus(self, other: Self) -> Self {
        let add = |a: u64, b: u64| a.saturating_add(b);
        Self { live: add(self.live, other.live), test: add(self.test, other.test), refused: add(self.refused, other.refused) }
    }

    /// What a query wants of it, told apart as it wants.
    fn wanted(self, query: &UsageQuery) -> [(Part, u64); 3] {
        let in_environment = |one: Environment| query.environment.is_none_or(|wanted| wanted == one);
        let accepted = query.outcome.is_none_or(|wanted| wanted == Outcome::Accepted);
        let of = |count: u64, there: bool| if there { count } else { 0 };
        [
            (Part::Live, of(self.live, accepted && in_environment(Environment::Live))),
            (Part::Test, of(self.test, accepted && in_environment(Environment::Test))),
            (Part::Refused, of(self.refused, query.outcome.is_none() && query.environment.is_none())),
        ]
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Live,
    Test,
    Refused,
}

impl Part {
    fn group(self, by: Option<GroupBy>) -> Group {
        match (by, self) {
            (Some(GroupBy::Environment), Self::Live) => Group::Environment { environment: Environment::Live },
            (Some(GroupBy::Environment), Self::Test) => Group::Environment { environment: Environment::Test },
            (Some(GroupBy::Environment), Self::Refused) => Group::Unattributed,
            (Some(GroupBy::Outcome), Self::Live | Self::Test) => Group::Outcome { outcome: Outcome::Accepted },
            // It does not say why.
            (Some(GroupBy::Outcome), Self::Refused) => Group::Other,
            _ => Group::All,
        }
    }
}

/// `{"data":{"history":[{"date":…,"api_calls":…}]}}`, or the list by itself.
fn history(answer: &Loose) -> Result<Vec<(NaiveDate, Calls)>> {
    let mut inside = answer;
    for _ in 0..2 {
        if inside.list().is_none() {
            inside = inside.field(&["data", "history", "days", "items"]).unwrap_or(inside);
        }
    }
    let rows = inside.list().ok_or_else(bad)?;
    let count = |row: &Loose, names: &[&str]| row.field(names).and_then(Loose::count).unwrap_or_default();
    let mut days: Vec<(NaiveDate, Calls)> = rows
        .iter()
        .filter_map(|row| {
            let calls = Calls {
                live: count(row, &["apicalls", "calls", "requests", "count", "total"]),
                test: count(row, &["testapicalls", "testcalls"]),
                refused: count(row, &["refusedcalls", "failedcalls", "errors"]),
            };
            Some((row.field(&["date", "day"])?.day()?, calls))
        })
        .collect();
    days.sort_by_key(|(day, _)| *day);
    days.dedup_by_key(|(day, _)| *day);
    Ok(days)
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

fn next(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

/// Day by day, or month by month: narrower figures there are none of.
fn drawn(days: &[(NaiveDate, Calls)], query: &UsageQuery, now: DateTime<Utc>) -> Usage {
    let inside = |day: NaiveDate| midnight(next(day)) > query.from && midnight(day) < query.to;
    let mut steps: Vec<(NaiveDate, Calls)> = Vec::new();
    for (day, calls) in days.iter().filter(|(day, _)| inside(*day)) {
        let begins = if query.step == Step::Month { day.with_day(1).unwrap_or(*day) } else { *day };
        match steps.last_mut().filter(|(last, _)| *last == begins) {
            Some((_, sum)) => *sum = sum.plus(*calls),
            None => steps.push((begins, *calls)),
        }
    }
    let mut series: Vec<Series> = Vec::new();
    for (at, (_, calls)) in steps.iter().enumerate() {
        for (part, count) in calls.wanted(query) {
            let group = part.group(query.group);
            let known = series.iter().position(|one| one.group == group).unwrap_or_else(|| {
                series.push(Series { group, total: 0, values: vec![0; steps.len()] });
                series.len() - 1
            });
            let one = &mut series[known];
            one.values[at] = one.values[at].saturating_add(count);
            one.total = one.total.saturating_add(count);
        }
    }
    if query.group.is_some() {
        series.retain(|one| one.total > 0);
    } else if series.is_empty() {
        series.push(Series { group: Group::All, total: 0, values: Vec::new() });
    }
    let end = days.iter().rev().map(|(day, _)| *day).find(|day| inside(*day)).map_or(query.to, |day| midnight(next(day)));
    let first = days.iter().find(|(_, calls)| *calls != Calls::default()).map(|(day, _)| midnight(*day));
    finished(steps.into_iter().map(|(day, _)| midnight(day)).collect(), end, series, first, now)
}

/// Sums over the whole time alone: one wide step.
fn summed(named: Vec<(Group, u64)>, query: &UsageQuery, now: DateTime<Utc>) -> Usage {
    let from = midnight(query.from.date_naive());
    let mut series: Vec<Series> = named
        .into_iter()
        .filter(|(_, total)| *total > 0)
        .map(|(group, total)| Series { group, total, values: vec![total] })
        .collect();
    series.sort_by_key(|one| std::cmp::Reverse(one.total));
    let since = (!series.is_empty()).then_some(from);
    finished(vec![from], query.to.max(from + TimeDelta::seconds(1)), series, since, now)
}

fn finished(
    times: Vec<DateTime<Utc>>,
    end: DateTime<Utc>,
    series: Vec<Series>,
    since: Option<DateTime<Utc>>,
    as_of: DateTime<Utc>,
) -> Usage {
    let total = series.iter().fold(0_u64, |sum, one| sum.saturating_add(one.total));
    let others = u32::from(series.iter().any(|one| one.group == Group::Other));
    Usage { times, end, series, total, others, bounds: Bounds::UtcDays, as_of, since }
}

/// `{"data":{"by_key":[{"id":…,"calls":…}],"by_endpoint":{…}}}`.
fn by_key(answer: &Loose, keys: &[Key]) -> Vec<(Group, u64)> {
    let inside = answer.field(&["data"]).unwrap_or(answer);
    let rows = inside.field(&["bykey", "keys"]).and_then(Loose::list).unwrap_or_default();
    let one = |row: &Loose| {
        let id = KeyId(foreign::id(KEY, row.field(&["id", "keyid"])?.text()?));
        let calls = row.field(&["calls", "apicalls", "requests", "count"])?.count()?;
        let known = keys.iter().find(|key| key.id == id);
        let named = || foreign::printable(row.field(&["name"])?.text()?).ok();
        let told = row.field(&["environment"]).and_then(Loose::text).and_then(|word| word.parse().ok());
        let group = Group::Key {
            id,
            name: known.map(|key| key.name.clone()).or_else(named),
            environment: known.map(|key| key.environment).or(told).unwrap_or(Environment::Live),
            revoked: row.field(&["isrevoked", "revoked"]).and_then(Loose::yes).unwrap_or(known.is_none()),
        };
        Some((group, calls))
    };
    rows.iter().filter_map(one).collect()
}

fn by_route(answer: &Loose) -> Vec<(Group, u64)> {
    let inside = answer.field(&["data"]).unwrap_or(answer);
    let fields = inside.field(&["byendpoint", "byroute", "endpoints"]).map(Loose::fields).unwrap_or_default();
    let one = |(name, count): &(String, Loose)| {
        let route = foreign::printable(name).ok()?;
        Some((Group::Route { route: Some(route.as_str().to_owned()) }, count.count()?))
    };
    fields.iter().filter_map(one).collect()
}

/// How many days back something began, today with them.
fn days_back(from: DateTime<Utc>, now: DateTime<Utc>) -> u64 {
    let days = (now.date_naive() - from.date_naive()).num_days().saturating_add(1);
    u64::try_from(days).unwrap_or(1).clamp(1, DAYS_MAX)
}

/// Keys that work and were not used for so long.
fn sleeping(keys: &[Key], days: u32, now: DateTime<Utc>) -> Vec<StaleKey> {
    let before = now - TimeDelta::days(i64::from(days));
    let sleeps = |key: &&Key| {
        let active = matches!(key.status, KeyStatus::Active | KeyStatus::Disabled);
        active && key.created_at < before && key.last_used_at.is_none_or(|at| at < before)
    };
    let mut stale: Vec<StaleKey> = keys
        .iter()
        .filter(sleeps)
        .map(|key| StaleKey {
            key: key.id,
            name: key.name.clone(),
            environment: key.environment,
            created_at: key.created_at,
            last_used_at: key.last_used_at,
        })
        .collect();
    stale.sort_by_key(|key| key.last_used_at);
    stale
}

fn bad() -> Error {
    Error::new(ErrorCode::BadAnswer, "The server's answer is not in the form that was expected.")
}

impl MemoryApi {
    async fn told(&self, token: &SessionToken, path: &str, days: u64) -> Result<Loose> {
        let request = Request::new(Method::GET, path).proof(Proof::Session(token)).query("days", days.to_string());
        Ok(loose::read(&self.ask(request).await?)?)
    }
}

#[async_trait]
impl Counted for MemoryApi {
    async fn usage(&self, token: &SessionToken, organization: OrganizationId, query: &UsageQuery) -> Result<Usage> {
        let now = Utc::now();
        if query.to <= query.from || query.from > now + TimeDelta::days(1) {
            return Err(Error::new(ErrorCode::Invalid, "The end must come after the beginning."));
        }
        if query.outcome.is_some_and(|outcome| outcome != Outcome::Accepted) {
            return Err(unable("Memory API does not tell why a key was refused."));
        }
        let days = days_back(query.from, now);
        if matches!(query.group, Some(GroupBy::Key | GroupBy::Route)) || query.keys.is_some() {
            let answer = self.told(token, "/v1/usage/breakdown", days).await?;
            if query.group == Some(GroupBy::Route) {
                return Ok(summed(by_route(&answer), query, now));
            }
            let wanted: Option<Vec<KeyId>> =
                query.keys.as_ref().map(|keys| keys.split(',').filter_map(|id| id.trim().parse().ok()).collect());
            let is_wanted = |group: &Group| match group {
                Group::Key { id, environment, .. } => {
                    wanted.as_ref().is_none_or(|wanted| wanted.contains(id))
                        && query.environment.is_none_or(|one| one == *environment)
                }
                _ => false,
            };
            let mut named = by_key(&answer, &self.keys(token, organization).await?);
            named.retain(|(group, _)| is_wanted(group));
            return Ok(summed(named, query, now));
        }
        Ok(drawn(&history(&self.told(token, "/v1/usage/history", days).await?)?, query, now))
    }

    /// Its sum and its last use: hours are not told.
    async fn key_usage(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<KeyUsage> {
        let keys = self.keys(token, organization).await?;
        let answer = self.told(token, "/v1/usage/breakdown", DAYS_MAX).await?;
        let total = by_key(&answer, &keys).into_iter().find(|(group, _)| matches!(group, Group::Key { id, .. } if *id == key));
        let last = keys.iter().find(|one| one.id == key).and_then(|one| one.last_used_at);
        Ok(KeyUsage {
            last: last.map(|at| LastUse { at, address: None, user_agent: None }),
            hours: Vec::new(),
            refused_hours: Vec::new(),
            total: total.map_or(0, |(_, total)| total),
            scopes: Vec::new(),
        })
    }

    /// Hours are not told.
    async fn sparklines(&self, _token: &SessionToken, _organization: OrganizationId, _keys: &[KeyId]) -> Result<Vec<Sparkline>> {
        Ok(Vec::new())
    }

    async fn stale(&self, token: &SessionToken, organization: OrganizationId, query: &StaleQuery) -> Result<Page<StaleKey>> {
        let items = sleeping(&self.keys(token, organization).await?, query.days, Utc::now());
        let total = u32::try_from(items.len()).unwrap_or(u32::MAX);
        Ok(Page { items, next: None, total })
    }

    async fn export(
        &self,
        token: &SessionToken,
        _organization: OrganizationId,
        query: &UsageQuery,
        format: ExportFormat,
        into: &mut dyn Sink,
    ) -> Result<()> {
        let (word, media_type) = match format {
            ExportFormat::Csv => ("csv", "text/csv"),
            ExportFormat::Json => ("json", "application/json"),
        };
        let request = Request::new(Method::GET, "/v1/usage/export")
            .proof(Proof::Session(token))
            .query("days", days_back(query.from, Utc::now()).to_string())
            .query("format", word);
        Ok(self.http.stream(request, media_type, into).await?)
    }

    /// It notices nothing by itself.
    async fn alerts(&self, _token: &SessionToken, _organization: OrganizationId, after: Option<u64>) -> Result<Alerts> {
        Ok(Alerts { items: Vec::new(), newest: after.unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests;
