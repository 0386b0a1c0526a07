//! What a person changes about himself: his sessions, his password, his name.

use keydeck_domain::api::account::{AccountChange, NewPassword};
use keydeck_domain::api::sessions::SessionEntry;
use keydeck_domain::{Password, SessionId};

use super::Console;
use super::typed::typed;
use crate::connection::{Connection, ConnectionId};
use crate::error::{ErrorCode, Result};

impl Console {
    /// The person's own sessions at a server, the last used first.
    ///
    /// # Errors
    /// Those of the network.
    pub async fn sessions(&self, id: ConnectionId) -> Result<Vec<SessionEntry>> {
        self.with_session(id, |session| async move { session.server.team()?.sessions(&session.token).await }).await
    }

    /// Ends one of them at once. Where it is the one that asks, nobody is signed in then.
    ///
    /// # Errors
    /// Those of the network.
    pub async fn end_session(&self, id: ConnectionId, ended: SessionId) -> Result<()> {
        self.changeable(id)?;
        self.with_session(id, |session| async move { session.server.team()?.end_session(&session.token, ended).await }).await?;
        // Whether it was our own shows by the answer to the next question.
        match self.with_session(id, |session| async move { session.server.user(&session.token).await }).await {
            Err(error) if error.code == ErrorCode::SignedOut => Ok(()),
            other => other.map(drop),
        }
    }

    /// Changes the password, which ends every other session of the person. Both are sent once.
    ///
    /// # Errors
    /// [`ErrorCode::WrongCredentials`] where the password of now is wrong, [`ErrorCode::Invalid`] where
    /// the server does not accept the new one, and those of the network.
    pub async fn change_password(&self, id: ConnectionId, current: Password, next: Password) -> Result<()> {
        self.changeable(id)?;
        let passwords = &NewPassword { current, new: next };
        let changed = self
            .with_session(id, |session| async move { session.server.team()?.change_password(&session.token, passwords).await })
            .await;
        changed.map_err(|mut error| {
            match error.code {
                ErrorCode::WrongCredentials => error.message = "The current password is wrong.".to_owned(),
                ErrorCode::Unreachable | ErrorCode::Timeout | ErrorCode::BadAnswer | ErrorCode::ServerFailed => {
                    error.message.push_str(" If the password was changed all the same, the new one works at the next sign-in.");
                }
                _ => {}
            }
            error
        })
    }

    /// Changes what people call the person.
    ///
    /// # Errors
    /// [`ErrorCode::Invalid`], and those of the network.
    pub async fn rename_account(&self, id: ConnectionId, name: String) -> Result<Connection> {
        self.changeable(id)?;
        let change = &AccountChange { name: typed("The name", &name)? };
        let user = self
            .with_session(id, |session| async move { session.server.team()?.change_account(&session.token, change).await })
            .await?;
        let kept = self.inner.settings.change(move |settings| {
            for stored in settings.connections.iter_mut().filter(|stored| stored.id == id) {
                stored.user = Some(user.clone());
            }
        });
        kept.await?;
        self.publish(id)
    }
}
