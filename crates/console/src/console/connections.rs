//! Connections: add, change, remove, show, look who answers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::sessions::User;
use keydeck_domain::{Name, OrganizationId, TenantId};
use uuid::Uuid;

use super::session::address_of;
use super::state::{internal, lock};
use super::typed::typed;
use super::{Console, Target};
use crate::connection::{Colour, Connection, ConnectionId, ConnectionState, NewConnection, ServerIdentity, ServerKind};
use crate::error::{Error, ErrorCode, Result};
use crate::handoff::journal::State;
use crate::kinds::{self, Kind, SignInWith};
use crate::overview::Overview;
use crate::servers::KeyServer;
use crate::servers::http::address::{self, Address};
use crate::settings::StoredConnection;
use crate::vault::Entry;

impl Console {
    /// The server on this computer: starts it, and makes its connection the first time.
    ///
    /// # Errors
    /// [`ErrorCode::LocalServer`] or a keychain error.
    pub async fn start_local(&self) -> Result<Connection> {
        let known = self
            .inner
            .settings
            .look(|settings| settings.connections.iter().find(|stored| stored.kind == ServerKind::Local).map(|stored| stored.id));
        let id = match known {
            Some(id) => id,
            None => {
                let name: Name = "On this computer".parse().map_err(internal)?;
                let stored = StoredConnection {
                    id: ConnectionId(Uuid::now_v7()),
                    kind: ServerKind::Local,
                    name,
                    colour: Colour::default(),
                    address: String::new(),
                    tenant: None,
                    ca_file: None,
                    organization: None,
                    user: None,
                    organizations: Vec::new(),
                };
                // Reached before it is kept: a connection that never worked is of no use.
                self.server(&stored).await?;
                self.insert(stored).await?
            }
        };
        self.refresh_connection(id).await
    }

    /// Who answers at an address.
    ///
    /// # Errors
    /// [`ErrorCode::NotAKeyServer`] and the others of the network.
    pub async fn probe_server(&self, kind: ServerKind, address: String, ca_file: Option<String>) -> Result<ServerIdentity> {
        let server = self.server_at(kind, address_of(kind, &address)?, None, ca_file).await?;
        server.identify().await?.fitting()
    }

    /// The adapter for a server that need not be a connection.
    pub(super) async fn server_at(
        &self,
        kind: ServerKind,
        address: Address,
        tenant: Option<TenantId>,
        ca_file: Option<String>,
    ) -> Result<Arc<dyn KeyServer>> {
        let ca_file = ca_file.filter(|path| !path.is_empty()).map(PathBuf::from);
        let target = Target { kind, address, tenant, connection: None, ca_file };
        let (adapters, register) = (Arc::clone(&self.inner.adapters), self.inner.register.clone());
        tokio::task::spawn_blocking(move || adapters(&target, &register)).await.map_err(internal)?
    }

    /// Adds a key server that answers as one.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] where it is there already, and as [`Console::probe_server`].
    pub async fn add_connection(&self, new: NewConnection) -> Result<Connection> {
        let name = name_of(&new.name, &new.address)?;
        if new.kind == ServerKind::Local {
            return Err(Error::new(ErrorCode::Invalid, "The server on this computer is started, not added."));
        }
        let kind = kinds::find(new.kind)?;
        let tenant = tenant_of(kind, new.tenant)?;
        let identity = self.probe_server(new.kind, new.address, new.ca_file.clone()).await?;
        self.not_twice(None, new.kind, &identity.address, tenant.as_ref())?;
        let always = kind.sign_in == SignInWith::Nothing;
        let state = match (identity.claimed, always) {
            (false, _) => ConnectionState::Unclaimed,
            (true, true) => ConnectionState::SignedIn,
            (true, false) => ConnectionState::SignedOut,
        };
        let stored = StoredConnection {
            id: ConnectionId(Uuid::now_v7()),
            kind: new.kind,
            name,
            colour: new.colour,
            address: identity.address,
            tenant,
            ca_file: new.ca_file.filter(|path| !path.is_empty()),
            organization: None,
            user: None,
            organizations: Vec::new(),
        };
        let id = self.insert(stored).await?;
        self.answered(id);
        self.set_state(id, state);
        // Where nobody signs in, what there is can be asked for at once.
        if always { self.refresh_connection(id).await } else { self.publish(id) }
    }

    /// Changes a connection. Another address forgets the session: it belongs to the old one.
    ///
    /// # Errors
    /// As [`Console::add_connection`].
    pub async fn edit_connection(&self, id: ConnectionId, new: NewConnection) -> Result<Connection> {
        let before = self.stored(id)?;
        let mut after = before.clone();
        after.name = name_of(&new.name, &new.address)?;
        after.colour = new.colour;
        if before.kind != ServerKind::Local {
            after.ca_file = new.ca_file.filter(|path| !path.is_empty());
            after.address = address_of(before.kind, &new.address)?.to_string();
            after.tenant = tenant_of(kinds::find(before.kind)?, new.tenant)?;
            if (&after.address, &after.ca_file) != (&before.address, &before.ca_file) {
                self.probe_server(before.kind, after.address.clone(), after.ca_file.clone()).await?;
            }
            if is_elsewhere(&after, &before) {
                self.not_twice(Some(id), before.kind, &after.address, after.tenant.as_ref())?;
                // The old server is told if it can be; the token is forgotten in any case.
                if let Err(error) = self.drop_session(id).await? {
                    let notice =
                        format!("The server at the old address could not be told that you signed out: {}", error.message);
                    self.inner.live.connection(id, |live| live.notice = Some(notice));
                }
                self.forget_heads(id).await?;
                self.forget_lists(id).await;
                self.inner.live.connection(id, |live| {
                    live.history = None;
                    live.trouble = None;
                    live.left.clear();
                    live.answered_at = None;
                    live.state = Some(ConnectionState::SignedOut);
                });
            }
        }
        // What was edited and no more: who is signed in can have changed while the server was asked.
        let change = self.inner.settings.change(move |settings| {
            for stored in settings.connections.iter_mut().filter(|stored| stored.id == id) {
                stored.name.clone_from(&after.name);
                stored.colour = after.colour;
                if after.kind != ServerKind::Local {
                    stored.ca_file.clone_from(&after.ca_file);
                }
                if is_elsewhere(&after, &before) {
                    stored.address.clone_from(&after.address);
                    stored.tenant.clone_from(&after.tenant);
                    stored.user = None;
                    stored.organizations = Vec::new();
                    stored.organization = None;
                }
            }
        });
        change.await?;
        self.publish(id)
    }

    /// Removes a connection: signs out, forgets its session, its kept secrets and its register. The
    /// keys stay at the server.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] where a new key's secret is not settled: it would be lost.
    pub async fn remove_connection(&self, id: ConnectionId) -> Result<Overview> {
        let stored = self.stored(id)?;
        let records: Vec<_> = self.inner.journal.all().into_iter().filter(|record| record.key.connection == id).collect();
        if records.iter().any(|record| record.state != State::Kept) {
            let message = "There are new keys here whose secrets are not settled. Finish or discard them first.";
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        if let Err(error) = self.drop_session(id).await? {
            let notice = format!("{} was removed, but it could not be told that you signed out: {}", stored.name, error.message);
            *lock(&self.inner.notice) = Some(notice);
        }
        for record in records {
            self.observe(self.inner.vault.forget(&Entry::KeySecret(record.key)).await)?;
            self.inner.journal.remove(record.key).await?;
        }
        let change = self.inner.settings.change(move |settings| {
            settings.connections.retain(|stored| stored.id != id);
            settings.audit_heads.retain(|seen| seen.connection != id);
            settings.alerts.retain(|seen| seen.connection != id);
            settings.expiring.retain(|told| told.key.connection != id);
            settings.shown = settings.shown.filter(|shown| *shown != id);
        });
        change.await?;
        self.inner.register.forget_connection(id).await?;
        self.inner.live.forget_told(id);
        if let Err(error) = self.inner.lists.forget_connection(id).await {
            let notice = format!("The last lists of {} could not be removed from this computer: {error}.", stored.name);
            *lock(&self.inner.notice) = Some(notice);
        }
        self.inner.live.forget(id);
        self.overview().await
    }

    /// Remembers what is shown, for the next start.
    ///
    /// # Errors
    /// [`ErrorCode::Settings`].
    pub async fn show_connection(&self, id: ConnectionId, organization: Option<OrganizationId>) -> Result<()> {
        self.stored(id)?;
        let change = self.inner.settings.change(move |settings| {
            settings.shown = Some(id);
            for stored in settings.connections.iter_mut().filter(|stored| stored.id == id) {
                stored.organization = organization.or(stored.organization);
            }
        });
        change.await
    }

    /// Asks the server again who it is, who is signed in and which organizations there are.
    ///
    /// # Errors
    /// Those of the network. That nobody is signed in, nobody has claimed the server, or it is too old
    /// or too new, is an answer, not an error.
    pub async fn refresh_connection(&self, id: ConnectionId) -> Result<Connection> {
        let stored = self.stored(id)?;
        self.inner.live.connection(id, |live| live.refreshed = Some(Instant::now()));
        if stored.kind != ServerKind::Local {
            let (server, _) = self.server(&stored).await.inspect_err(|error| self.note(id, error))?;
            // Where nobody is signed in, that stays what is shown: what was typed is not taken away.
            let shown = stored.user.is_some() && self.state(id) != Some(ConnectionState::SignedOut);
            let obstacle = self.obstacle(id, server.as_ref()).await;
            if obstacle
                .inspect_err(|error| {
                    if shown {
                        self.note(id, error)
                    }
                })?
                .is_some()
            {
                return self.publish(id);
            }
        }
        let answer = self
            .with_session(id, |session| async move {
                let user = session.server.user(&session.token).await?;
                let organizations = session.server.organizations(&session.token).await?;
                Ok((user, organizations, session.token))
            })
            .await;
        let (user, organizations, token) = match answer {
            Ok(answer) => answer,
            Err(error) if error.code == ErrorCode::SignedOut => return self.publish(id),
            Err(error) => return Err(error),
        };
        self.notice_of_leaving(&stored, &user, &organizations).await;
        let known = organizations.clone();
        let console = self.clone();
        let change = self.inner.settings.change(move |settings| {
            // Who signed out meanwhile, or went to another address, is not brought back by a late answer.
            if !console.is_current(id, &token) {
                return;
            }
            for stored in settings.connections.iter_mut().filter(|stored| stored.id == id) {
                let still_there = |shown: &OrganizationId| organizations.iter().any(|organization| organization.id == *shown);
                stored.organization = stored.organization.filter(still_there).or(organizations.first().map(|first| first.id));
                stored.user = Some(user.clone());
                stored.organizations.clone_from(&organizations);
            }
        });
        change.await?;
        for organization in known {
            self.look_at_history(id, &organization).await;
        }
        self.publish(id)
    }

    /// Says of which organizations the person is no member any more.
    async fn notice_of_leaving(&self, before: &StoredConnection, user: &User, now: &[Organization]) {
        let is_there = |id: OrganizationId| now.iter().any(|other| other.id == id);
        self.inner.live.connection(before.id, |live| live.left.retain(|id, _| !is_there(*id)));
        if before.user.as_ref().is_none_or(|before| before.id != user.id) {
            return;
        }
        for gone in before.organizations.iter().filter(|organization| !is_there(organization.id)) {
            let notice = format!("You are not a member of {} any more.", gone.name);
            self.inner.live.connection(before.id, |live| live.left.insert(gone.id, notice));
            self.inner.lists.forget((before.id, gone.id)).await;
            self.inner.live.links(|links| links.keep_only(before.id, gone.id, &[]));
            self.inner.live.verifiers(|verifiers| verifiers.keep_only(before.id, gone.id, &[]));
            self.inner.live.webhooks(|webhooks| webhooks.keep_only(before.id, gone.id, &[]));
        }
    }

    pub(super) async fn insert(&self, stored: StoredConnection) -> Result<ConnectionId> {
        let id = stored.id;
        let change = self.inner.settings.change(move |settings| {
            let local = |other: &&StoredConnection| other.kind == ServerKind::Local && stored.kind == ServerKind::Local;
            // Two clicks on 'On this computer' make one connection.
            if let Some(first) = settings.connections.iter().find(local) {
                return first.id;
            }
            if stored.kind == ServerKind::Local {
                let port = settings.local_port;
                let address = port.map(|port| format!("http://127.0.0.1:{port}")).unwrap_or_default();
                settings.connections.push(StoredConnection { address, ..stored });
            } else {
                settings.connections.push(stored);
            }
            settings.shown = Some(id);
            id
        });
        change.await
    }

    pub(super) fn not_twice(
        &self,
        but: Option<ConnectionId>,
        kind: ServerKind,
        address: &str,
        tenant: Option<&TenantId>,
    ) -> Result<()> {
        let twice = self.inner.settings.look(|settings| {
            settings
                .connections
                .iter()
                // A server has one kind; where it has tenants, each is a connection of its own.
                .filter(|stored| stored.kind == kind || stored.kind == ServerKind::Local)
                .find(|stored| stored.address == address && stored.tenant.as_ref() == tenant && Some(stored.id) != but)
                .map(|stored| stored.name.clone())
        });
        match twice {
            Some(name) => Err(Error::new(ErrorCode::Conflict, format!("{address} is there already: {name}."))),
            None => Ok(()),
        }
    }
}

/// Whether it is another server, or another's data there: then nothing of before belongs to it.
fn is_elsewhere(after: &StoredConnection, before: &StoredConnection) -> bool {
    (&after.address, &after.tenant) != (&before.address, &before.tenant)
}

/// The tenant that was typed, where the kind has tenants.
fn tenant_of(kind: &Kind, given: Option<String>) -> Result<Option<TenantId>> {
    let given = given.filter(|tenant| kind.tenant && !tenant.trim().is_empty());
    match given {
        Some(tenant) => typed("The tenant", tenant.trim()).map(Some),
        None if kind.tenant => Err(Error::new(ErrorCode::Invalid, "Type the tenant whose keys these are.")),
        None => Ok(None),
    }
}

/// What to call it: the server's host where nothing was typed.
pub(super) fn name_of(name: &str, at: &str) -> Result<Name> {
    let typed = name.trim();
    let host = if typed.is_empty() {
        address::under_a_path(at)?.origin.host_str().unwrap_or_default().to_owned()
    } else {
        typed.to_owned()
    };
    host.parse().map_err(|error| Error::new(ErrorCode::Invalid, format!("The name {error}.")))
}
