//! What the console asks of a key server about webhooks.

use async_trait::async_trait;
use keydeck_domain::api::webhooks::{Delivery, IssuedWebhook, NewWebhook, Webhook};
use keydeck_domain::{OrganizationId, SessionToken, WebhookId};

use super::CreateFailure;
use crate::error::Result;

/// A key server that sends alerts on. Cancelled by dropping.
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// The organization's webhooks.
    async fn list(&self, token: &SessionToken, organization: OrganizationId) -> Result<Vec<Webhook>>;

    /// Makes a webhook, whose secret the server makes. Sent once.
    async fn make(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        webhook: &NewWebhook,
    ) -> std::result::Result<IssuedWebhook, CreateFailure>;

    /// Removes a webhook; what waits to be sent is dropped.
    async fn remove(&self, token: &SessionToken, organization: OrganizationId, webhook: WebhookId) -> Result<()>;

    /// Sends a test message at once, and says how that ended.
    async fn test(&self, token: &SessionToken, organization: OrganizationId, webhook: WebhookId) -> Result<Delivery>;
}
