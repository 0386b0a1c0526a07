//! Who belongs to an organization, and as what.

use keydeck_domain::api::members::Member;
use keydeck_domain::{OrganizationId, Role, UserId};

use super::Console;
use crate::connection::{Connection, ConnectionId};
use crate::error::{Error, ErrorCode, Result};

impl Console {
    /// The members of an organization.
    ///
    /// # Errors
    /// Those of the network.
    pub async fn members(&self, id: ConnectionId, organization: OrganizationId) -> Result<Vec<Member>> {
        self.in_organization(id, organization, |session| async move {
            session.server.team()?.members(&session.token, organization).await
        })
        .await
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] where no owner would be left, and those of the network.
    pub async fn change_member(
        &self,
        id: ConnectionId,
        organization: OrganizationId,
        user: UserId,
        role: Role,
    ) -> Result<Member> {
        self.changeable(id)?;
        let member = self
            .in_organization(id, organization, |session| async move {
                session.server.team()?.change_member(&session.token, organization, user, role).await
            })
            .await?;
        if self.is_me(id, user)? {
            // What one may oneself is another thing now.
            self.refresh_connection(id).await?;
        }
        Ok(member)
    }

    /// Removes a member; his keys stay.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] where no owner would be left, and those of the network.
    pub async fn remove_member(&self, id: ConnectionId, organization: OrganizationId, user: UserId) -> Result<()> {
        if self.is_me(id, user)? {
            return self.leave_organization(id, organization).await.map(drop);
        }
        self.changeable(id)?;
        self.in_organization(id, organization, |session| async move {
            session.server.team()?.remove_member(&session.token, organization, user).await
        })
        .await
    }

    /// Leaves an organization oneself.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] where no owner would be left, and those of the network.
    pub async fn leave_organization(&self, id: ConnectionId, organization: OrganizationId) -> Result<Connection> {
        self.changeable(id)?;
        let me = self.stored(id)?.user.map(|user| user.id);
        let me = me.ok_or_else(|| Error::new(ErrorCode::SignedOut, "Nobody is signed in."))?;
        self.in_organization(id, organization, |session| async move {
            session.server.team()?.remove_member(&session.token, organization, me).await
        })
        .await?;
        self.refresh_connection(id).await?;
        // Who leaves by himself need not be told.
        self.inner.live.connection(id, |live| live.left.remove(&organization));
        self.publish(id)
    }

    fn is_me(&self, id: ConnectionId, user: UserId) -> Result<bool> {
        Ok(self.stored(id)?.user.is_some_and(|me| me.id == user))
    }
}
