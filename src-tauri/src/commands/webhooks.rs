//! Webhooks. The secret of one is copied by Rust: the page names the webhook, and never has its secret.

use keydeck_console::clipboard::ClipboardState;
use keydeck_console::connection::ConnectionId;
use keydeck_console::error::Result;
use keydeck_domain::api::webhooks::{Delivery, NewWebhook, Webhook};
use keydeck_domain::{OrganizationId, WebhookId};

use super::Desk;

#[tauri::command]
pub async fn webhooks(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
) -> Result<Vec<Webhook>> {
    desk.run(&operation, |console| console.webhooks(connection, organization)).await
}

#[tauri::command]
pub async fn make_webhook(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    webhook: NewWebhook,
) -> Result<Webhook> {
    desk.run(&operation, |console| console.make_webhook(connection, organization, webhook)).await
}

#[tauri::command]
pub async fn copy_webhook(desk: Desk<'_>, webhook: WebhookId) -> Result<ClipboardState> {
    desk.console().await?.copy_webhook(webhook).await
}

#[tauri::command]
pub async fn forget_webhook(desk: Desk<'_>, webhook: WebhookId) -> Result<()> {
    desk.console().await?.forget_webhook(webhook).await
}

#[tauri::command]
pub async fn remove_webhook(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    webhook: WebhookId,
) -> Result<()> {
    desk.run(&operation, |console| console.remove_webhook(connection, organization, webhook)).await
}

#[tauri::command]
pub async fn test_webhook(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    webhook: WebhookId,
) -> Result<Delivery> {
    desk.run(&operation, |console| console.test_webhook(connection, organization, webhook)).await
}
