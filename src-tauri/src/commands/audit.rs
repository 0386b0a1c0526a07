//! The audit log.

use keydeck_console::connection::ConnectionId;
use keydeck_console::error::Result;
use keydeck_console::history::{AuditPage, AuditReport, ExportedFile};
use keydeck_domain::OrganizationId;
use keydeck_domain::api::audit::{AuditQuery, ExportFormat};

use super::Desk;

#[tauri::command]
pub async fn audit(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    query: AuditQuery,
) -> Result<AuditPage> {
    desk.run(&operation, |console| console.audit(connection, organization, query)).await
}

#[tauri::command]
pub async fn check_audit(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
) -> Result<AuditReport> {
    desk.run(&operation, |console| console.check_audit(connection, organization)).await
}

#[tauri::command]
pub async fn export_audit(
    desk: Desk<'_>,
    operation: String,
    connection: ConnectionId,
    organization: OrganizationId,
    query: AuditQuery,
    format: ExportFormat,
) -> Result<Option<ExportedFile>> {
    desk.run(&operation, |console| console.export_audit(&operation, connection, organization, query, format)).await
}
