//! What the console asks of a key server about limits.

use async_trait::async_trait;
use keydeck_domain::api::limits::{Limits, NewLimits};
use keydeck_domain::{OrganizationId, SessionToken};

use crate::error::Result;

/// A key server whose organizations and keys have limits. Cancelled by dropping.
#[async_trait]
pub trait Limiting: Send + Sync {
    /// The organization's limits.
    async fn limits(&self, token: &SessionToken, organization: OrganizationId) -> Result<Limits>;

    /// Sets them, if they are still at this version.
    async fn set_limits(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        version: u32,
        limits: &NewLimits,
    ) -> Result<LimitsSet>;
}

/// How setting them ended.
pub enum LimitsSet {
    /// They are set.
    Saved(Limits),
    /// Somebody was faster; the limits as they are now.
    Changed(Limits),
}
