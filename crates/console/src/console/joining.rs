//! Coming in: claiming a fresh server, and using an invitation.

use std::sync::Arc;

use keydeck_domain::api::claim::Claim;
use keydeck_domain::api::invitations::{AcceptInvitation, InvitationOffer};
use keydeck_domain::{Name, OneTimeToken};
use uuid::Uuid;

use super::Console;
use super::connections::name_of;
use super::session::Session;
use super::typed::typed;
use crate::connection::{Connection, ConnectionId, ConnectionState, ServerIdentity, ServerKind};
use crate::error::{Error, ErrorCode, Result};
use crate::invitation_link::{self, InvitationLink};
use crate::servers::http::address::{self, Address};
use crate::servers::{CreateFailure, KeyServer};
use crate::settings::StoredConnection;
use crate::team::{ClaimForm, Invited, JoinForm};

/// Said where an answer was lost that may have been a yes.
const PERHAPS: &str = "It may have worked all the same: try to sign in with the e-mail address and the password.";

/// The server of a link, and the connection to it where there is one.
struct Door {
    server: Arc<dyn KeyServer>,
    identity: ServerIdentity,
    connection: Option<StoredConnection>,
}

impl Console {
    /// Claims a fresh server with the token that it printed, and signs in.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] where somebody has claimed it, [`ErrorCode::WrongCredentials`] where the
    /// token is wrong, [`ErrorCode::Invalid`], and those of the network.
    pub async fn claim_server(&self, id: ConnectionId, form: ClaimForm) -> Result<Connection> {
        // Exposed to take away the blanks that were copied along; both wipe themselves.
        let token = OneTimeToken::new(form.token.expose().trim().to_owned());
        let claim = Claim {
            token,
            email: typed("The e-mail address", &form.email)?,
            name: typed("Your name", &form.name)?,
            password: form.password,
            organization: typed("The organization's name", &form.organization)?,
            prefix: typed("The prefix", &form.prefix)?,
        };
        let stored = self.stored(id)?;
        let (server, origin) = self.server(&stored).await?;
        match self.obstacle(id, server.as_ref()).await? {
            Some(_) if self.state(id) == Some(ConnectionState::Unclaimed) => {}
            Some(error) => return Err(error),
            None => {
                self.set_state(id, ConnectionState::SignedOut);
                return Err(Error::new(
                    ErrorCode::Conflict,
                    "Somebody has claimed this server already: sign in, or ask for an invitation.",
                ));
            }
        }
        let claimed = server.team()?.claim(&claim).await;
        let issued = claimed.map_err(|failure| {
            let mut error = lost(failure);
            if error.code == ErrorCode::WrongCredentials {
                error.message = "This is not the token that the server printed.".to_owned();
            }
            error
        })?;
        self.entered(&stored, &origin, issued).await
    }

    /// What the link of an invitation is for. The token goes to the server of the link and nowhere
    /// else.
    ///
    /// # Errors
    /// [`ErrorCode::Invalid`] for what is no such link, [`ErrorCode::NotFound`] where it was used,
    /// withdrawn or is over, and those of the network.
    pub async fn look_at_invitation(&self, link: OneTimeToken, ca_file: Option<String>) -> Result<Invited> {
        let InvitationLink { origin, token } = invitation_link::read(&link)?;
        let door = self.door(&address::text(&origin), ca_file).await?;
        let offer = door.server.team()?.look(&token).await.map_err(over)?;
        Ok(Invited { server: door.identity, offer, connection: door.connection.map(|stored| stored.id) })
    }

    /// Uses an invitation: adds the connection where it is not there yet, and signs in. Where a
    /// connection is there, its own name, colour and certificate authority stay.
    ///
    /// # Errors
    /// As [`Console::look_at_invitation`]; [`ErrorCode::Conflict`] where somebody else is signed in at
    /// that server, [`ErrorCode::WrongCredentials`] where a known person's password is wrong.
    pub async fn accept_invitation(&self, form: JoinForm) -> Result<Connection> {
        let InvitationLink { origin, token } = invitation_link::read(&form.link)?;
        let origin = address::text(&origin);
        let name = name_of(&form.connection_name, &origin)?;
        let door = self.door(&origin, form.ca_file.clone()).await?;
        let offer = door.server.team()?.look(&token).await.map_err(over)?;
        let before = match &door.connection {
            Some(stored) => self.signed_in_there(stored, &offer).await?,
            None => None,
        };
        let called: Option<Name> = if offer.known { None } else { Some(typed("Your name", &form.name)?) };
        let acceptance = AcceptInvitation { token, name: called, password: form.password };
        let accepted = door.server.team()?.accept(&acceptance).await;
        let perhaps = accepted.as_ref().err().is_none_or(|failure| failure.perhaps_made);
        let stored = match door.connection {
            Some(stored) => Some(stored),
            // Added also where the answer was lost: the person may be able to sign in.
            None if perhaps => {
                let stored = StoredConnection {
                    id: ConnectionId(Uuid::now_v7()),
                    kind: ServerKind::Keydeck,
                    name,
                    colour: form.colour,
                    address: origin.clone(),
                    tenant: None,
                    ca_file: form.ca_file.filter(|path| !path.is_empty()),
                    organization: None,
                    user: None,
                    organizations: Vec::new(),
                };
                self.not_twice(None, ServerKind::Keydeck, &origin, None)?;
                let id = self.insert(stored.clone()).await?;
                self.set_state(id, ConnectionState::SignedOut);
                Some(stored)
            }
            None => None,
        };
        let (issued, stored) = match (accepted, stored) {
            (Ok(issued), Some(stored)) => (issued, stored),
            (Err(failure), _) => return Err(over(lost(failure))),
            (Ok(_), None) => return Err(Error::new(ErrorCode::Internal, "Keydeck failed. Please try again.")),
        };
        let id = stored.id;
        self.entered(&stored, &origin, issued).await?;
        if let Some(before) = before
            && let Err(error) = before.server.sign_out(&before.token).await
        {
            tracing::warn!(code = ?error.code, "the session of before could not be ended; it ends by itself");
        }
        self.show_connection(id, Some(offer.organization_id)).await?;
        self.publish(id)
    }

    /// Begins with a session that can't be got a second time: that the rest could not be asked for
    /// does not undo it.
    async fn entered(
        &self,
        stored: &StoredConnection,
        bound_to: &str,
        issued: keydeck_domain::api::sessions::IssuedSession,
    ) -> Result<Connection> {
        match self.enter(stored, bound_to, issued.into()).await {
            Ok(connection) => Ok(connection),
            Err(error) => {
                tracing::warn!(code = ?error.code, "signed in, but the organizations could not be asked for");
                self.publish(stored.id)
            }
        }
    }

    async fn door(&self, origin: &str, ca_file: Option<String>) -> Result<Door> {
        let known =
            self.inner.settings.look(|settings| settings.connections.iter().find(|stored| stored.address == origin).cloned());
        let server = match &known {
            Some(stored) if stored.kind == ServerKind::Local => {
                return Err(Error::new(
                    ErrorCode::Conflict,
                    "This link leads to the server on this computer, which is yours already.",
                ));
            }
            Some(stored) => self.server(stored).await?.0,
            None => self.server_at(ServerKind::Keydeck, Address::of(address::origin(origin)?), None, ca_file).await?,
        };
        let identity = server.identify().await?.fitting()?;
        Ok(Door { server, identity, connection: known })
    }

    /// The session of who is signed in there, if it is the invited person; another person's stands in
    /// the way.
    async fn signed_in_there(&self, stored: &StoredConnection, offer: &InvitationOffer) -> Result<Option<Session>> {
        let session = match self.session(stored.id).await {
            Ok(session) => session,
            Err(error) if error.code == ErrorCode::SignedOut => return Ok(None),
            Err(error) => return Err(error),
        };
        match session.server.user(&session.token).await {
            Ok(user) if user.email == offer.email => Ok(Some(session)),
            Ok(user) => {
                let message = format!(
                    "The invitation is for {}, but {} is signed in at {}. Sign out there first.",
                    offer.email, user.email, stored.name
                );
                Err(Error::new(ErrorCode::Conflict, message))
            }
            Err(error) if error.code == ErrorCode::SignedOut => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// An answer that was lost may have been a yes.
fn lost(failure: CreateFailure) -> Error {
    let CreateFailure { mut error, perhaps_made } = failure;
    if perhaps_made {
        error.message = format!("{} {PERHAPS}", error.message);
    }
    error
}

/// The server does not say why an invitation leads nowhere.
fn over(mut error: Error) -> Error {
    if error.code == ErrorCode::NotFound {
        error.message =
            "This invitation leads nowhere any more: it was used or withdrawn, or its time is over. Ask for another one."
                .to_owned();
    }
    error
}
