//! Invitations: made, listed, withdrawn, and their links copied as a secret is. A link stays in this
//! program's memory: the page never has it, and no file does.

use keydeck_domain::api::invitations::{Invitation, NewInvitation};
use keydeck_domain::{InvitationId, OrganizationId};

use super::Console;
use crate::clipboard::ClipboardState;
use crate::connection::ConnectionId;
use crate::error::{Error, ErrorCode, Result};
use crate::invitation_link;

impl Console {
    /// The invitations of an organization that nobody has used yet.
    ///
    /// # Errors
    /// Those of the network.
    pub async fn invitations(&self, id: ConnectionId, organization: OrganizationId) -> Result<Vec<Invitation>> {
        let invitations = self
            .in_organization(id, organization, |session| async move {
                session.server.team()?.invitations(&session.token, organization).await
            })
            .await?;
        let there: Vec<InvitationId> = invitations.iter().map(|invitation| invitation.id).collect();
        self.inner.live.links(|links| links.keep_only(id, organization, &there));
        Ok(invitations)
    }

    /// Invites somebody. The link can be copied as long as this program runs.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] where the person is a member already, and those of the network.
    pub async fn invite(&self, id: ConnectionId, organization: OrganizationId, new: NewInvitation) -> Result<Invitation> {
        self.changeable(id)?;
        let new = &new;
        let issued = self
            .in_organization(id, organization, |session| async move {
                session.server.team()?.invite(&session.token, organization, new).await
            })
            .await?;
        let link = invitation_link::make(&self.stored(id)?.address, &issued.token);
        let shown = format!("invitation of {}", issued.invitation.email);
        self.inner.live.links(|links| links.add(issued.invitation.id, (id, organization), link, shown));
        Ok(issued.invitation)
    }

    /// Copies the link of an invitation, kept out of clipboard histories and cleared in time.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where another start of this program, or another computer, made it;
    /// [`ErrorCode::Clipboard`].
    pub async fn copy_invitation(&self, invitation: InvitationId) -> Result<ClipboardState> {
        let found = self.inner.live.links(|links| links.find(invitation));
        let (link, shown) = found.ok_or_else(|| {
            Error::new(
                ErrorCode::NotFound,
                "The link of this invitation is not in this program any more: invite the person again.",
            )
        })?;
        self.inner.countdown.copy(link, shown, self.clipboard_time()).await
    }

    /// Withdraws an invitation: its link leads nowhere from now on.
    ///
    /// # Errors
    /// Those of the network.
    pub async fn withdraw_invitation(
        &self,
        id: ConnectionId,
        organization: OrganizationId,
        invitation: InvitationId,
    ) -> Result<()> {
        self.changeable(id)?;
        self.in_organization(id, organization, |session| async move {
            session.server.team()?.withdraw(&session.token, organization, invitation).await
        })
        .await?;
        self.inner.live.links(|links| links.forget(invitation));
        Ok(())
    }
}
