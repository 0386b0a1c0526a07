//! Work within an organization, of which the person can be removed at any time.

use std::future::Future;

use keydeck_domain::OrganizationId;

use super::Console;
use super::session::Session;
use crate::connection::{ConnectionId, ConnectionState};
use crate::error::{Error, ErrorCode, Result};

impl Console {
    /// As `with_session`. Where the organization is gone, the connection is asked for anew, so that it
    /// disappears from the window; where the role did not allow it, the roles are asked for anew.
    pub(super) async fn in_organization<T, F, Fut>(&self, id: ConnectionId, organization: OrganizationId, work: F) -> Result<T>
    where
        F: Fn(Session) -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
    {
        match self.with_session(id, work).await {
            Err(error) => Err(self.as_a_member(id, organization, error).await),
            done => done,
        }
    }

    /// What an error of an organization's route means for who may not be its member any more.
    pub(super) async fn as_a_member(&self, id: ConnectionId, organization: OrganizationId, error: Error) -> Error {
        match error.code {
            ErrorCode::NotFound => {
                let Ok(after) = self.refresh_connection(id).await else { return error };
                let there = after.organizations.iter().any(|other| other.id == organization);
                if there || after.state != ConnectionState::SignedIn {
                    return error;
                }
                let left = self.inner.live.connection(id, |live| live.left.get(&organization).cloned());
                Error::new(ErrorCode::NotFound, left.unwrap_or(error.message))
            }
            ErrorCode::Forbidden => {
                let console = self.clone();
                tokio::spawn(async move { drop(console.refresh_connection(id).await) });
                error
            }
            _ => error,
        }
    }
}
