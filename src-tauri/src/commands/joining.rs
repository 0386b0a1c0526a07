//! Coming in: claiming a fresh server, and using an invitation.

use keydeck_console::connection::{Connection, ConnectionId};
use keydeck_console::error::Result;
use keydeck_console::team::{ClaimForm, Invited, JoinForm};
use keydeck_domain::OneTimeToken;

use super::Desk;

#[tauri::command]
pub async fn claim_server(desk: Desk<'_>, operation: String, id: ConnectionId, claim: ClaimForm) -> Result<Connection> {
    desk.run(&operation, |console| console.claim_server(id, claim)).await
}

#[tauri::command]
pub async fn look_at_invitation(desk: Desk<'_>, operation: String, link: String, ca_file: Option<String>) -> Result<Invited> {
    // From here on the link wipes itself.
    let link = OneTimeToken::new(link);
    desk.run(&operation, |console| console.look_at_invitation(link, ca_file)).await
}

#[tauri::command]
pub async fn accept_invitation(desk: Desk<'_>, operation: String, form: JoinForm) -> Result<Connection> {
    desk.run(&operation, |console| console.accept_invitation(form)).await
}
