//! The native protocol: what crosses the wire under `/v1`. Requests refuse unknown fields; answers
//! may grow, so readers ignore what they don't know.

pub mod account;
pub mod alerts;
pub mod audit;
pub mod claim;
pub mod exposed;
pub mod invitations;
pub mod keys;
pub mod limits;
pub mod members;
pub mod meta;
pub mod organizations;
pub mod problem;
pub mod sessions;
pub mod usage;
pub mod verifiers;
pub mod verify;
pub mod webhooks;

use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The rows of this page, in the order that was asked for.
    pub items: Vec<T>,
    /// Gives the next page; absent on the last one. Bound to filter and sort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Rows that match the filter, over all pages.
    pub total: u32,
}
