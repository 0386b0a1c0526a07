//! Alerts: what somebody should look at. Each is told once on this computer, also over a restart.

use keydeck_domain::OrganizationId;
use keydeck_domain::api::alerts::{Alert, Notice};
use keydeck_domain::api::organizations::Organization;

use super::Console;
use super::session::Session;
use crate::connection::ConnectionId;
use crate::error::Result;
use crate::event::{Event, Place};
use crate::settings::SeenAlerts;

/// As many come at once.
const PAGE: usize = 200;

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

    /// Asks for alerts that were not told yet, and tells of them. Where it is asked for the first time, what
    /// is there already is old.
    pub(super) async fn look_for_alerts(&self, id: ConnectionId, organization: &Organization, session: &Session) -> Result<()> {
        let here = organization.id;
        let is_here = move |seen: &SeenAlerts| (seen.connection, seen.organization) == (id, here);
        let seen =
            self.inner.settings.look(|settings| settings.alerts.iter().find(|seen| is_here(seen)).map(|seen| seen.sequence));
        let answer = session.server.counted()?.alerts(&session.token, here, seen).await?;
        let more = seen.is_some() && answer.items.len() >= PAGE;
        let sequence = answer.items.last().map(|last| last.sequence).filter(|_| more).unwrap_or(answer.newest);
        // Who signed out meanwhile is told nothing any more.
        if seen == Some(sequence) || !self.is_current(id, &session.token) {
            return Ok(());
        }
        // First, so that nothing is told twice.
        let change = self.inner.settings.change(move |settings| {
            settings.alerts.retain(|seen| !is_here(seen));
            settings.alerts.push(SeenAlerts { connection: id, organization: here, sequence });
        });
        change.await?;
        if seen.is_some() && !answer.items.is_empty() {
            self.notify_of_alerts(id, organization, &answer.items);
            self.inner.events.send(Event::Alerted { connection: id, organization: here, alerts: answer.items });
        }
        Ok(())
    }

    fn notify_of_alerts(&self, id: ConnectionId, organization: &Organization, alerts: &[Alert]) {
        let name = &organization.name;
        let several = || (format!("{name}: {} alerts", alerts.len()), "Keydeck shows what was noticed.".to_owned());
        self.notify(id, organization.id, alerts, several, |alert| {
            let who = alert.key_name.as_ref().unwrap_or(name);
            let (title, text, view) = match &alert.notice {
                Notice::Jump { count, usual } => (
                    format!("{who} is used far more than usual"),
                    format!("{count} verifications within an hour; {usual} are usual."),
                    Place::Usage,
                ),
                Notice::Fall { count, usual } => (
                    format!("{who} is used far less than usual"),
                    format!("{count} verifications within an hour; {usual} are usual."),
                    Place::Usage,
                ),
                Notice::Awake { .. } => {
                    (format!("{who} is used again"), "The key was not used for a long time.".to_owned(), Place::Keys)
                }
                Notice::NewNetwork { .. } => (
                    format!("{who} is used from a new network"),
                    "The key was not used from there before.".to_owned(),
                    Place::Keys,
                ),
            };
            (title, format!("{text} {name}"), view, alert.key)
        });
    }
}
