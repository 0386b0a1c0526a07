//! Verifiers. The secret of one is copied by Rust: the page names the verifier, and never has its secret.

use keydeck_console::clipboard::{ClipboardState, CopyAs};
use keydeck_console::connection::ConnectionId;
use keydeck_console::error::Result;
use keydeck_domain::api::verifiers::{NewVerifier, Verifier};
use keydeck_domain::{OrganizationId, VerifierId};

use super::Desk;

#[tauri::command]
pub async fn verifiers(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
) -> Result<Vec<Verifier>> {
    desk.run(&operation, |console| console.verifiers(connection, organization)).await
}

#[tauri::command]
pub async fn make_verifier(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    verifier: NewVerifier,
) -> Result<Verifier> {
    desk.run(&operation, |console| console.make_verifier(connection, organization, verifier)).await
}

#[tauri::command]
pub async fn copy_verifier(desk: Desk<'_>, verifier: VerifierId, form: CopyAs) -> Result<ClipboardState> {
    desk.console().await?.copy_verifier(verifier, form).await
}

#[tauri::command]
pub async fn forget_verifier(desk: Desk<'_>, verifier: VerifierId) -> Result<()> {
    desk.console().await?.forget_verifier(verifier).await
}

#[tauri::command]
pub async fn revoke_verifier(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    verifier: VerifierId,
) -> Result<()> {
    desk.run(&operation, |console| console.revoke_verifier(connection, organization, verifier)).await
}
