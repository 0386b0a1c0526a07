//! What the console asks of a key server about usage and alerts.

use async_trait::async_trait;
use keydeck_domain::api::Page;
use keydeck_domain::api::alerts::Alerts;
use keydeck_domain::api::audit::ExportFormat;
use keydeck_domain::api::usage::{KeyUsage, Sparkline, StaleKey, StaleQuery, Usage, UsageQuery};
use keydeck_domain::{KeyId, OrganizationId, SessionToken};

use super::audit::Sink;
use crate::error::Result;

/// A key server that counts. Cancelled by dropping.
#[async_trait]
pub trait Counted: Send + Sync {
    /// Figures step by step.
    async fn usage(&self, token: &SessionToken, organization: OrganizationId, query: &UsageQuery) -> Result<Usage>;

    /// How one key is used.
    async fn key_usage(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<KeyUsage>;

    /// The last 24 hours of these keys; at most 200.
    async fn sparklines(&self, token: &SessionToken, organization: OrganizationId, keys: &[KeyId]) -> Result<Vec<Sparkline>>;

    /// A page of keys that could go.
    async fn stale(&self, token: &SessionToken, organization: OrganizationId, query: &StaleQuery) -> Result<Page<StaleKey>>;

    /// Gives all that matches to `into`, part by part, as it comes. Sent once: what `into` has got
    /// can't be taken back.
    async fn export(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        query: &UsageQuery,
        format: ExportFormat,
        into: &mut dyn Sink,
    ) -> Result<()>;

    /// The alerts after this one, the oldest first; the newest ones, the newest first, without it.
    async fn alerts(&self, token: &SessionToken, organization: OrganizationId, after: Option<u64>) -> Result<Alerts>;
}
