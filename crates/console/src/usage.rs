//! Figures as the window shows them.

use chrono::{DateTime, Utc};
use keydeck_domain::api::usage::{Bounds, Series, StaleKey};
use serde::{Deserialize, Serialize};

/// What is drawn. Times and values belong together by their place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Chart {
    /// Where each step begins, in seconds since 1970, strictly rising.
    #[cfg_attr(feature = "bindings", ts(type = "number[]"))]
    pub times: Vec<i64>,
    /// Where the last step ends, in seconds since 1970.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub end: i64,
    /// The series, the largest first; *unattributed* and *other* last. Their values are in the order of
    /// [`Chart::times`], their totals those of all steps.
    pub series: Vec<Series>,
    /// Everything that the query matches.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub total: u64,
    /// How many groups *other* stands for.
    pub others: u32,
    /// How exactly the steps' bounds were kept.
    pub bounds: Bounds,
    /// Up to here everything has been counted.
    pub as_of: DateTime<Utc>,
    /// From here on there are figures at all; `None` where nothing was ever counted.
    pub since: Option<DateTime<Utc>>,
    /// Whether there were more steps than can be seen: then the smallest and the largest value of each
    /// part are here, and the first and the last step. Totals are those of all steps.
    pub reduced: bool,
    /// The period of the same length before; `None` where it was not asked for, or nothing is known of it.
    pub before: Option<Shadow>,
}

/// The period before, all series together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Shadow {
    /// Verifications, in the order of [`Chart::times`]: the first step of this period has the first of
    /// that one at its place.
    #[cfg_attr(feature = "bindings", ts(type = "number[]"))]
    pub values: Vec<u64>,
    /// The sum of all steps of that period.
    #[cfg_attr(feature = "bindings", ts(type = "number"))]
    pub total: u64,
}

/// A page of keys that could go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct StalePage {
    /// Those never used first, then by their last use.
    pub items: Vec<StaleKey>,
    /// Gives the next page.
    pub next: Option<String>,
    /// Keys that match, over all pages.
    pub total: u32,
}
