//! How an invitation becomes a member. Everything is looked at again within the transaction, so that of
//! many who accept at once exactly one does.

use keydeck_domain::api::invitations::AcceptInvitation;
use keydeck_domain::api::sessions::{IssuedSession, User};
use keydeck_domain::key::Person;
use keydeck_domain::{Name, OneTimeToken};

use super::record::{self, Waiting};
use crate::error::Error;
use crate::members::record::put;
use crate::organizations::people::insert_person;
use crate::server::Server;
use crate::sessions::client::Client;
use crate::sessions::prove::prove;
use crate::sessions::record::{StoredUser, insert, user_by_email};
use crate::subkeys::Tag;
use crate::times;

/// Who accepts.
enum Proved {
    /// Somebody who can sign in already, and has shown it.
    Known(StoredUser),
    /// Somebody new, with the hash of his password.
    New { name: Name, hash: String },
}

/// What a token is good for now, and whether its person can sign in already. A wrong one counts against
/// the address.
pub(super) async fn look(server: &Server, token: &OneTimeToken, client: &Client) -> Result<(Waiting, bool), Error> {
    let parts = &server.parts;
    parts.throttle.begin(None, client.address, std::time::Instant::now())?;
    let digest = parts.subkeys.invitation_digest(token);
    let mut connection = parts.store.read().await?;
    let waiting = record::waiting(&mut connection, &parts.subkeys, &digest, times::now()).await?.ok_or(Error::NotFound)?;
    parts.throttle.succeed(None, client.address);
    let known = user_by_email(&mut connection, &parts.subkeys, &waiting.invitation.email).await?.is_some();
    Ok((waiting, known))
}

/// Accepts: makes the person where he is new, makes him a member and signs him in.
pub(super) async fn accept(server: Server, wanted: AcceptInvitation, client: Client) -> Result<IssuedSession, Error> {
    let (waiting, known) = look(&server, &wanted.token, &client).await?;
    let proved = if known {
        let stored = prove(&server, &waiting.invitation.email, wanted.password, client.address).await?;
        Proved::Known(stored.ok_or(Error::InvalidCredentials)?)
    } else {
        let name = wanted.name.ok_or_else(|| Error::InvalidBody("the field `name` is missing".to_owned()))?;
        Proved::New { name, hash: server.parts.passwords.hash(&wanted.password).await? }
    };
    let digest = server.parts.subkeys.invitation_digest(&wanted.token);
    let accepting = server.clone();
    server.to_the_end(async move { join(&accepting, &digest, proved, &client).await }).await
}

async fn join(server: &Server, token: &Tag, proved: Proved, client: &Client) -> Result<IssuedSession, Error> {
    let parts = &server.parts;
    let mut writing = parts.store.write().await?;
    let waiting = record::waiting(&mut writing, &parts.subkeys, token, times::now()).await?.ok_or(Error::NotFound)?;
    let Waiting { invitation, organization } = waiting;
    let known = user_by_email(&mut writing, &parts.subkeys, &invitation.email).await?;
    let user: User = match (proved, known) {
        // A password that was changed since proves nothing.
        (Proved::Known(proved), Some(now)) if proved.password == now.password => now.user,
        (Proved::Known(_), _) => return Err(Error::InvalidCredentials),
        (Proved::New { name, hash }, _) => insert_person(&mut writing, &parts.subkeys, invitation.email, name, &hash).await?,
    };
    record::delete(&mut writing, invitation.id).await?;
    let person = Person { id: user.id, email: user.email.clone() };
    put(parts, &mut writing, organization.id, &person, invitation.role, Some(&person)).await?;
    let issued = insert(parts, &mut writing, user, client).await?;
    drop(writing.commit().await?);
    Ok(issued)
}
