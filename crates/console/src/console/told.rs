//! What a server told once and nobody can ask it again: the links of invitations, the secrets of
//! verifiers. Those that this start of the program got are here, in memory and nowhere else.

use std::collections::HashMap;
use std::hash::Hash;

use keydeck_domain::{OrganizationId, Secret};

use crate::connection::ConnectionId;

/// Texts by the id of what each is for. They wipe themselves.
pub struct Told<I> {
    known: HashMap<I, Once>,
}

struct Once {
    connection: ConnectionId,
    organization: OrganizationId,
    text: Secret,
    shown: String,
}

impl<I> Default for Told<I> {
    fn default() -> Self {
        Self { known: HashMap::new() }
    }
}

impl<I: Eq + Hash> Told<I> {
    /// Takes a text; `shown` is what may be told of it.
    pub fn add(&mut self, of: I, (connection, organization): (ConnectionId, OrganizationId), text: Secret, shown: String) {
        self.known.insert(of, Once { connection, organization, text, shown });
    }

    /// A text to be copied, and what may be told of it.
    pub fn find(&self, of: I) -> Option<(Secret, String)> {
        self.known.get(&of).map(|once| (once.text.duplicate(), once.shown.clone()))
    }

    /// Forgets a text.
    pub fn forget(&mut self, of: I) {
        self.known.remove(&of);
    }

    /// Forgets those of an organization that are not for one of these.
    pub fn keep_only(&mut self, connection: ConnectionId, organization: OrganizationId, there: &[I]) {
        self.known.retain(|id, once| (once.connection, once.organization) != (connection, organization) || there.contains(id));
    }

    /// Forgets those of a connection.
    pub fn forget_connection(&mut self, connection: ConnectionId) {
        self.known.retain(|_, once| once.connection != connection);
    }
}
