//! `/v1/organizations/{organization}/limits`: how much an organization and each of its keys may ask.

use serde::{Deserialize, Serialize};

use super::problem::Problem;
use crate::dialect::Dialect;
use crate::environment::Environment;

/// The feature of a server that has limits.
pub const FEATURE_LIMITS: &str = "limits";
/// Most limits of an organization: its own and each key's, for all environments, live and test.
pub const LIMITS_MAX: usize = 6;
/// Most requests of a burst.
pub const BURST_MAX: u32 = 1_000_000;
/// Longest window of a burst, in seconds: what is for a day is a daily quota.
pub const WINDOW_MAX_SECONDS: u32 = 86_400;
/// Most requests of a day.
pub const PER_DAY_MAX: u64 = 1_000_000_000_000;
/// Most requests at once.
pub const AT_ONCE_MAX: u32 = 100_000;

/// What a limit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum LimitOf {
    /// All keys of the organization together.
    Organization,
    /// Each key by itself.
    Key,
}

/// So many requests in a window. They may come all at once, and come back evenly over the window (the generic cell
/// rate algorithm, GCRA). Measured by a clock that is never set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Burst {
    /// Requests, 1 to [`BURST_MAX`].
    pub requests: u32,
    /// The window in seconds, 1 to [`WINDOW_MAX_SECONDS`].
    pub window_seconds: u32,
}

/// What happens to requests of a day whose count can't be read when the server starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum OnFailure {
    /// They are counted from nothing: the quota can be used twice.
    Open,
    /// They are refused until the day is over.
    #[default]
    Closed,
}

/// One limit. Every limit that fits a request must have room for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Limit {
    /// Of the organization, or of each key.
    pub of: LimitOf,
    /// For keys of this environment alone; `None` means all of them together.
    #[serde(default)]
    pub environment: Option<Environment>,
    /// Requests in a window.
    #[serde(default)]
    pub burst: Option<Burst>,
    /// Requests in a day of UTC, 1 to [`PER_DAY_MAX`].
    #[serde(default)]
    #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
    pub per_day: Option<u64>,
    /// Requests that run at the same time, 1 to [`AT_ONCE_MAX`]. Holds on the routes of the dialects: a verifier does
    /// not tell when the request ended that it asked for, so `/v1/verify` takes none of these.
    #[serde(default)]
    pub at_once: Option<u32>,
    /// For `per_day`.
    #[serde(default)]
    pub on_failure: OnFailure,
}

/// Limits that go by a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Plan {
    /// The name, as the system's document has it.
    pub name: String,
    /// Its limits.
    pub items: Vec<Limit>,
}

/// An organization's limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Limits {
    /// Each at most once for what it is of and its environment. None: nothing is limited.
    pub items: Vec<Limit>,
    /// The plans of the organization's dialect, to choose from.
    #[serde(default)]
    pub plans: Vec<Plan>,
    /// They were changed from outside: every key is refused until they are set anew.
    #[serde(default)]
    pub set_aside: bool,
    /// Counts the changes; 0 where they were never set.
    pub version: u32,
}

/// `PUT …/limits`: all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct NewLimits {
    /// The limits as they are to be.
    pub items: Vec<Limit>,
}

/// 412 of `PUT …/limits`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LimitsChanged {
    /// Code `changed`.
    #[serde(flatten)]
    pub problem: Problem,
    /// The limits as they are now.
    pub current_limits: Limits,
}

/// How the tightest limit stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LimitState {
    /// Requests that fit.
    pub limit: u64,
    /// Requests that still fit.
    pub remaining: u64,
    /// Until all of it is there again, rounded up.
    pub reset_seconds: u64,
    /// Of a refusal: before that the request would be refused again, rounded up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
}

/// "Free 10/100/2, Starter 60/5,000/5, Pro 300/50,000/20, Enterprise 1,000/–/100": per minute, per day, at once.
const MEMORY_API_PLANS: [(&str, u32, Option<u64>, u32); 4] = [
    ("Free", 10, Some(100), 2),
    ("Starter", 60, Some(5_000), 5),
    ("Pro", 300, Some(50_000), 20),
    ("Enterprise", 1_000, None, 100),
];

impl Limit {
    /// One of an organization: so many in a minute.
    const fn per_minute(environment: Option<Environment>, requests: u32) -> Self {
        Self {
            of: LimitOf::Organization,
            environment,
            burst: Some(Burst { requests, window_seconds: 60 }),
            per_day: None,
            at_once: None,
            on_failure: OnFailure::Closed,
        }
    }
}

impl Dialect {
    /// The plans that the system's document names.
    #[must_use]
    pub fn plans(self) -> Vec<Plan> {
        if self != Self::MemoryApi {
            return Vec::new();
        }
        let plan = |(name, requests, per_day, at_once): (&str, _, _, _)| {
            let limit = Limit { per_day, at_once: Some(at_once), ..Limit::per_minute(None, requests) };
            Plan { name: name.to_owned(), items: vec![limit] }
        };
        MEMORY_API_PLANS.into_iter().map(plan).collect()
    }

    /// The limits that a new organization begins with.
    #[must_use]
    pub fn first_limits(self) -> Vec<Limit> {
        match self {
            // "Free 10/100/2"
            Self::MemoryApi => self.plans().into_iter().next().map(|plan| plan.items).unwrap_or_default(),
            // "60 requests in 60 s is its public default limit"
            Self::Azen => vec![Limit::per_minute(None, 60)],
            // "dev (test data, lower limits)"; the document gives no figures: ours.
            Self::Azotte => vec![Limit::per_minute(Some(Environment::Live), 600), Limit::per_minute(Some(Environment::Test), 60)],
            Self::Keydeck | Self::Elizaos | Self::Azerion => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plans_are_those_of_the_document() {
        let of = |name: &str| {
            let plan = Dialect::MemoryApi.plans().into_iter().find(|plan| plan.name == name)?;
            let limit = plan.items.first().copied()?;
            Some((limit.burst.map(|burst| (burst.requests, burst.window_seconds)), limit.per_day, limit.at_once))
        };
        assert_eq!(of("Free"), Some((Some((10, 60)), Some(100), Some(2))));
        assert_eq!(of("Starter"), Some((Some((60, 60)), Some(5_000), Some(5))));
        assert_eq!(of("Pro"), Some((Some((300, 60)), Some(50_000), Some(20))));
        assert_eq!(of("Enterprise"), Some((Some((1_000, 60)), None, Some(100))));
        assert_eq!(Dialect::MemoryApi.first_limits(), Dialect::MemoryApi.plans()[0].items);
    }
}
