//! What the window is shown.

use std::sync::Arc;

use super::Console;
use super::state::lock;
use crate::capabilities::Capabilities;
use crate::connection::{Connection, ConnectionId, ConnectionState, ServerKind};
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::handoff::Handoff;
use crate::handoff::journal::{Place, Record, State};
use crate::keychain::KeychainState;
use crate::kinds;
use crate::overview::Overview;
use crate::servers::http::{address, proxy};
use crate::settings::StoredConnection;

impl Console {
    /// All that the window needs to draw itself the first time. Waits for the server on this
    /// computer, and for no other.
    ///
    /// # Errors
    /// None in this version.
    pub async fn overview(&self) -> Result<Overview> {
        self.start_local_once().await;
        let settings = self.inner.settings.get();
        Ok(Overview {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            kinds: kinds::ADAPTERS.iter().map(|kind| kind.info()).collect(),
            connections: settings.connections.iter().map(|stored| self.view(stored)).collect(),
            connection: settings.shown.or(settings.connections.first().map(|stored| stored.id)),
            preferences: settings.preferences,
            keychain: *lock(&self.inner.keychain),
            keychain_worked_at: settings.keychain_worked_at,
            handoffs: self.unsettled(),
            clipboard: self.inner.countdown.state(),
            notice: lock(&self.inner.notice).clone(),
        })
    }

    /// A connection as it is kept.
    pub(super) fn stored(&self, id: ConnectionId) -> Result<StoredConnection> {
        let found = self.inner.settings.look(|settings| settings.connections.iter().find(|stored| stored.id == id).cloned());
        found.ok_or_else(|| Error::new(ErrorCode::NotFound, "There is no such connection any more."))
    }

    /// A connection as it is shown.
    pub(super) fn view(&self, stored: &StoredConnection) -> Connection {
        let (state, notice, capabilities, answered_at) = self.inner.live.connection(stored.id, |live| {
            let notices: Vec<&str> = [&live.trouble, &live.notice, &live.history]
                .into_iter()
                .flatten()
                .chain(live.left.values())
                .map(String::as_str)
                .collect();
            let notice = (!notices.is_empty()).then(|| notices.join(" "));
            let capabilities = match &live.server {
                Some((_, server)) => server.capabilities(),
                None => kinds::find(stored.kind).map_or_else(|_| Capabilities::none(), |kind| (kind.can)(stored.kind)),
            };
            (live.state, notice, capabilities, live.answered_at)
        });
        // As long as nobody looked: as it was when the program ended.
        let state = state.unwrap_or(match (stored.kind, &stored.user) {
            (ServerKind::Local, _) => ConnectionState::Stopped,
            (_, Some(_)) => ConnectionState::SignedIn,
            (_, None) => ConnectionState::SignedOut,
        });
        let signed_in = !matches!(state, ConnectionState::SignedOut | ConnectionState::Unclaimed);
        let proxy = address::under_a_path(&stored.address).ok();
        let proxy = proxy.and_then(|address| proxy::towards(&address.origin).ok().flatten());
        Connection {
            id: stored.id,
            kind: stored.kind,
            name: stored.name.clone(),
            colour: stored.colour,
            address: stored.address.clone(),
            tenant: stored.tenant.clone(),
            ca_file: stored.ca_file.clone(),
            state,
            user: stored.user.clone().filter(|_| signed_in),
            organizations: if signed_in { stored.organizations.clone() } else { Vec::new() },
            organization: stored.organization.or(stored.organizations.first().map(|organization| organization.id)),
            capabilities,
            notice,
            answered_at,
            proxy: proxy.map(|proxy| proxy.shown),
        }
    }

    /// Tells the window of a connection, and returns it.
    pub(super) fn publish(&self, id: ConnectionId) -> Result<Connection> {
        let connection = self.view(&self.stored(id)?);
        self.inner.events.send(Event::Connection { connection: connection.clone() });
        Ok(connection)
    }

    /// Sets a connection's state, and tells the window if it is another one.
    pub(super) fn set_state(&self, id: ConnectionId, state: ConnectionState) {
        if self.inner.live.connection(id, |live| live.state.replace(state)) != Some(state) {
            // A connection that was removed meanwhile is not told of.
            let _gone = self.publish(id);
        }
    }

    /// New keys whose secrets are not settled.
    pub(super) fn unsettled(&self) -> Vec<Handoff> {
        let records = self.inner.journal.all();
        records.iter().filter(|record| record.state != State::Kept).map(|record| self.handoff(record)).collect()
    }

    /// A new key as it is shown.
    pub(super) fn handoff(&self, record: &Record) -> Handoff {
        self.inner.live.new_keys(|keys| Handoff {
            key: record.key,
            name: record.name.clone(),
            environment: record.environment,
            hint: record.hint.clone(),
            custody: record.custody(),
            copied: keys.copied.contains(&record.key),
            registered: if record.state == State::Pending { keys.registered.get(&record.key).copied() } else { Some(true) },
            problem: keys.problems.get(&record.key).cloned().or_else(|| gone(record)),
        })
    }

    /// Tells the window of the new keys, and returns them.
    pub(super) fn publish_handoffs(&self) -> Vec<Handoff> {
        let handoffs = self.unsettled();
        self.inner.events.send(Event::Handoffs { handoffs: handoffs.clone() });
        handoffs
    }

    /// Remembers how the keychain did: the window shows it without asking for more.
    pub(super) fn observe<T>(&self, result: Result<T>) -> Result<T> {
        let state = match &result {
            Ok(_) => KeychainState::Working,
            Err(error) => match error.code {
                ErrorCode::KeychainLocked => KeychainState::Locked,
                ErrorCode::KeychainAbsent => KeychainState::Absent,
                ErrorCode::KeychainRefused => KeychainState::Refusing,
                _ => return result,
            },
        };
        if std::mem::replace(&mut *lock(&self.inner.keychain), state) != state {
            self.keychain_is(state);
        }
        result
    }

    /// Tells the window of the new keys when it is dropped: also where the work was cancelled.
    pub(super) fn telling(&self) -> Telling {
        Telling { console: Self { inner: Arc::clone(&self.inner) } }
    }
}

/// What is said of a key whose secret is nowhere, at every start until it is settled.
fn gone(record: &Record) -> Option<String> {
    let gone = record.place == Place::Nowhere && record.state == State::Unclaimed;
    gone.then(|| {
        "The secret of this key is not on this computer. Discard the key, unless you have stored it elsewhere.".to_owned()
    })
}

/// See [`Console::telling`].
pub(super) struct Telling {
    console: Console,
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.console.publish_handoffs();
    }
}
