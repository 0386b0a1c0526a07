//! `GET /api/v1/usage`: how often keys were verified, for the organization as a whole.
//!
//! Azen: "Usage tracking is aggregated by organization". The document gives no shape; `range`, `labels`, `series` and
//! `summary` are its names, the rest is ours.

use axum::extract::Query;
use chrono::Duration;
use http::Uri;
use keydeck_domain::api::usage::{Group, GroupBy, Step, UsageQuery};
use keydeck_domain::{OrganizationId, Outcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::shown::time;
use crate::server::Server;
use crate::times;

#[derive(Deserialize)]
struct Asked {
    range: Option<String>,
}

/// The figures of the range that the query asks for: hours of a day, or days.
pub(super) async fn figures(server: &Server, organization: OrganizationId, uri: &Uri) -> Result<Value, Refusal> {
    let Query(asked) = Query::<Asked>::try_from_uri(uri).map_err(|_| Refusal::invalid("the query can't be read"))?;
    let range = asked.range.as_deref().unwrap_or("24h");
    let (step, back) = match range {
        "24h" => (Step::Hour, Duration::hours(23)),
        "7d" => (Step::Day, Duration::days(6)),
        "30d" => (Step::Day, Duration::days(29)),
        _ => return Err(Refusal::invalid("[query.range] Invalid option: expected one of \"24h\"|\"7d\"|\"30d\"")),
    };
    // The step that runs now is the last one.
    let now = times::now();
    let query = UsageQuery {
        from: now - back,
        to: now + Duration::microseconds(1),
        step,
        zone: None,
        group: Some(GroupBy::Outcome),
        keys: None,
        environment: None,
        outcome: None,
        top: None,
    };
    let usage = server.figures(organization, &query).await?;
    let mut accepted = 0;
    let mut series = Vec::with_capacity(usage.series.len());
    for of in &usage.series {
        let Group::Outcome { outcome } = of.group else { continue };
        if outcome == Outcome::Accepted {
            accepted = of.total;
        }
        series.push(json!({ "name": outcome, "total": of.total, "data": of.values }));
    }
    Ok(json!({
        "range": range,
        "labels": usage.times.iter().copied().map(time).collect::<Vec<_>>(),
        "series": series,
        "summary": { "total": usage.total, "accepted": accepted, "refused": usage.total - accepted },
    }))
}
