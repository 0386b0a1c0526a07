//! The audit log: read, checked, exported.

use keydeck_domain::OrganizationId;
use keydeck_domain::api::audit::{AuditQuery, ExportFormat};
use keydeck_domain::api::organizations::Organization;

use super::Console;
use super::state::internal;
use crate::connection::ConnectionId;
use crate::download::Download;
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

    /// Writes all that matches into a new file in the folder for downloads. Of an export that did not
    /// come to its end nothing is left.
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
        let _ = operation;
        let name = self.known_organization(id, organization)?.name;
        let today = chrono::Local::now().date_naive();
        let extension = match format {
            ExportFormat::Csv => "csv",
            ExportFormat::Json => "json",
        };
        let stem = format!("keydeck-audit-{}-{today}", in_a_file_name(name.as_str()));
        let query = &query;
        let folder = self.inner.downloads.as_path();
        let stem = stem.as_str();
        // Begun anew with each try: what a first one wrote goes with it.
        self.in_organization(id, organization, |session| async move {
            let log = session.server.audit_log()?;
            let (folder, stem) = (folder.to_owned(), stem.to_owned());
            let begun = tokio::task::spawn_blocking(move || Download::begin(&folder, &stem, extension));
            let mut file = begun.await.map_err(internal)??;
            log.export(&session.token, organization, query, format, &mut file).await?;
            file.end().await.map(Some)
        })
        .await
    }

    fn known_organization(&self, id: ConnectionId, organization: OrganizationId) -> Result<Organization> {
        let found = self.stored(id)?.organizations.into_iter().find(|known| known.id == organization);
        found.ok_or_else(|| Error::new(ErrorCode::NotFound, "There is no such organization any more."))
    }
}

/// A name as part of a file's name on every system: letters and digits, the rest as single hyphens.
fn in_a_file_name(name: &str) -> String {
    let words: Vec<String> =
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    let joined: String = words.join("-").chars().take(40).collect();
    let joined = joined.trim_end_matches('-');
    if joined.is_empty() { "organization".to_owned() } else { joined.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_part_of_a_file_name() {
        let check = |name: &str, expected: &str| assert_eq!(in_a_file_name(name), expected, "{name}");
        check("Northwind", "northwind");
        check("Northwind Traders & Co.", "northwind-traders-co");
        check("../../etc/passwd", "etc-passwd");
        check("Bücher", "b-cher");
        check("日本", "organization");
        check(&"a ".repeat(50), &"a-".repeat(20)[..39]);
    }
}
