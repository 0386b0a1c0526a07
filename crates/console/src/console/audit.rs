//! The audit log: read, checked, exported.

use keydeck_domain::OrganizationId;
use keydeck_domain::api::audit::{AuditQuery, ExportFormat};
use keydeck_domain::api::organizations::Organization;

use super::Console;
use super::files::{dated, ending};
use crate::connection::ConnectionId;
use crate::error::{Error, ErrorCode, Result};
use crate::history::{AuditPage, AuditReport, ExportedFile};

impl Console {
    /// A page of the audit log, newest entry first.
    ///
    /// # Errors
    /// Those of the network.
    pub async fn audit(&self, id: ConnectionId, organization: OrganizationId, query: AuditQuery) -> Result<AuditPage> {
        let query = &query;
        let page = self
            .in_organization(id, organization, |session| async move {
                session.server.audit_log()?.page(&session.token, organization, query).await
            })
            .await?;
        Ok(AuditPage { items: page.items, next: page.next, total: page.total })
    }

    /// Lets the server go through the whole chain, and compares it with what was seen here before.
    ///
    /// # Errors
    /// Those of the network.
    pub async fn check_audit(&self, id: ConnectionId, organization: OrganizationId) -> Result<AuditReport> {
        let shown = &self.known_organization(id, organization)?;
        let check = self
            .in_organization(id, organization, |session| async move {
                session.server.audit_log()?.check(&session.token, organization).await
            })
            .await?;
        let went_back = self
            .in_organization(id, organization, |session| async move { self.compare_history(id, shown, session).await })
            .await?;
        Ok(AuditReport { check, went_back })
    }

    /// Writes all that matches into the file that the person chooses; `None` where he chose none. Of an
    /// export that did not come to its end nothing is left.
    ///
    /// # Errors
    /// [`ErrorCode::File`] where the file can't be written, and those of the network.
    pub async fn export_audit(
        &self,
        operation: &str,
        id: ConnectionId,
        organization: OrganizationId,
        query: AuditQuery,
        format: ExportFormat,
    ) -> Result<Option<ExportedFile>> {
        let name = self.known_organization(id, organization)?.name;
        let Some(path) = self.ask_where(&dated("audit", &name), ending(format)).await? else { return Ok(None) };
        let (query, path) = (&query, path.as_path());
        // Begun anew with each try: what a first one wrote goes with it.
        self.in_organization(id, organization, |session| async move {
            let log = session.server.audit_log()?;
            let mut file = self.begin(operation, path).await?;
            log.export(&session.token, organization, query, format, &mut file).await?;
            file.end().await.map(Some)
        })
        .await
    }

    pub(super) fn known_organization(&self, id: ConnectionId, organization: OrganizationId) -> Result<Organization> {
        let found = self.stored(id)?.organizations.into_iter().find(|known| known.id == organization);
        found.ok_or_else(|| Error::new(ErrorCode::NotFound, "There is no such organization any more."))
    }
}
