//! Organizations: made, renamed, their catalogues and presets changed.

use keydeck_domain::OrganizationId;
use keydeck_domain::api::organizations::{NewOrganization, Organization, OrganizationChange};

use super::Console;
use crate::connection::{Connection, ConnectionId};
use crate::error::Result;
use crate::servers::team::OrganizationUpdated;
use crate::team::OrganizationUpdate;

impl Console {
    /// Makes an organization, and shows it.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::Forbidden`] for who owns none yet, and those of the network.
    pub async fn create_organization(&self, id: ConnectionId, new: NewOrganization) -> Result<Connection> {
        self.changeable(id)?;
        let new = &new;
        let made = self
            .with_session(id, |session| async move { session.server.team()?.create_organization(&session.token, new).await })
            .await?;
        self.know_organization(id, made, true).await?;
        self.publish(id)
    }

    /// Changes an organization that is still at the version that was edited.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::Conflict`] where a scope would go that keys still have, and those of
    /// the network. Somebody else's change is an answer, not an error.
    pub async fn change_organization(
        &self,
        id: ConnectionId,
        organization: OrganizationId,
        version: u32,
        change: OrganizationChange,
    ) -> Result<OrganizationUpdate> {
        self.changeable(id)?;
        let change = &change;
        let updated = self
            .in_organization(id, organization, |session| async move {
                session.server.team()?.change_organization(&session.token, organization, version, change).await
            })
            .await?;
        let (OrganizationUpdated::Saved(now) | OrganizationUpdated::Changed(now)) = &updated;
        self.know_organization(id, now.clone(), false).await?;
        self.publish(id)?;
        Ok(match updated {
            OrganizationUpdated::Saved(organization) => OrganizationUpdate::Saved { organization },
            OrganizationUpdated::Changed(organization) => OrganizationUpdate::Changed { organization },
        })
    }

    /// Takes an organization as it is now; with `show` it is the one that is shown.
    async fn know_organization(&self, id: ConnectionId, now: Organization, show: bool) -> Result<()> {
        let change = self.inner.settings.change(move |settings| {
            for stored in settings.connections.iter_mut().filter(|stored| stored.id == id) {
                if show {
                    stored.organization = Some(now.id);
                }
                match stored.organizations.iter_mut().find(|known| known.id == now.id) {
                    Some(known) => known.clone_from(&now),
                    None => stored.organizations.push(now.clone()),
                }
            }
        });
        change.await
    }
}
