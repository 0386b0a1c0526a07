//! Alerts: what somebody should look at.

use keydeck_domain::OrganizationId;
use keydeck_domain::api::alerts::Alert;

use super::Console;
use crate::connection::ConnectionId;
use crate::error::Result;

impl Console {
    /// The newest alerts of an organization, the newest first.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::Incompatible`] where the server does not count, and those of the network.
    pub async fn alerts(&self, id: ConnectionId, organization: OrganizationId) -> Result<Vec<Alert>> {
        let alerts = self
            .in_organization(id, organization, |session| async move {
                session.server.counted()?.alerts(&session.token, organization, None).await
            })
            .await?;
        Ok(alerts.items)
    }
}
