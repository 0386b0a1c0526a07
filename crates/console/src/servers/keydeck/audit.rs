//! The audit log, in the native protocol.

use async_trait::async_trait;
use keydeck_domain::api::Page;
use keydeck_domain::api::audit::{AuditCheck, AuditEntry, AuditQuery, ExportFormat};
use keydeck_domain::{OrganizationId, SessionToken};
use reqwest::Method;

use super::{KeydeckServer, pairs};
use crate::error::Result;
use crate::servers::audit::{AuditLog, Sink};
use crate::servers::http::{Proof, Request};

fn path(organization: OrganizationId, rest: &str) -> String {
    format!("/v1/organizations/{organization}/audit{rest}")
}

#[async_trait]
impl AuditLog for KeydeckServer {
    async fn page(&self, token: &SessionToken, organization: OrganizationId, query: &AuditQuery) -> Result<Page<AuditEntry>> {
        let request = Request::new(Method::GET, path(organization, "")).proof(Proof::Session(token));
        Ok(self.http.json(pairs(request, query)?).await?)
    }

    async fn check(&self, token: &SessionToken, organization: OrganizationId) -> Result<AuditCheck> {
        let request = Request::new(Method::GET, path(organization, "/check")).proof(Proof::Session(token));
        Ok(self.http.json(request).await?)
    }

    async fn export(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        query: &AuditQuery,
        format: ExportFormat,
        into: &mut dyn Sink,
    ) -> Result<()> {
        // The whole of what matches: a page's place and size mean nothing here.
        let query = AuditQuery { cursor: None, limit: None, ..query.clone() };
        let (word, media_type) = match format {
            ExportFormat::Csv => ("csv", "text/csv"),
            ExportFormat::Json => ("json", "application/json"),
        };
        let request = Request::new(Method::GET, path(organization, "/export")).proof(Proof::Session(token));
        let request = pairs(request, &query)?.query("format", word);
        Ok(self.http.stream(request, media_type, into).await?)
    }
}
