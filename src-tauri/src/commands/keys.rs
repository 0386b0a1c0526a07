//! Keys: list, look at, change, revoke, create.

use keydeck_console::connection::ConnectionId;
use keydeck_console::error::Result;
use keydeck_console::handoff::Handoff;
use keydeck_console::keys::{KeyPage, KeyRef, KeyRow, Revocation, Update};
use keydeck_domain::OrganizationId;
use keydeck_domain::api::keys::{KeyChange, KeyQuery, NewKey};

use super::Desk;

#[tauri::command]
pub async fn list_keys(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    query: KeyQuery,
) -> Result<KeyPage> {
    desk.run(&operation, |console| console.list_keys(connection, organization, query)).await
}

#[tauri::command]
pub async fn get_key(desk: Desk<'_>, operation: String, key: KeyRef) -> Result<KeyRow> {
    desk.run(&operation, |console| console.get_key(key)).await
}

#[tauri::command]
pub async fn update_key(desk: Desk<'_>, operation: String, key: KeyRef, version: u32, change: KeyChange) -> Result<Update> {
    desk.run(&operation, |console| console.update_key(key, version, change)).await
}

#[tauri::command]
pub async fn revoke_key(desk: Desk<'_>, operation: String, key: KeyRef) -> Result<Revocation> {
    desk.run(&operation, |console| console.revoke_key(key)).await
}

#[tauri::command]
pub async fn create_key(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    key: NewKey,
) -> Result<Handoff> {
    desk.run(&operation, |console| console.create_key(connection, organization, key)).await
}
