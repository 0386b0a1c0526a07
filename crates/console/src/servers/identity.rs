//! Who answers at an address, and whether this version can work with it.

use crate::connection::{ConnectionState, ServerIdentity};
use crate::error::{Error, ErrorCode, Result};

/// A key server that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What it says of itself.
    pub server: ServerIdentity,
    /// Whether this version can work with it.
    pub fit: Fit,
}

/// Whether this version can work with a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It can.
    Fits,
    /// The server is too old; the sentence says what to do.
    TooOld(String),
    /// The server is too new; the sentence says what to do.
    TooNew(String),
}

impl Identity {
    /// The server, where it can be worked with.
    ///
    /// # Errors
    /// [`ErrorCode::Incompatible`].
    pub fn fitting(self) -> Result<ServerIdentity> {
        match self.fit {
            Fit::Fits => Ok(self.server),
            Fit::TooOld(why) | Fit::TooNew(why) => Err(Error::new(ErrorCode::Incompatible, why)),
        }
    }

    /// What keeps a person from signing in there, as a connection's state and a sentence.
    #[must_use]
    pub fn obstacle(&self) -> Option<(ConnectionState, String)> {
        match &self.fit {
            Fit::TooOld(why) => Some((ConnectionState::TooOld, why.clone())),
            Fit::TooNew(why) => Some((ConnectionState::TooNew, why.clone())),
            Fit::Fits if !self.server.claimed => {
                let why = "Nobody has claimed this server yet: claim it with the token that it printed where it runs.";
                Some((ConnectionState::Unclaimed, why.to_owned()))
            }
            Fit::Fits => None,
        }
    }
}
