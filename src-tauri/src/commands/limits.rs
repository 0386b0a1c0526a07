//! Limits.

use keydeck_console::connection::ConnectionId;
use keydeck_console::error::Result;
use keydeck_console::team::LimitsUpdate;
use keydeck_domain::OrganizationId;
use keydeck_domain::api::limits::{Limits, NewLimits};

use super::Desk;

#[tauri::command]
pub async fn limits(desk: Desk<'_>, operation: String, connection: ConnectionId, organization: OrganizationId) -> Result<Limits> {
    desk.run(&operation, |console| console.limits(connection, organization)).await
}

#[tauri::command]
pub async fn set_limits(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    version: u32,
    limits: NewLimits,
) -> Result<LimitsUpdate> {
    desk.run(&operation, |console| console.set_limits(connection, organization, version, limits)).await
}
