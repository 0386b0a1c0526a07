//! Limits of an organization and of each of its keys: read, and set all at once.

use keydeck_domain::OrganizationId;
use keydeck_domain::api::limits::{Limits, NewLimits};

use super::Console;
use crate::connection::ConnectionId;
use crate::error::Result;
use crate::servers::limits::LimitsSet;
use crate::team::LimitsUpdate;

impl Console {
    /// The limits of an organization.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::Incompatible`] where the server has none, and those of the network.
    pub async fn limits(&self, id: ConnectionId, organization: OrganizationId) -> Result<Limits> {
        self.in_organization(id, organization, |session| async move {
            session.server.limits()?.limits(&session.token, organization).await
        })
        .await
    }

    /// Sets limits that are still at the version that was edited.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::Forbidden`], [`crate::error::ErrorCode::Invalid`], and those of the network.
    /// Somebody else's change is an answer, not an error.
    pub async fn set_limits(
        &self,
        id: ConnectionId,
        organization: OrganizationId,
        version: u32,
        limits: NewLimits,
    ) -> Result<LimitsUpdate> {
        self.changeable(id)?;
        let limits = &limits;
        let set = self
            .in_organization(id, organization, |session| async move {
                session.server.limits()?.set_limits(&session.token, organization, version, limits).await
            })
            .await?;
        Ok(match set {
            LimitsSet::Saved(limits) => LimitsUpdate::Saved { limits },
            LimitsSet::Changed(limits) => LimitsUpdate::Changed { limits },
        })
    }
}
