//! What keeps a person from working at a server that answers: it is too old, too new, or nobody's yet.

use super::Console;
use crate::connection::{ConnectionId, ConnectionState};
use crate::error::{Error, ErrorCode, Result};
use crate::servers::KeyServer;

impl Console {
    /// Asks who answers. What keeps from working there becomes the connection's state, and is given
    /// as the error that says so.
    ///
    /// # Errors
    /// Those of the network.
    pub(super) async fn obstacle(&self, id: ConnectionId, server: &dyn KeyServer) -> Result<Option<Error>> {
        let identity = server.identify().await?;
        self.answered(id);
        let Some((state, why)) = identity.obstacle() else {
            self.inner.live.connection(id, |live| live.state = live.state.filter(|state| !is_obstacle(*state)));
            return Ok(None);
        };
        let unclaimed = state == ConnectionState::Unclaimed;
        self.inner.live.connection(id, |live| live.trouble = (!unclaimed).then(|| why.clone()));
        self.set_state(id, state);
        Ok(Some(Error::new(if unclaimed { ErrorCode::Conflict } else { ErrorCode::Incompatible }, why)))
    }

    /// Refuses to work with a server that is known to speak another version.
    pub(super) fn fitting(&self, id: ConnectionId) -> Result<()> {
        let why = self.inner.live.connection(id, |live| match live.state {
            Some(ConnectionState::TooOld | ConnectionState::TooNew) => Some(live.trouble.clone()),
            _ => None,
        });
        match why {
            None => Ok(()),
            Some(why) => {
                let why = why.unwrap_or_else(|| "The server speaks another version than this Keydeck.".to_owned());
                Err(Error::new(ErrorCode::Incompatible, why))
            }
        }
    }

    /// A connection's state, as far as somebody looked.
    pub(super) fn state(&self, id: ConnectionId) -> Option<ConnectionState> {
        self.inner.live.connection(id, |live| live.state)
    }
}

fn is_obstacle(state: ConnectionState) -> bool {
    matches!(state, ConnectionState::Unclaimed | ConnectionState::TooOld | ConnectionState::TooNew)
}
