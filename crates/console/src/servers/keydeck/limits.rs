//! Limits, in the native protocol.

use async_trait::async_trait;
use keydeck_domain::api::limits::{Limits, NewLimits};
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::{OrganizationId, SessionToken};
use reqwest::Method;

use super::KeydeckServer;
use super::team::path;
use crate::error::Result;
use crate::servers::http::failure::Failure;
use crate::servers::http::{Proof, Request};
use crate::servers::limits::{Limiting, LimitsSet};

#[async_trait]
impl Limiting for KeydeckServer {
    async fn limits(&self, token: &SessionToken, organization: OrganizationId) -> Result<Limits> {
        let request = Request::new(Method::GET, path(organization, "/limits")).proof(Proof::Session(token));
        Ok(self.http.json(request).await?)
    }

    async fn set_limits(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        version: u32,
        limits: &NewLimits,
    ) -> Result<LimitsSet> {
        let request = Request::new(Method::PUT, path(organization, "/limits"))
            .proof(Proof::Session(token))
            .if_match(version)
            .json(limits)?;
        match self.http.json::<Limits>(request).await {
            Ok(limits) => Ok(LimitsSet::Saved(limits)),
            Err(Failure { problem: Some(ProblemCode::Changed), .. }) => {
                let now = self.limits(token, organization).await?;
                // An answer that was lost: what is there is what was wanted.
                if now.items == limits.items { Ok(LimitsSet::Saved(now)) } else { Ok(LimitsSet::Changed(now)) }
            }
            Err(failure) => Err(failure.error),
        }
    }
}
