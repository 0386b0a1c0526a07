//! What a person changes about himself.

use keydeck_console::connection::{Connection, ConnectionId};
use keydeck_console::error::Result;
use keydeck_domain::api::sessions::SessionEntry;
use keydeck_domain::{Password, SessionId};

use super::Desk;

#[tauri::command]
pub async fn sessions(desk: Desk<'_>, operation: String, connection: ConnectionId) -> Result<Vec<SessionEntry>> {
    desk.run(&operation, |console| console.sessions(connection)).await
}

#[tauri::command]
pub async fn end_session(desk: Desk<'_>, operation: String, connection: ConnectionId, session: SessionId) -> Result<()> {
    desk.run(&operation, |console| console.end_session(connection, session)).await
}

#[tauri::command]
pub async fn change_password(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    current: String,
    next: String,
) -> Result<()> {
    // From here on both wipe themselves.
    let (current, next) = (Password::new(current), Password::new(next));
    desk.run(&operation, |console| console.change_password(connection, current, next)).await
}

#[tauri::command]
pub async fn rename_account(desk: Desk<'_>, operation: String, connection: ConnectionId, name: String) -> Result<Connection> {
    desk.run(&operation, |console| console.rename_account(connection, name)).await
}
