//! Webhooks: listed, made, their secrets copied, tried, removed. The server tells a secret once; it stays
//! in this program's memory until it is handed over: the page never has it, and no file does.

use keydeck_domain::api::webhooks::{Delivery, NewWebhook, Webhook};
use keydeck_domain::dialect::KeyHeader;
use keydeck_domain::{OrganizationId, WebhookId};

use super::Console;
use crate::clipboard::{ClipboardState, CopyAs, form};
use crate::connection::ConnectionId;
use crate::error::{Error, ErrorCode, Result};
use crate::servers::CreateFailure;

/// Said where an answer was lost that may have held the secret.
const PERHAPS: &str =
    "It may have been made all the same. Its secret can't be had any more: where the list shows it, remove it and make another.";

impl Console {
    /// The webhooks of an organization.
    ///
    /// # Errors
    /// [`ErrorCode::Incompatible`] where the server has none, [`ErrorCode::Forbidden`], and those of the
    /// network.
    pub async fn webhooks(&self, id: ConnectionId, organization: OrganizationId) -> Result<Vec<Webhook>> {
        self.in_organization(id, organization, |session| async move {
            session.server.webhooks()?.list(&session.token, organization).await
        })
        .await
    }

    /// Makes a webhook. Its secret can be copied until it is forgotten or this program ends.
    ///
    /// # Errors
    /// [`ErrorCode::Forbidden`], [`ErrorCode::Invalid`] for an address that nothing is sent to, and those
    /// of the network: where the answer was lost, the message says what to do.
    pub async fn make_webhook(&self, id: ConnectionId, organization: OrganizationId, new: NewWebhook) -> Result<Webhook> {
        self.changeable(id)?;
        let new = &new;
        let issued = self
            .in_organization(id, organization, |session| async move {
                session.server.webhooks()?.make(&session.token, organization, new).await.map_err(lost)
            })
            .await?;
        let shown = format!("webhook {}", issued.webhook.name);
        self.inner.live.webhooks(|held| held.add(issued.webhook.id, (id, organization), issued.secret, shown));
        Ok(issued.webhook)
    }

    /// Copies the secret of a webhook, kept out of clipboard histories and cleared in time.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where it was forgotten, or was never told to this start of the program;
    /// [`ErrorCode::Clipboard`].
    pub async fn copy_webhook(&self, webhook: WebhookId) -> Result<ClipboardState> {
        let found = self.inner.live.webhooks(|held| held.find(webhook));
        let (secret, shown) = found.ok_or_else(|| {
            Error::new(
                ErrorCode::NotFound,
                "The secret of this webhook is not in this program any more: remove it and make another.",
            )
        })?;
        self.inner
            .countdown
            .copy(form::render(&secret, &CopyAs::Plain, KeyHeader::Bearer, None)?, shown, self.clipboard_time())
            .await
    }

    /// Forgets the secret of a webhook, which was handed over. The webhook goes on working.
    ///
    /// # Errors
    /// None.
    pub async fn forget_webhook(&self, webhook: WebhookId) -> Result<()> {
        self.inner.live.webhooks(|held| held.forget(webhook));
        Ok(())
    }

    /// Removes a webhook: nothing is sent there any more.
    ///
    /// # Errors
    /// Those of the network.
    pub async fn remove_webhook(&self, id: ConnectionId, organization: OrganizationId, webhook: WebhookId) -> Result<()> {
        self.changeable(id)?;
        self.in_organization(id, organization, |session| async move {
            session.server.webhooks()?.remove(&session.token, organization, webhook).await
        })
        .await?;
        self.inner.live.webhooks(|held| held.forget(webhook));
        Ok(())
    }

    /// Lets the server send a test message, and says how that ended.
    ///
    /// # Errors
    /// Those of the network between here and the server.
    pub async fn test_webhook(&self, id: ConnectionId, organization: OrganizationId, webhook: WebhookId) -> Result<Delivery> {
        self.in_organization(id, organization, |session| async move {
            session.server.webhooks()?.test(&session.token, organization, webhook).await
        })
        .await
    }
}

fn lost(failure: CreateFailure) -> Error {
    let CreateFailure { mut error, perhaps_made } = failure;
    if perhaps_made {
        error.message = format!("{} {PERHAPS}", error.message);
    }
    error
}
