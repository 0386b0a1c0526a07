//! `/v1/organizations/{organization}/usage…`: what was verified, by which key, with which outcome.
//!
//! Each verification is counted once, in the organization of its verifier (or of the key, where a key
//! asks about itself). What names no key is *unattributed* and belongs to every sum.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::ids::KeyId;
use crate::name::Name;
use crate::outcome::Outcome;
use crate::scope::Scope;

/// The feature of a server that counts ([`super::meta::Meta::features`]).
pub const FEATURE_USAGE: &str = "usage";
/// Most steps times groups in one answer.
pub const POINTS_MAX: usize = 1_000_000;
/// Groups that are shown by themselves unless the query says otherwise; the rest are together.
pub const TOP_DEFAULT: u32 = 20;
/// Most groups that are shown by themselves.
pub const TOP_MAX: u32 = 1_000;
/// Different route tags that an organization has; later ones are counted as [`Group::Other`].
pub const ROUTES_MAX: usize = 100;
/// How many days minutes are kept.
pub const MINUTE_DAYS: u32 = 2;

/// How wide one figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Step {
    /// Kept for [`MINUTE_DAYS`], for the organization as a whole: not by key or route.
    Minute,
    /// A quarter of an hour, for the organization as a whole: not by key or route.
    Quarter,
    /// An hour; in zones whose clocks differ by half or quarter hours it begins with the full hour there.
    Hour,
    /// From midnight to midnight in the zone that was asked for: 23 or 25 hours where clocks change.
    Day,
    /// A calendar month in that zone.
    Month,
}

/// What figures are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum GroupBy {
    /// Key by key, the busiest first.
    Key,
    /// By how it ended.
    Outcome,
    /// Live, test, and what names no key.
    Environment,
    /// By the tag that the caller gave.
    Route,
}

/// The query of `GET …/usage` and `GET …/usage/export`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[cfg_attr(feature = "bindings", ts(optional_fields))]
pub struct UsageQuery {
    /// From this instant on; moved back to the beginning of its step.
    pub from: DateTime<Utc>,
    /// Before this instant; moved on to the end of its step.
    pub to: DateTime<Utc>,
    /// How wide one figure is.
    pub step: Step,
    /// An IANA time zone, say `Asia/Kathmandu`; UTC unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What figures are told apart by; one sum unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupBy>,
    /// Only these keys: ids, comma between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    /// Only this environment. What names no key has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// Only this outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// How many groups are shown by themselves, 1 to [`TOP_MAX`]; [`TOP_DEFAULT`] unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<u32>,
}

/// Which group a series is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Group {
    /// Everything that the query matches.
    All,
    /// One key.
    Key {
        /// Its id.
        id: KeyId,
        /// Its name now, also of a revoked key; `None` where the record is gone.
        name: Option<Name>,
        /// Live or test.
        environment: Environment,
        /// Whether it was revoked.
        revoked: bool,
    },
    /// One outcome.
    Outcome {
        /// Which.
        outcome: Outcome,
    },
    /// One environment.
    Environment {
        /// Which.
        environment: Environment,
    },
    /// One route tag.
    Route {
        /// As the caller gave it; `None` where none was given.
        route: Option<String>,
    },
    /// What names no key: missing, malformed, unknown. Only where figures are by key or environment.
    Unattributed,
    /// All that are not shown by themselves.
    Other,
}

/// The figures of one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Series {
    /// Of what.
    pub group: Group,
    /// The sum of `values`.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub total: u64,
    /// Verifications in each step, in the order of [`Usage::times`].
    #[cfg_attr(feature = "bindings", ts(type = "number[]"))]
    pub values: Vec<u64>,
}

/// How exactly a step's bounds were kept. What is added up is never lost, only counted to the step
/// before or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Bounds {
    /// To the minute or quarter hour.
    Exact,
    /// An hour belongs to the step in which it begins: keys and routes in zones such as India's.
    Hours,
    /// A part is older than the hours of keys are kept; there each UTC day belongs to the step in which
    /// it begins.
    UtcDays,
}

/// The answer of `GET …/usage`. The values of all series together are the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Usage {
    /// Where each step begins.
    pub times: Vec<DateTime<Utc>>,
    /// Where the last step ends.
    pub end: DateTime<Utc>,
    /// The series, the largest first; *unattributed* and *other* last. Empty groups are left out, a query
    /// without groups has one series.
    pub series: Vec<Series>,
    /// Everything that the query matches.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub total: u64,
    /// How many groups [`Group::Other`] stands for.
    pub others: u32,
    /// How exactly the steps' bounds were kept.
    pub bounds: Bounds,
    /// Up to here everything has been counted.
    pub as_of: DateTime<Utc>,
    /// From here on there are figures at all; `None` where nothing was ever counted.
    pub since: Option<DateTime<Utc>>,
}

/// Where and when a key was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct LastUse {
    /// When.
    pub at: DateTime<Utc>,
    /// From where, as the verifier said.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    #[cfg_attr(feature = "bindings", ts(type = "string | null"))]
    pub address: Option<IpAddr>,
    /// With which program, as the verifier said.
    pub user_agent: Option<String>,
}

/// How often a scope was wanted and granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct ScopeUse {
    /// Which.
    pub scope: Scope,
    /// Accepted verifications that wanted it.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub count: u64,
    /// The last of them.
    pub last_at: DateTime<Utc>,
}

/// `GET …/usage/keys/{id}`: how one key is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct KeyUsage {
    /// The last time it was accepted; `None` means never.
    pub last: Option<LastUse>,
    /// Verifications in each of the last 24 hours, the oldest first; the last one is the hour that runs.
    #[cfg_attr(feature = "bindings", ts(type = "number[]"))]
    pub hours: Vec<u64>,
    /// The same for those that were not accepted.
    #[cfg_attr(feature = "bindings", ts(type = "number[]"))]
    pub refused_hours: Vec<u64>,
    /// All verifications since it was made.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub total: u64,
    /// The scopes that it used, the most used first. Those that it has and that are not here were never
    /// used.
    pub scopes: Vec<ScopeUse>,
}

/// `GET …/usage/sparklines?keys=a,b,c`: the last 24 hours of at most 200 keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Sparkline {
    /// The key.
    pub key: KeyId,
    /// Verifications in each of the last 24 hours, the oldest first. A key that has none is left out.
    #[cfg_attr(feature = "bindings", ts(type = "number[]"))]
    pub hours: Vec<u64>,
}

/// The query of `GET …/usage/stale`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[cfg_attr(feature = "bindings", ts(optional_fields))]
pub struct StaleQuery {
    /// Keys that were not accepted for this many days, 1 to 3650. Younger keys are not stale.
    pub days: u32,
    /// Rows of a page, 1 to 200; 50 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The page after this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A key that could go. In pages ([`super::Page`]), those never used first, then by their last use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct StaleKey {
    /// The key: neither revoked nor expired.
    pub key: KeyId,
    /// What people call it.
    pub name: Name,
    /// Live or test.
    pub environment: Environment,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The last time it was accepted; `None` means never.
    pub last_used_at: Option<DateTime<Utc>>,
}
