//! What the console asks of a key server about its audit log.

use async_trait::async_trait;
use keydeck_domain::api::Page;
use keydeck_domain::api::audit::{AuditCheck, AuditEntry, AuditQuery, ExportFormat};
use keydeck_domain::{OrganizationId, SessionToken};

use crate::error::Result;

/// An audit log at a key server. Cancelled by dropping.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// A page, newest entry first.
    async fn page(&self, token: &SessionToken, organization: OrganizationId, query: &AuditQuery) -> Result<Page<AuditEntry>>;

    /// Lets the server go through the whole chain.
    async fn check(&self, token: &SessionToken, organization: OrganizationId) -> Result<AuditCheck>;

    /// Gives all that matches to `into`, part by part, as it comes. Sent once: what `into` has got
    /// can't be taken back.
    async fn export(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        query: &AuditQuery,
        format: ExportFormat,
        into: &mut dyn Sink,
    ) -> Result<()>;
}

/// Takes a long answer part by part.
#[async_trait]
pub trait Sink: Send {
    /// Takes the next part.
    ///
    /// # Errors
    /// Where it can't be taken: the rest is not asked for.
    async fn take(&mut self, part: &[u8]) -> Result<()>;
}
