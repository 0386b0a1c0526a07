//! Organizations: made, changed, left.

use keydeck_console::connection::{Connection, ConnectionId};
use keydeck_console::error::Result;
use keydeck_console::team::OrganizationUpdate;
use keydeck_domain::OrganizationId;
use keydeck_domain::api::organizations::{NewOrganization, OrganizationChange};

use super::Desk;

#[tauri::command]
pub async fn create_organization(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: NewOrganization,
) -> Result<Connection> {
    desk.run(&operation, |console| console.create_organization(connection, organization)).await
}

#[tauri::command]
pub async fn change_organization(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    version: u32,
    change: OrganizationChange,
) -> Result<OrganizationUpdate> {
    desk.run(&operation, |console| console.change_organization(connection, organization, version, change)).await
}

#[tauri::command]
pub async fn leave_organization(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
) -> Result<Connection> {
    desk.run(&operation, |console| console.leave_organization(connection, organization)).await
}
