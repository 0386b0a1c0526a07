//! A member of the organization in the path.

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use keydeck_domain::key::Person;
use keydeck_domain::{OrganizationId, Role};
use sqlx::SqliteConnection;

use crate::error::Error;
use crate::organizations::record::{self, OrganizationRecord};
use crate::server::Server;
use crate::sessions::record::{self as sessions, SignedIn};
use crate::subkeys::{Subkeys, Tag};

/// Who is calling, and as what. An organization that is unknown, foreign or misspelt is the same 404.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) person: Person,
    pub(crate) role: Role,
    pub(crate) organization: OrganizationRecord,
    /// What his session is found by.
    session: Tag,
}

impl Member {
    /// Who is signed in, as a member of an organization that a dialect's route finds out otherwise than by its path.
    pub(crate) async fn in_organization(
        connection: &mut SqliteConnection,
        subkeys: &Subkeys,
        id: OrganizationId,
        signed_in: &SignedIn,
    ) -> Result<Self, Error> {
        of(connection, subkeys, id, signed_in.person(), signed_in.digest).await
    }

    /// The same caller as he is now, asked within a change's own transaction: between the first look and
    /// the change his session may have ended, and his role or the organization have become another. A
    /// request whose body comes slowly must not outlive a sign-out.
    pub(crate) async fn asked_again(self, connection: &mut SqliteConnection, subkeys: &Subkeys) -> Result<Self, Error> {
        if !sessions::lives(connection, &self.session).await? {
            return Err(Error::Unauthenticated { presented: true });
        }
        of(connection, subkeys, self.organization.id, self.person, self.session).await
    }
}

async fn of(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    id: OrganizationId,
    person: Person,
    session: Tag,
) -> Result<Member, Error> {
    let role = record::role(connection, subkeys, id, person.id).await?.ok_or(Error::NotFound)?;
    let organization = record::find(connection, id).await?.ok_or(Error::NotFound)?;
    Ok(Member { person, role, organization, session })
}

impl FromRequestParts<Server> for Member {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Error> {
        let signed_in = SignedIn::from_request_parts(parts, server).await?;
        let id: OrganizationId = path_id(parts, server, "organization").await?.ok_or(Error::NotFound)?;
        let mut connection = server.parts.store.read().await?;
        of(&mut connection, &server.parts.subkeys, id, signed_in.person(), signed_in.digest).await
    }
}

/// The id of the second thing in the path, a key's or a verifier's.
pub(crate) struct Target<T>(pub(crate) T);

impl<T: std::str::FromStr + std::fmt::Display + Send> FromRequestParts<Server> for Target<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Error> {
        path_id(parts, server, "id").await?.map(Self).ok_or(Error::NotFound)
    }
}

/// An id in the path, in its one canonical form: another spelling of it is another path.
async fn path_id<T: std::str::FromStr + std::fmt::Display>(
    parts: &mut Parts,
    server: &Server,
    name: &str,
) -> Result<Option<T>, Error> {
    let params = RawPathParams::from_request_parts(parts, server).await.map_err(|_| Error::NotFound)?;
    let text = params.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
    Ok(text.and_then(|text| {
        let id = text.parse::<T>().ok()?;
        id.to_string().eq_ignore_ascii_case(text).then_some(id)
    }))
}
