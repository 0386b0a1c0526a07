//! Webhooks, in the native protocol.

use async_trait::async_trait;
use keydeck_domain::api::webhooks::{Delivery, IssuedWebhook, NewWebhook, Webhook};
use keydeck_domain::{OrganizationId, SessionToken, WebhookId};
use reqwest::Method;

use super::team::{gone, path};
use super::{Items, KeydeckServer, create_failure};
use crate::error::Result;
use crate::servers::CreateFailure;
use crate::servers::http::{Proof, Request};
use crate::servers::webhooks::Webhooks;

#[async_trait]
impl Webhooks for KeydeckServer {
    async fn list(&self, token: &SessionToken, organization: OrganizationId) -> Result<Vec<Webhook>> {
        let request = Request::new(Method::GET, path(organization, "/webhooks")).proof(Proof::Session(token));
        let answer: Items<Webhook> = self.http.json(request).await?;
        Ok(answer.items)
    }

    async fn make(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        webhook: &NewWebhook,
    ) -> std::result::Result<IssuedWebhook, CreateFailure> {
        let request = Request::new(Method::POST, path(organization, "/webhooks"))
            .proof(Proof::Session(token))
            .json(webhook)
            .map_err(create_failure)?
            .secret_answer();
        self.http.json(request).await.map_err(create_failure)
    }

    async fn remove(&self, token: &SessionToken, organization: OrganizationId, webhook: WebhookId) -> Result<()> {
        let request =
            Request::new(Method::DELETE, path(organization, &format!("/webhooks/{webhook}"))).proof(Proof::Session(token));
        gone(self.http.nothing(request).await)
    }

    async fn test(&self, token: &SessionToken, organization: OrganizationId, webhook: WebhookId) -> Result<Delivery> {
        // Sent once: each one is a message to somebody.
        let request =
            Request::new(Method::POST, path(organization, &format!("/webhooks/{webhook}/test"))).proof(Proof::Session(token));
        Ok(self.http.json(request).await?)
    }
}
