//! Who asks one of Azen's routes: a person with a session, by cookie or by bearer, and the organization that the session
//! acts for.

use axum::extract::FromRequestParts;
use http::header::{COOKIE, HOST, ORIGIN, REFERER};
use http::request::Parts;
use http::{HeaderMap, Method};
use keydeck_domain::{Dialect, OrganizationId, SessionToken};
use sqlx::SqliteConnection;
use url::Url;
use uuid::Uuid;

use super::cookie;
use super::refusal::Refusal;
use crate::auth::bearer::{Presented, presented};
use crate::auth::member::Member;
use crate::error::Error;
use crate::organizations::record as organizations;
use crate::server::Server;
use crate::sessions::record::{self, SignedIn};
use crate::subkeys::Tag;
use crate::web::peer::PeerAddress;

/// A person who is signed in.
pub(super) struct Visitor {
    pub(super) signed_in: SignedIn,
    /// What he presented.
    pub(super) token: SessionToken,
    /// What the session acts for, where he is a member of it.
    pub(super) active: Option<OrganizationId>,
}

/// A person who is signed in, or nobody.
pub(super) struct Anybody(pub(super) Option<Visitor>);

/// A request that no foreign page can have made with somebody's cookie.
pub(super) struct OwnPage {
    /// Whether the caller's connection is encrypted as far as this server or its proxy.
    pub(super) encrypted: bool,
}

impl FromRequestParts<Server> for OwnPage {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self, Refusal> {
        let encrypted = encrypted(parts);
        let reads = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        if !reads && parts.headers.contains_key(COOKIE) {
            own_page(&parts.headers, encrypted)?;
        }
        Ok(Self { encrypted })
    }
}

/// A proxy that is named ends TLS.
fn encrypted(parts: &Parts) -> bool {
    parts.extensions.get::<PeerAddress>().is_some_and(|peer| peer.encrypted || peer.by_proxy)
}

/// The page that a request comes from must be of this server's own origin.
fn own_page(headers: &HeaderMap, encrypted: bool) -> Result<(), Refusal> {
    let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let page = text(ORIGIN).or_else(|| text(REFERER)).filter(|page| !page.is_empty() && *page != "null");
    let page = page.ok_or_else(Refusal::no_origin)?;
    let scheme = if encrypted { "https" } else { "http" };
    let own = text(HOST).and_then(|host| Url::parse(&format!("{scheme}://{host}")).ok());
    match (Url::parse(page), own) {
        (Ok(page), Some(own)) if page.origin() == own.origin() => Ok(()),
        _ => Err(Refusal::foreign_origin()),
    }
}

impl FromRequestParts<Server> for Anybody {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Refusal> {
        OwnPage::from_request_parts(parts, server).await?;
        let subkeys = &server.parts.subkeys;
        let bearer = match presented(&parts.headers) {
            Presented::Token(text) => cookie::token(subkeys, text),
            Presented::Nothing | Presented::Unusable => None,
        };
        let Some(token) = bearer.or_else(|| cookie::from_cookies(subkeys, &parts.headers)) else { return Ok(Self(None)) };
        let Some(signed_in) = record::find(server, &token).await? else { return Ok(Self(None)) };
        record::slide(server, &signed_in);
        let active = active(server, &signed_in).await?;
        Ok(Self(Some(Visitor { signed_in, token, active })))
    }
}

impl FromRequestParts<Server> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Refusal> {
        let Anybody(visitor) = Anybody::from_request_parts(parts, server).await?;
        visitor.ok_or_else(Refusal::unauthorized)
    }
}

impl Visitor {
    /// The organizations that he sees here, in the order in which they were made.
    pub(super) async fn organizations(&self, server: &Server) -> Result<Vec<OrganizationId>, Error> {
        let mut connection = server.parts.store.read().await?;
        let mut seen = Vec::new();
        for id in organizations::of_user(&mut connection, self.signed_in.session.user.id).await? {
            if is_member(server, &mut connection, &self.signed_in, id).await? {
                seen.push(id);
            }
        }
        Ok(seen)
    }

    /// He as a member of an organization of this dialect. `NotFound` for every other.
    pub(super) async fn member(&self, server: &Server, id: OrganizationId) -> Result<Member, Error> {
        if server.parts.organizations.dialect(id) != Some(Dialect::Azen) {
            return Err(Error::NotFound);
        }
        let mut connection = server.parts.store.read().await?;
        Member::in_organization(&mut connection, &server.parts.subkeys, id, &self.signed_in).await
    }
}

async fn is_member(
    server: &Server,
    connection: &mut SqliteConnection,
    signed_in: &SignedIn,
    id: OrganizationId,
) -> Result<bool, Error> {
    if server.parts.organizations.dialect(id) != Some(Dialect::Azen) {
        return Ok(false);
    }
    let role = organizations::role(connection, &server.parts.subkeys, id, signed_in.session.user.id).await?;
    Ok(role.is_some())
}

/// What a session acts for. Who left that organization since has none.
async fn active(server: &Server, signed_in: &SignedIn) -> Result<Option<OrganizationId>, Error> {
    let mut connection = server.parts.store.read().await?;
    let chosen: Option<Option<Uuid>> = sqlx::query_scalar("SELECT active_organization FROM sessions WHERE digest = ?")
        .bind(signed_in.digest.as_slice())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(id) = chosen.flatten().map(OrganizationId) else { return Ok(None) };
    Ok(is_member(server, &mut connection, signed_in, id).await?.then_some(id))
}

/// Has a session act for an organization, or for none.
pub(super) async fn set_active(
    connection: &mut SqliteConnection,
    session: &Tag,
    organization: Option<OrganizationId>,
) -> Result<(), Error> {
    sqlx::query("UPDATE sessions SET active_organization = ? WHERE digest = ?")
        .bind(organization.map(|id| id.0))
        .bind(session.as_slice())
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_pages_of_the_own_origin_count() {
        let check = |of: &[(&'static str, &str)], encrypted: bool, expected: Option<&str>| {
            let headers: HeaderMap = std::iter::once(&("host", "keys.example.org"))
                .chain(of)
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
                .collect();
            let code = match own_page(&headers, encrypted) {
                Ok(()) => None,
                Err(Refusal::Told { code, .. }) => Some(code),
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(code, expected, "{of:?}");
        };
        check(&[("origin", "https://keys.example.org")], true, None);
        check(&[("origin", "https://keys.example.org:443")], true, None);
        check(&[("referer", "https://keys.example.org/a?b")], true, None);
        check(&[("origin", "http://keys.example.org")], false, None);
        check(&[], true, Some("MISSING_OR_NULL_ORIGIN"));
        check(&[("origin", "null")], true, Some("MISSING_OR_NULL_ORIGIN"));
        check(&[("origin", "")], true, Some("MISSING_OR_NULL_ORIGIN"));
        for foreign in [
            "http://keys.example.org",
            "https://keys.example.org:8443",
            "https://keys.example.org.evil.example",
            "https://keys.example.org@evil.example",
            "https://evil.example/keys.example.org",
            "keys.example.org",
            "file:///etc",
        ] {
            check(&[("origin", foreign)], true, Some("INVALID_ORIGIN"));
            // The origin of the request counts, not the page that a referer names beside it.
            check(&[("origin", foreign), ("referer", "https://keys.example.org/")], true, Some("INVALID_ORIGIN"));
        }
    }
}
