//! Verifiers, in the native protocol.

use async_trait::async_trait;
use keydeck_domain::api::verifiers::{IssuedVerifier, NewVerifier, Verifier};
use keydeck_domain::{OrganizationId, SessionToken, VerifierId};
use reqwest::Method;

use super::team::path;
use super::{Items, KeydeckServer, create_failure};
use crate::error::Result;
use crate::servers::CreateFailure;
use crate::servers::http::{Proof, Request};
use crate::servers::verifiers::Verifiers;

#[async_trait]
impl Verifiers for KeydeckServer {
    async fn list(&self, token: &SessionToken, organization: OrganizationId) -> Result<Vec<Verifier>> {
        let request = Request::new(Method::GET, path(organization, "/verifiers")).proof(Proof::Session(token));
        let answer: Items<Verifier> = self.http.json(request).await?;
        Ok(answer.items)
    }

    async fn make(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        verifier: &NewVerifier,
    ) -> std::result::Result<IssuedVerifier, CreateFailure> {
        let request = Request::new(Method::POST, path(organization, "/verifiers"))
            .proof(Proof::Session(token))
            .json(verifier)
            .map_err(create_failure)?
            .secret_answer();
        self.http.json(request).await.map_err(create_failure)
    }

    async fn revoke(&self, token: &SessionToken, organization: OrganizationId, verifier: VerifierId) -> Result<()> {
        let request =
            Request::new(Method::DELETE, path(organization, &format!("/verifiers/{verifier}"))).proof(Proof::Session(token));
        Ok(self.http.nothing(request).await?)
    }
}
