//! What is looked at again and again while the program runs: alerts, and once a day which keys expire soon.
//! Nobody waits for it, so it changes nothing in the window when a server can't be reached.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use keydeck_domain::api::organizations::Organization;
use keydeck_domain::{OrganizationId, Role};
use tokio::task::JoinSet;

use super::Console;
use super::session::{Session, in_background};
use crate::connection::{ConnectionId, ConnectionState};
use crate::error::{Error, ErrorCode};
use crate::servers::http::retry;

/// Between two looks, in seconds: so many and up to half as many more, so that many consoles don't come at
/// once.
const EVERY: u64 = 50;
/// Before the first look, in the same way: what the window itself asks for comes first.
const FIRST: u64 = 10;

impl Console {
    /// Looks again and again, as long as somebody else holds this console.
    pub(super) async fn watch(self) {
        let inner = Arc::downgrade(&self.inner);
        drop(self);
        let mut pause = FIRST;
        loop {
            tokio::time::sleep(Duration::from_millis(pause * 1_000 + retry::random() % (pause * 500))).await;
            let Some(inner) = inner.upgrade() else { return };
            Self { inner }.look_around().await;
            pause = EVERY;
        }
    }

    /// Looks once, at every server where somebody is signed in and that answered when it was last asked.
    pub async fn look_around(&self) {
        let mut looking = JoinSet::new();
        for stored in self.inner.settings.look(|settings| settings.connections.clone()) {
            if self.state(stored.id) == Some(ConnectionState::SignedIn) && stored.user.is_some() {
                let console = self.clone();
                looking.spawn(async move { console.look_at(stored.id, &stored.organizations).await });
            }
        }
        looking.join_all().await;
    }

    async fn look_at(&self, id: ConnectionId, known: &[Organization]) {
        let Ok(session) = in_background(self.session(id)).await else { return };
        match session.server.organizations(&session.token).await {
            // Removed, invited or with another role: the window says so at once, whatever it shows.
            Ok(now) if membership(&now) != membership(known) => drop(self.refresh_connection(id).await),
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(code = ?error.code, "a server could not be looked at");
                if error.code == ErrorCode::SignedOut {
                    drop(self.refresh_connection(id).await);
                }
                return;
            }
        }
        let Ok(stored) = self.stored(id) else { return };
        for organization in &stored.organizations {
            let Ok(session) = in_background(self.session(id)).await else { return };
            if let Err(error) = self.look_within(id, organization, &session).await {
                tracing::debug!(code = ?error.code, "a server could not be looked at");
                self.take_up_error(id, organization, error).await;
                return;
            }
        }
    }

    async fn look_within(&self, id: ConnectionId, organization: &Organization, session: &Session) -> Result<(), Error> {
        if session.server.capabilities().usage {
            self.look_for_alerts(id, organization, session).await?;
        }
        self.look_for_expiry(id, organization, session).await
    }

    /// That the session is over, or the person is no member any more, is worth knowing at once; that a server
    /// does not answer is said when the person asks it for something.
    async fn take_up_error(&self, id: ConnectionId, organization: &Organization, error: Error) {
        match error.code {
            ErrorCode::SignedOut => drop(self.refresh_connection(id).await),
            ErrorCode::NotFound | ErrorCode::Forbidden => drop(self.as_a_member(id, organization.id, error).await),
            _ => {}
        }
    }
}

/// Of what the person is a member, and as what.
fn membership(organizations: &[Organization]) -> BTreeSet<(OrganizationId, Role)> {
    organizations.iter().map(|organization| (organization.id, organization.role)).collect()
}
