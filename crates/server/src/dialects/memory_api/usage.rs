//! `/usage…`: the server's own counts, in this contract's words. "`mem_live_...` - Production keys (counts against
//! billing)", "`mem_test_...` - Sandbox keys (free, for testing)": so `api_calls` are those that a live key was accepted
//! for, and those of test keys stand beside them. The document gives no shapes: ours.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use keydeck_domain::api::audit::ExportFormat;
use keydeck_domain::api::usage::{Group, GroupBy, Step, Usage, UsageQuery};
use keydeck_domain::{Environment, OrganizationId, Outcome};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::api_keys::id_on_the_wire;
use super::caller::{Caller, judged};
use super::envelope::{Refusal, success};
use crate::error::Error;
use crate::server::Server;
use crate::times;

/// Days of history unless told.
const DAYS: u32 = 30;
/// Most days of history.
const DAYS_MAX: u32 = 90;

#[derive(Deserialize)]
struct DaysQuery {
    days: Option<u32>,
}

#[derive(Deserialize)]
struct ExportQuery {
    days: Option<u32>,
    format: Option<ExportFormat>,
}

fn checked(days: Option<u32>) -> Result<u32, Refusal> {
    let days = days.unwrap_or(DAYS);
    if (1..=DAYS_MAX).contains(&days) {
        Ok(days)
    } else {
        Err(Refusal::invalid(Some("days"), &format!("`days` is 1 to {DAYS_MAX}")))
    }
}

/// One day's calls, or one month's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Calls {
    /// Of live keys, accepted: what counts against billing.
    api_calls: u64,
    /// Of test keys, accepted: free.
    test_api_calls: u64,
    /// Of keys that are known, and were refused: free.
    refused_calls: u64,
}

impl Calls {
    fn add(&mut self, other: Self) {
        self.api_calls += other.api_calls;
        self.test_api_calls += other.test_api_calls;
        self.refused_calls += other.refused_calls;
    }
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

fn query(from: NaiveDate, now: DateTime<Utc>, step: Step, group: GroupBy, outcome: Option<Outcome>) -> UsageQuery {
    // At midnight the day that begins counts as well: a range is never empty.
    let to = now.max(midnight(from) + TimeDelta::seconds(1));
    let from = midnight(from);
    UsageQuery { from, to, step, zone: None, group: Some(group), keys: None, environment: None, outcome, top: Some(1_000) }
}

/// Calls day by day, from one day to today, and up to when they are counted.
async fn by_day(
    server: &Server,
    organization: OrganizationId,
    from: NaiveDate,
    now: DateTime<Utc>,
) -> Result<(Vec<(NaiveDate, Calls)>, Usage), Error> {
    let accepted = query(from, now, Step::Day, GroupBy::Environment, Some(Outcome::Accepted));
    let accepted = server.figures(organization, &accepted).await?;
    let all = server.figures(organization, &query(from, now, Step::Day, GroupBy::Environment, None)).await?;
    let at = |figures: &Usage, environment: Environment, day: usize| {
        let wanted = Group::Environment { environment };
        figures.series.iter().find(|series| series.group == wanted).map_or(0, |series| series.values[day])
    };
    let calls = |day: usize| {
        let (live, test) = (at(&accepted, Environment::Live, day), at(&accepted, Environment::Test, day));
        let known = at(&all, Environment::Live, day) + at(&all, Environment::Test, day);
        // The two were read one after the other: what was counted in between is in the second alone.
        Calls { api_calls: live, test_api_calls: test, refused_calls: known.saturating_sub(live + test) }
    };
    let days = all.times.iter().take(accepted.times.len()).enumerate().map(|(day, at)| (at.date_naive(), calls(day))).collect();
    Ok((days, all))
}

fn together(days: &[(NaiveDate, Calls)]) -> Calls {
    days.iter().fold(Calls::default(), |mut sum, (_, calls)| {
        sum.add(*calls);
        sum
    })
}

/// This month, in UTC.
pub(super) async fn current(State(server): State<Server>, request: Request) -> Response {
    judged(server, request, "GET:/v1/usage", &["read"], async |caller: Caller| {
        let now = times::now();
        let month = first_of(now.date_naive());
        let (days, figures) = by_day(&caller.server, caller.entry.key.organization_id, month, now).await?;
        let limits = caller
            .limits
            .as_ref()
            .map(|state| json!({ "policy": state.policy, "limit": state.limit, "remaining": state.remaining }));
        let mut current = json!(together(&days));
        if let Some(fields) = current.as_object_mut() {
            fields.insert("period".to_owned(), json!(period(month)));
        }
        let data = json!({ "current": current, "limits": limits, "as_of": figures.as_of, "counted_since": figures.since });
        Ok(success(StatusCode::OK, data))
    })
    .await
}

/// Day by day, in UTC.
pub(super) async fn history(State(server): State<Server>, request: Request) -> Response {
    judged(server, request, "GET:/v1/usage/history", &["read"], async |caller: Caller| {
        let DaysQuery { days } = caller.query()?;
        let (days, figures) = last(&caller.server, caller.entry.key.organization_id, checked(days)?).await?;
        let history: Vec<Value> = days.iter().map(|day| told(*day)).collect();
        let ends = |day: Option<&(NaiveDate, Calls)>| day.map(|(day, _)| day.to_string());
        let data = json!({
            "period_start": ends(days.first()),
            "period_end": ends(days.last()),
            "history": history,
            "as_of": figures.as_of,
        });
        Ok(success(StatusCode::OK, data))
    })
    .await
}

async fn last(server: &Server, organization: OrganizationId, days: u32) -> Result<(Vec<(NaiveDate, Calls)>, Usage), Error> {
    let now = times::now();
    let from = now.date_naive().checked_sub_days(Days::new((days - 1).into())).unwrap_or_default();
    by_day(server, organization, from, now).await
}

fn told((day, calls): (NaiveDate, Calls)) -> Value {
    let mut row = json!(calls);
    if let Some(fields) = row.as_object_mut() {
        fields.insert("date".to_owned(), json!(day.to_string()));
    }
    row
}

/// By key, by how it ended, and by route. Here a call is every verification, also one that was refused.
pub(super) async fn breakdown(State(server): State<Server>, request: Request) -> Response {
    judged(server, request, "GET:/v1/usage/breakdown", &["read"], async |caller: Caller| {
        let DaysQuery { days } = caller.query()?;
        let days = checked(days)?;
        let now = times::now();
        let from = now.date_naive().checked_sub_days(Days::new((days - 1).into())).unwrap_or_default();
        let organization = caller.entry.key.organization_id;
        let figures = async |group| caller.server.figures(organization, &query(from, now, Step::Day, group, None)).await;
        let keys = figures(GroupBy::Key).await?;
        let by_key: Vec<Value> = keys
            .series
            .iter()
            .filter_map(|series| match &series.group {
                Group::Key { id, name, environment, revoked } => Some(json!({
                    "id": id_on_the_wire(*id), "name": name, "environment": environment, "is_revoked": revoked,
                    "calls": series.total,
                })),
                _ => None,
            })
            .collect();
        let named = |figures: &Usage, name: fn(&Group) -> Option<Value>| -> Map<String, Value> {
            figures
                .series
                .iter()
                .filter_map(|series| match name(&series.group) {
                    Some(Value::String(word)) => Some((word, json!(series.total))),
                    _ => None,
                })
                .collect()
        };
        let environments = named(&figures(GroupBy::Environment).await?, |group| match group {
            Group::Environment { environment } => Some(json!(environment)),
            _ => None,
        });
        let outcomes = named(&figures(GroupBy::Outcome).await?, |group| match group {
            Group::Outcome { outcome } => Some(json!(outcome)),
            _ => None,
        });
        let routes = named(&figures(GroupBy::Route).await?, |group| match group {
            Group::Route { route } => Some(json!(route.as_deref().unwrap_or("unnamed"))),
            _ => None,
        });
        let data = json!({
            "days": days,
            "by_key": by_key,
            "by_environment": environments,
            "by_outcome": outcomes,
            "by_endpoint": routes,
            "as_of": keys.as_of,
        });
        Ok(success(StatusCode::OK, data))
    })
    .await
}

/// What this month will be if it goes on so.
pub(super) async fn projection(State(server): State<Server>, request: Request) -> Response {
    judged(server, request, "GET:/v1/usage/projection", &["read"], async |caller: Caller| {
        let now = times::now();
        let month = first_of(now.date_naive());
        let (days, figures) = by_day(&caller.server, caller.entry.key.organization_id, month, now).await?;
        let calls = together(&days);
        let (elapsed, of) = (u64::from(now.day()), days_of(month));
        let data = json!({
            "period": period(month),
            "days_elapsed": elapsed,
            "days_remaining": of - elapsed,
            "current": { "api_calls": calls.api_calls },
            "projected": { "api_calls": projected(calls.api_calls, elapsed, of) },
            "as_of": figures.as_of,
        });
        Ok(success(StatusCode::OK, data))
    })
    .await
}

fn first_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

fn period(month: NaiveDate) -> String {
    month.format("%Y-%m").to_string()
}

fn days_of(month: NaiveDate) -> u64 {
    let next = month.checked_add_months(Months::new(1)).unwrap_or(month);
    u64::try_from((next - month).num_days()).unwrap_or_default()
}

/// As many a day as until now, today among the days that are over.
fn projected(calls: u64, elapsed: u64, of: u64) -> u64 {
    u64::try_from(u128::from(calls) * u128::from(of) / u128::from(elapsed.max(1))).unwrap_or(u64::MAX)
}

/// The history as a file.
pub(super) async fn export(State(server): State<Server>, request: Request) -> Response {
    judged(server, request, "GET:/v1/usage/export", &["read"], async |caller: Caller| {
        let ExportQuery { days, format } = caller.query()?;
        let (days, _) = last(&caller.server, caller.entry.key.organization_id, checked(days)?).await?;
        let (media_type, disposition, body) = match format.unwrap_or(ExportFormat::Csv) {
            ExportFormat::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"usage.csv\"", csv(&days)),
            ExportFormat::Json => {
                let rows: Vec<Value> = days.iter().map(|day| told(*day)).collect();
                ("application/json", "attachment; filename=\"usage.json\"", Value::from(rows).to_string())
            }
        };
        Ok(([(CONTENT_TYPE, media_type), (CONTENT_DISPOSITION, disposition)], body).into_response())
    })
    .await
}

/// RFC 4180. Every field is a date or a number: nothing that a spreadsheet would take for a formula.
fn csv(days: &[(NaiveDate, Calls)]) -> String {
    let mut text = String::from("date,api_calls,test_api_calls,refused_calls\r\n");
    for (day, Calls { api_calls, test_api_calls, refused_calls }) in days {
        text.push_str(&format!("{day},{api_calls},{test_api_calls},{refused_calls}\r\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_goes_on_as_it_began() {
        let january = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a day");
        assert_eq!((days_of(january), period(january)), (31, "2024-01".to_owned()));
        assert_eq!(projected(1_523, 15, 31), 3_147);
        assert_eq!(projected(7, 31, 31), 7);
        assert_eq!(projected(u64::MAX, 1, 31), u64::MAX);
    }

    #[test]
    fn a_range_is_never_empty() {
        let first = NaiveDate::from_ymd_opt(2026, 11, 1).expect("a day");
        let asked = query(first, midnight(first), Step::Day, GroupBy::Environment, None);
        assert!(asked.from < asked.to);
    }
}
