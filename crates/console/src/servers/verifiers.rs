//! What the console asks of a key server about verifiers.

use async_trait::async_trait;
use keydeck_domain::api::verifiers::{IssuedVerifier, NewVerifier, Verifier};
use keydeck_domain::{OrganizationId, SessionToken, VerifierId};

use super::CreateFailure;
use crate::error::Result;

/// A key server with verifiers. Cancelled by dropping.
#[async_trait]
pub trait Verifiers: Send + Sync {
    /// The organization's verifiers, newest first, revoked ones included.
    async fn list(&self, token: &SessionToken, organization: OrganizationId) -> Result<Vec<Verifier>>;

    /// Makes a verifier, whose secret the server makes. Sent once.
    async fn make(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        verifier: &NewVerifier,
    ) -> std::result::Result<IssuedVerifier, CreateFailure>;

    /// Revokes a verifier for good; one that is revoked already is fine.
    async fn revoke(&self, token: &SessionToken, organization: OrganizationId, verifier: VerifierId) -> Result<()>;
}
