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

/// How far alerts were told and looked at, each by its newest sequence.
#[derive(Clone, Copy)]
struct Seen {
    told: u64,
    looked: u64,
}

impl Seen {
    fn of(kept: &SeenAlerts) -> Self {
        Self { told: kept.sequence, looked: kept.looked.unwrap_or(kept.sequence) }
    }
}

impl Console {
    /// The newest alerts of an organization, the newest first. The person has them before him then: none waits any
    /// more.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::Incompatible`] where the server does not count, and those of the network.
    pub async fn alerts(&self, id: ConnectionId, organization: OrganizationId) -> Result<Vec<Alert>> {
        let alerts = self
            .in_organization(id, organization, |session| async move {
                session.server.counted()?.alerts(&session.token, organization, None).await
            })
            .await?;
        let newest = alerts.newest;
        self.change_seen(id, organization, move |seen| {
            let seen = seen.get_or_insert(Seen { told: newest, looked: newest });
            seen.looked = seen.looked.max(newest);
        })
        .await?;
        Ok(alerts.items)
    }

    /// Asks for alerts that were not told yet, and tells of them. Where it is asked for the first time, what
    /// is there already is old. After a start the window is told as well which ones nobody has looked at.
    pub(super) async fn look_for_alerts(&self, id: ConnectionId, organization: &Organization, session: &Session) -> Result<()> {
        let here = organization.id;
        let seen = self.seen_alerts(id, here);
        if let Some(seen) = seen {
            self.tell_of_waiting(id, here, seen, session).await?;
        }
        let told = seen.map(|seen| seen.told);
        let answer = session.server.counted()?.alerts(&session.token, here, told).await?;
        let more = seen.is_some() && answer.items.len() >= PAGE;
        let newest = answer.items.last().map(|last| last.sequence).filter(|_| more).unwrap_or(answer.newest);
        // Who signed out meanwhile is told nothing any more.
        if told == Some(newest) || !self.is_current(id, &session.token) {
            return Ok(());
        }
        // First, so that nothing is told twice.
        self.change_seen(id, here, move |seen| seen.get_or_insert(Seen { told: newest, looked: newest }).told = newest).await?;
        if seen.is_some() && !answer.items.is_empty() {
            self.notify_of_alerts(id, organization, &answer.items);
            self.inner.events.send(Event::Alerted { connection: id, organization: here, alerts: answer.items });
        }
        Ok(())
    }

    /// Once a start: what was told before it, and was not looked at.
    async fn tell_of_waiting(&self, id: ConnectionId, organization: OrganizationId, seen: Seen, session: &Session) -> Result<()> {
        if seen.looked >= seen.told || self.inner.live.connection(id, |live| live.told_waiting.contains(&organization)) {
            return Ok(());
        }
        let answer = session.server.counted()?.alerts(&session.token, organization, Some(seen.looked)).await?;
        if !self.is_current(id, &session.token) {
            return Ok(());
        }
        let sequences: Vec<u64> =
            answer.items.iter().map(|alert| alert.sequence).filter(|sequence| *sequence <= seen.told).collect();
        if self.inner.live.connection(id, |live| live.told_waiting.insert(organization)) && !sequences.is_empty() {
            self.inner.events.send(Event::AlertsWait { connection: id, organization, sequences });
        }
        Ok(())
    }

    fn seen_alerts(&self, id: ConnectionId, organization: OrganizationId) -> Option<Seen> {
        self.inner.settings.look(|settings| {
            settings.alerts.iter().find(|seen| (seen.connection, seen.organization) == (id, organization)).map(Seen::of)
        })
    }

    /// Changes how far the alerts of an organization were told and looked at; `None` where it was never asked.
    async fn change_seen(
        &self,
        id: ConnectionId,
        organization: OrganizationId,
        change: impl FnOnce(&mut Option<Seen>) + Send + 'static,
    ) -> Result<()> {
        let changed = self.inner.settings.change(move |settings| {
            let at = settings.alerts.iter().position(|seen| (seen.connection, seen.organization) == (id, organization));
            let mut seen = at.map(|at| Seen::of(&settings.alerts[at]));
            change(&mut seen);
            let kept = seen.map(|Seen { told, looked }| SeenAlerts {
                connection: id,
                organization,
                sequence: told,
                looked: Some(looked),
            });
            match (at, kept) {
                (Some(at), Some(kept)) => settings.alerts[at] = kept,
                (None, Some(kept)) => settings.alerts.push(kept),
                (_, None) => {}
            }
        });
        changed.await
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
                Notice::LimitNear { percent, quota, .. } => (
                    format!("{who} used {percent} % of its daily quota"),
                    format!("{quota} requests a day; a new day begins at midnight UTC."),
                    Place::Usage,
                ),
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
