//! The register: keys that exist elsewhere. Their text goes from the clipboard into the keychain, past the page.

use chrono::{DateTime, Utc};
use keydeck_console::connection::ConnectionId;
use keydeck_console::error::Result;
use keydeck_console::keys::{KeyRef, KeyRow, Recognised, TakeIn};
use keydeck_domain::OrganizationId;

use super::Desk;

#[tauri::command]
pub async fn look_at_clipboard(desk: Desk<'_>, operation: String, connection: ConnectionId) -> Result<Recognised> {
    desk.run(&operation, |console| console.look_at_clipboard(connection)).await
}

#[tauri::command]
pub async fn take_key_in(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    key: TakeIn,
) -> Result<KeyRow> {
    desk.run(&operation, |console| console.take_key_in(connection, organization, key)).await
}

#[tauri::command]
pub async fn set_rotate_by(desk: Desk<'_>, operation: String, key: KeyRef, rotate_by: Option<DateTime<Utc>>) -> Result<KeyRow> {
    desk.run(&operation, |console| console.set_rotate_by(key, rotate_by)).await
}

#[tauri::command]
pub async fn forget_registered(desk: Desk<'_>, operation: String, key: KeyRef) -> Result<()> {
    desk.run(&operation, |console| console.forget_registered(key)).await
}
