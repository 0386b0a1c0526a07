//! A person that is signed in.

use axum::extract::FromRequestParts;
use http::request::Parts;
use keydeck_domain::SessionToken;

use super::bearer::{Presented, presented};
use crate::error::Error;
use crate::server::Server;
use crate::sessions::record::{self, SignedIn, TOKEN_PREFIX};

impl FromRequestParts<Server> for SignedIn {
    type Rejection = Error;

    /// An ordinary key or a verifier is no session: it is answered like a token that nobody has.
    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Error> {
        let token = match presented(&parts.headers) {
            Presented::Nothing => return Err(Error::Unauthenticated { presented: false }),
            Presented::Token(token) if token.starts_with(TOKEN_PREFIX) && token.len() <= 256 => {
                SessionToken::new(token.to_owned())
            }
            _ => return Err(Error::Unauthenticated { presented: true }),
        };
        let signed_in = record::find(server, &token).await?.ok_or(Error::Unauthenticated { presented: true })?;
        record::slide(server, &signed_in);
        Ok(signed_in)
    }
}
