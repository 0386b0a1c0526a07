//! A service that may ask `/v1/verify`. Found in memory: no database call.

use axum::extract::FromRequestParts;
use http::request::Parts;
use keydeck_domain::{OrganizationId, Secret};

use super::bearer::{Presented, presented};
use crate::error::Error;
use crate::server::Server;

/// What every verifier's secret begins with.
pub(crate) const VERIFIER_PREFIX: &str = "kdv_";

/// The verifier that is asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AskingVerifier {
    pub(crate) organization: OrganizationId,
}

impl FromRequestParts<Server> for AskingVerifier {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Error> {
        let secret = match presented(&parts.headers) {
            Presented::Nothing => return Err(Error::InvalidVerifier { presented: false }),
            Presented::Token(token) if token.starts_with(VERIFIER_PREFIX) && token.len() <= 256 => Secret::new(token.to_owned()),
            _ => return Err(Error::InvalidVerifier { presented: true }),
        };
        let digest = server.parts.subkeys.verifier_digest(&secret);
        server.parts.verifiers.find(&digest).ok_or(Error::InvalidVerifier { presented: true })
    }
}
