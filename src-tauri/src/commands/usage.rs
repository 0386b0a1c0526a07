//! Usage and alerts.

use keydeck_console::connection::ConnectionId;
use keydeck_console::error::Result;
use keydeck_console::history::ExportedFile;
use keydeck_console::keys::KeyRef;
use keydeck_console::usage::{Chart, StalePage};
use keydeck_domain::api::alerts::Alert;
use keydeck_domain::api::audit::ExportFormat;
use keydeck_domain::api::usage::{KeyUsage, Sparkline, StaleQuery, UsageQuery};
use keydeck_domain::{KeyId, OrganizationId};

use super::Desk;

#[tauri::command]
pub async fn usage(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    query: UsageQuery,
    width: u32,
    before: bool,
) -> Result<Chart> {
    desk.run(&operation, |console| console.usage(connection, organization, query, width, before)).await
}

#[tauri::command]
pub async fn key_usage(desk: Desk<'_>, operation: String, key: KeyRef) -> Result<KeyUsage> {
    desk.run(&operation, |console| console.key_usage(key)).await
}

#[tauri::command]
pub async fn sparklines(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    keys: Vec<KeyId>,
) -> Result<Vec<Sparkline>> {
    desk.run(&operation, |console| console.sparklines(connection, organization, keys)).await
}

#[tauri::command]
pub async fn stale_keys(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    query: StaleQuery,
) -> Result<StalePage> {
    desk.run(&operation, |console| console.stale_keys(connection, organization, query)).await
}

#[tauri::command]
pub async fn alerts(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
) -> Result<Vec<Alert>> {
    desk.run(&operation, |console| console.alerts(connection, organization)).await
}

#[tauri::command]
pub async fn export_usage(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    query: UsageQuery,
    format: ExportFormat,
) -> Result<Option<ExportedFile>> {
    desk.run(&operation, |console| console.export_usage(&operation, connection, organization, query, format)).await
}

#[tauri::command]
pub async fn save_picture(desk: Desk<'_>, operation: String, stem: String, png: String) -> Result<Option<ExportedFile>> {
    desk.run(&operation, |console| console.save_picture(&operation, stem, png)).await
}
