//! Members and invitations. The link of an invitation is copied by Rust: the page names it, and never
//! has it.

use keydeck_console::clipboard::ClipboardState;
use keydeck_console::connection::ConnectionId;
use keydeck_console::error::Result;
use keydeck_domain::api::invitations::{Invitation, NewInvitation};
use keydeck_domain::api::members::Member;
use keydeck_domain::{InvitationId, OrganizationId, Role, UserId};

use super::Desk;

#[tauri::command]
pub async fn members(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
) -> Result<Vec<Member>> {
    desk.run(&operation, |console| console.members(connection, organization)).await
}

#[tauri::command]
pub async fn change_member(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    user: UserId,
    role: Role,
) -> Result<Member> {
    desk.run(&operation, |console| console.change_member(connection, organization, user, role)).await
}

#[tauri::command]
pub async fn remove_member(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    user: UserId,
) -> Result<()> {
    desk.run(&operation, |console| console.remove_member(connection, organization, user)).await
}

#[tauri::command]
pub async fn invitations(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
) -> Result<Vec<Invitation>> {
    desk.run(&operation, |console| console.invitations(connection, organization)).await
}

#[tauri::command]
pub async fn invite(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    invitation: NewInvitation,
) -> Result<Invitation> {
    desk.run(&operation, |console| console.invite(connection, organization, invitation)).await
}

#[tauri::command]
pub async fn copy_invitation(desk: Desk<'_>, invitation: InvitationId) -> Result<ClipboardState> {
    desk.console().await?.copy_invitation(invitation).await
}

#[tauri::command]
pub async fn withdraw_invitation(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    invitation: InvitationId,
) -> Result<()> {
    desk.run(&operation, |console| console.withdraw_invitation(connection, organization, invitation)).await
}
