//! Connections: which key servers there are, and who is signed in.

use keydeck_console::connection::{Connection, ConnectionId, NewConnection, ServerIdentity, ServerKind};
use keydeck_console::error::Result;
use keydeck_console::overview::Overview;
use keydeck_domain::{OrganizationId, Password};

use super::Desk;

#[tauri::command]
pub async fn overview(desk: Desk<'_>) -> Result<Overview> {
    desk.console().await?.overview().await
}

#[tauri::command]
pub async fn cancel(desk: Desk<'_>, operation: String) -> Result<()> {
    desk.console().await.map(|console| console.cancel(&operation))
}

#[tauri::command]
pub async fn start_local(desk: Desk<'_>, operation: String) -> Result<Connection> {
    desk.run(&operation, |console| console.start_local()).await
}

#[tauri::command]
pub async fn probe_server(
    desk: Desk<'_>,
    operation: String,
    kind: ServerKind,
    address: String,
    ca_file: Option<String>,
) -> Result<ServerIdentity> {
    desk.run(&operation, |console| console.probe_server(kind, address, ca_file)).await
}

#[tauri::command]
pub async fn add_connection(desk: Desk<'_>, operation: String, connection: NewConnection) -> Result<Connection> {
    desk.run(&operation, |console| console.add_connection(connection)).await
}

#[tauri::command]
pub async fn edit_connection(
    desk: Desk<'_>,
    operation: String,
    id: ConnectionId,
    connection: NewConnection,
) -> Result<Connection> {
    desk.run(&operation, |console| console.edit_connection(id, connection)).await
}

#[tauri::command]
pub async fn remove_connection(desk: Desk<'_>, operation: String, id: ConnectionId) -> Result<Overview> {
    desk.run(&operation, |console| console.remove_connection(id)).await
}

#[tauri::command]
pub async fn show_connection(desk: Desk<'_>, id: ConnectionId, organization: Option<OrganizationId>) -> Result<()> {
    desk.console().await?.show_connection(id, organization).await
}

#[tauri::command]
pub async fn sign_in(desk: Desk<'_>, operation: String, id: ConnectionId, email: String, password: String) -> Result<Connection> {
    // From here on the password wipes itself.
    let password = Password::new(password);
    desk.run(&operation, |console| console.sign_in(id, email, password)).await
}

#[tauri::command]
pub async fn sign_in_from_clipboard(
    desk: Desk<'_>,
    operation: String,
    id: ConnectionId,
    tenant: Option<String>,
) -> Result<Connection> {
    desk.run(&operation, |console| console.sign_in_from_clipboard(id, tenant)).await
}

/// The first key of the new account stays in the program: the window hears of it as of any new key.
#[tauri::command]
pub async fn sign_up(desk: Desk<'_>, operation: String, id: ConnectionId, email: String, name: String) -> Result<Connection> {
    desk.run(&operation, |console| console.sign_up(id, email, name)).await
}

#[tauri::command]
pub async fn sign_out(desk: Desk<'_>, operation: String, id: ConnectionId) -> Result<Connection> {
    desk.run(&operation, |console| console.sign_out(id)).await
}

#[tauri::command]
pub async fn refresh_connection(desk: Desk<'_>, operation: String, id: ConnectionId) -> Result<Connection> {
    desk.run(&operation, |console| console.refresh_connection(id)).await
}
