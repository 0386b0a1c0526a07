//! The links of the invitations that this start of the program has made: in memory and nowhere else.

use std::collections::HashMap;

use keydeck_domain::{InvitationId, OrganizationId, Secret};

use crate::connection::ConnectionId;

/// The links, by the invitation that each is for. They wipe themselves.
#[derive(Default)]
pub struct Links {
    known: HashMap<InvitationId, Link>,
}

struct Link {
    connection: ConnectionId,
    organization: OrganizationId,
    text: Secret,
    shown: String,
}

impl Links {
    /// Takes a link; `shown` is what may be told of it.
    pub fn add(
        &mut self,
        invitation: InvitationId,
        (connection, organization): (ConnectionId, OrganizationId),
        text: Secret,
        shown: String,
    ) {
        self.known.insert(invitation, Link { connection, organization, text, shown });
    }

    /// A link to be copied, and what may be told of it.
    pub fn find(&self, invitation: InvitationId) -> Option<(Secret, String)> {
        self.known.get(&invitation).map(|link| (link.text.duplicate(), link.shown.clone()))
    }

    /// Forgets a link.
    pub fn forget(&mut self, invitation: InvitationId) {
        self.known.remove(&invitation);
    }

    /// Forgets those of an organization that are not among these: used, withdrawn or replaced.
    pub fn keep_only(&mut self, connection: ConnectionId, organization: OrganizationId, there: &[InvitationId]) {
        self.known.retain(|id, link| (link.connection, link.organization) != (connection, organization) || there.contains(id));
    }

    /// Forgets those of a connection.
    pub fn forget_connection(&mut self, connection: ConnectionId) {
        self.known.retain(|_, link| link.connection != connection);
    }
}
