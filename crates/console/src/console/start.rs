//! What is done at the start, while the window draws itself.

use super::Console;
use super::session::in_background;
use super::state::lock;
use crate::connection::{ConnectionId, ConnectionState, ServerKind};
use crate::error::{ErrorCode, Result};
use crate::settings::StoredConnection;

impl Console {
    /// Starts the local server where there is a connection to it, until its keys can be asked for;
    /// whoever comes second waits for the first.
    pub(super) async fn start_local_once(&self) {
        let start = || async {
            let known = self
                .inner
                .settings
                .look(|settings| settings.connections.iter().find(|stored| stored.kind == ServerKind::Local).cloned());
            if let Some(stored) = known
                && let Err(error) = self.take_up(&stored).await
            {
                let notice = format!("The server on this computer could not be started: {}", error.message);
                *lock(&self.inner.notice) = Some(notice);
            }
        };
        self.inner.local_start.get_or_init(start).await;
    }

    /// Whose keys there are is known from the last time: only the session has to be good. The rest
    /// is asked for in the background, as it is of other servers.
    async fn take_up(&self, stored: &StoredConnection) -> Result<()> {
        if stored.user.is_none() || stored.organizations.is_empty() {
            return self.start_local().await.map(drop);
        }
        self.with_session(stored.id, |session| async move { session.server.user(&session.token).await }).await.map(drop)
    }

    /// Asks every key server how things are, and settles what the last run left behind.
    pub(super) async fn wake(&self) {
        self.start_local_once().await;
        let connections = self.inner.settings.look(|settings| settings.connections.clone());
        for stored in connections {
            let console = self.clone();
            match stored.kind {
                ServerKind::Local => console.wake_local(stored.id).await,
                _ => drop(tokio::spawn(async move { console.wake_remote(&stored).await })),
            }
        }
    }

    async fn wake_local(&self, id: ConnectionId) {
        // Where it did not start there is nobody to ask, and that is said already.
        let runs = self.inner.live.connection(id, |live| live.state == Some(ConnectionState::SignedIn));
        if runs && let Err(error) = self.refresh_connection(id).await {
            tracing::debug!(code = ?error.code, "the server on this computer could not be asked");
        }
        self.settle_all(Some(id)).await;
    }

    async fn wake_remote(&self, stored: &StoredConnection) {
        // Made first: reading the system's trust store is no fault of the keychain's.
        if let Err(error) = self.server(stored).await {
            return self.note(stored.id, &error);
        }
        // Nobody waits for this: a prompt of the keychain must not hang where nobody looks.
        match in_background(self.session(stored.id)).await {
            Ok(_) => {
                if self.refresh_connection(stored.id).await.is_ok() {
                    self.settle_all(Some(stored.id)).await;
                }
            }
            Err(error) => {
                self.note(stored.id, &error);
                // Who answers is asked all the same: nobody may have claimed it, or it may be too old.
                if error.code == ErrorCode::SignedOut && self.refresh_connection(stored.id).await.is_err() {
                    tracing::debug!("a server where nobody is signed in could not be asked who it is");
                }
                let _told = self.observe::<()>(Err(error));
            }
        }
    }
}
