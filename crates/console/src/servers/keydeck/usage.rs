//! Usage and alerts, in the native protocol.

use async_trait::async_trait;
use keydeck_domain::api::Page;
use keydeck_domain::api::alerts::{AlertQuery, Alerts};
use keydeck_domain::api::audit::ExportFormat;
use keydeck_domain::api::usage::{KeyUsage, Sparkline, StaleKey, StaleQuery, Usage, UsageQuery};
use keydeck_domain::{KeyId, OrganizationId, SessionToken};
use reqwest::Method;

use super::team::path;
use super::{KeydeckServer, pairs};
use crate::error::Result;
use crate::servers::audit::Sink;
use crate::servers::http::{Proof, Request};
use crate::servers::usage::Counted;

fn get<'a>(token: &'a SessionToken, organization: OrganizationId, rest: &str) -> Request<'a> {
    Request::new(Method::GET, path(organization, rest)).proof(Proof::Session(token))
}

#[async_trait]
impl Counted for KeydeckServer {
    async fn usage(&self, token: &SessionToken, organization: OrganizationId, query: &UsageQuery) -> Result<Usage> {
        Ok(self.http.json(pairs(get(token, organization, "/usage").large_answer(), query)?).await?)
    }

    async fn key_usage(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<KeyUsage> {
        Ok(self.http.json(get(token, organization, &format!("/usage/keys/{key}"))).await?)
    }

    async fn sparklines(&self, token: &SessionToken, organization: OrganizationId, keys: &[KeyId]) -> Result<Vec<Sparkline>> {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let request = get(token, organization, "/usage/sparklines").query("keys", keys.join(","));
        Ok(self.http.json(request).await?)
    }

    async fn stale(&self, token: &SessionToken, organization: OrganizationId, query: &StaleQuery) -> Result<Page<StaleKey>> {
        Ok(self.http.json(pairs(get(token, organization, "/usage/stale"), query)?).await?)
    }

    async fn export(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        query: &UsageQuery,
        format: ExportFormat,
        into: &mut dyn Sink,
    ) -> Result<()> {
        let (word, media_type) = match format {
            ExportFormat::Csv => ("csv", "text/csv"),
            ExportFormat::Json => ("json", "application/json"),
        };
        let request = pairs(get(token, organization, "/usage/export"), query)?.query("format", word);
        Ok(self.http.stream(request, media_type, into).await?)
    }

    async fn alerts(&self, token: &SessionToken, organization: OrganizationId, after: Option<u64>) -> Result<Alerts> {
        Ok(self.http.json(pairs(get(token, organization, "/alerts"), &AlertQuery { after })?).await?)
    }
}
