//! Sessions: where a token comes from, where it may go, and what happens when it is over.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use keydeck_domain::{Email, Password, Secret, SessionToken};
use url::Url;

use super::offline::trouble;
use super::typed::typed;
use super::{Console, Target};
use crate::connection::{Connection, ConnectionId, ConnectionState, ServerKind};
use crate::error::{Error, ErrorCode, Result};
use crate::kinds::{self, SignInWith};
use crate::ports::LocalWish;
use crate::servers::http::address::{self, Address};
use crate::servers::{KeyServer, SignedIn};
use crate::settings::StoredConnection;
use crate::vault::Entry;

/// How long the keychain may take where nobody waits for it.
const IN_BACKGROUND: Duration = Duration::from_secs(3);
/// What a vault entry of the local server belongs to: its port can change, and it is reached only
/// through the listener that this process holds.
const ON_THIS_COMPUTER: &str = "this computer";

/// A server and the token for it.
#[derive(Clone)]
pub(super) struct Session {
    pub server: Arc<dyn KeyServer>,
    pub token: Arc<SessionToken>,
}

impl Console {
    /// Signs in. The password is sent once, to a server that said that it is a key server.
    ///
    /// # Errors
    /// [`ErrorCode::WrongCredentials`], and those of the network.
    pub async fn sign_in(&self, id: ConnectionId, email: String, password: Password) -> Result<Connection> {
        let email: Email = typed("The e-mail address", &email)?;
        let stored = self.stored(id)?;
        let (server, origin) = self.server(&stored).await?;
        if let Some(obstacle) = self.obstacle(id, server.as_ref()).await? {
            return Err(obstacle);
        }
        let issued = server.sign_in(&email, &password).await?;
        self.enter(&stored, &origin, issued).await
    }

    /// Begins with a new session, whatever it was got for.
    pub(super) async fn enter(&self, stored: &StoredConnection, bound_to: &str, issued: SignedIn) -> Result<Connection> {
        let (id, user) = (stored.id, issued.user.clone());
        if stored.user.as_ref().is_some_and(|before| before.id != user.id) {
            self.forget_lists(id).await;
        }
        self.inner.live.connection(id, |live| {
            live.notice = None;
            live.left.clear();
            live.looked_for_expiry.clear();
            live.told_waiting.clear();
        });
        self.remember(stored, bound_to, issued).await?;
        let change = self.inner.settings.change(move |settings| {
            for stored in settings.connections.iter_mut().filter(|stored| stored.id == id) {
                stored.user = Some(user.clone());
            }
        });
        change.await?;
        self.set_state(id, ConnectionState::SignedIn);
        self.refresh_connection(id).await
    }

    /// Signs out: the session is over at the server at once, and forgotten here in any case.
    ///
    /// # Errors
    /// A keychain error, where the token can't be forgotten there.
    pub async fn sign_out(&self, id: ConnectionId) -> Result<Connection> {
        let notice = match self.drop_session(id).await? {
            Ok(()) => None,
            Err(error) => Some(format!(
                "You are signed out here, but the server could not be told: {} The session there ends by itself.",
                error.message
            )),
        };
        let told = self.inner.live.connection(id, |live| {
            live.notice = notice;
            live.left.clear();
            live.history.take().is_some()
        });
        // Who was told that the history went back accepts it by signing out. Who was not is told after the next
        // sign-in: a restored backup, and a dishonest server, end the session first.
        if told {
            self.forget_heads(id).await?;
        }
        self.set_state(id, ConnectionState::SignedOut);
        self.inner
            .settings
            .change(move |settings| {
                for stored in settings.connections.iter_mut().filter(|stored| stored.id == id) {
                    stored.user = None;
                    stored.organizations = Vec::new();
                }
            })
            .await?;
        // After the user: a list that arrives late belongs to nobody and is not kept.
        self.forget_lists(id).await;
        self.publish(id)
    }

    /// What was kept for who was signed in: his lists, and the links and verifiers that he made. A list that can't
    /// be removed is told.
    pub(super) async fn forget_lists(&self, id: ConnectionId) {
        self.inner.live.forget_told(id);
        self.inner.live.connection(id, |live| {
            live.old = false;
            live.trouble = None;
            live.kept_list.clear();
        });
        if let Err(error) = self.inner.lists.forget_connection(id).await {
            let notice = format!("The last lists of keys could not be removed from this computer: {error}.");
            self.inner.live.connection(id, |live| live.notice = Some(notice));
        }
    }

    /// Ends the session at the server (the inner result) and forgets it here (the outer one).
    pub(super) async fn drop_session(&self, id: ConnectionId) -> Result<Result<()>> {
        let told = match self.session(id).await {
            Ok(session) => session.server.sign_out(&session.token).await,
            Err(error) if error.code == ErrorCode::SignedOut => Ok(()),
            Err(error) => Err(error),
        };
        self.inner.live.connection(id, |live| live.session = None);
        self.observe(self.inner.vault.forget(&Entry::SessionToken(id)).await)?;
        Ok(told)
    }

    /// Works with a session. A session that is over is forgotten and told; on this computer another
    /// one is got without asking anybody.
    pub(super) async fn with_session<T, F, Fut>(&self, id: ConnectionId, work: F) -> Result<T>
    where
        F: Fn(Session) -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
    {
        let mut once_more = self.stored(id)?.kind == ServerKind::Local;
        self.fitting(id)?;
        loop {
            let session = self.session(id).await.inspect_err(|error| self.note(id, error))?;
            let session = self.renewed(id, session).await;
            let token = Arc::clone(&session.token);
            match work(session).await {
                Err(error) if error.code == ErrorCode::SignedOut => {
                    self.answered(id);
                    self.session_over(id, &token).await;
                    if !std::mem::take(&mut once_more) {
                        return Err(error);
                    }
                }
                Ok(value) => {
                    self.heard(id, &token);
                    return Ok(value);
                }
                Err(error) => {
                    self.note(id, &error);
                    if is_an_answer(error.code) {
                        self.heard(id, &token);
                    }
                    return Err(error);
                }
            }
        }
    }

    /// The session, with the token that the server has put in place of this one since it was last asked. That one is
    /// kept for the next start.
    async fn renewed(&self, id: ConnectionId, session: Session) -> Session {
        let Some(token) = session.server.renewed(&session.token).filter(|_| self.is_current(id, &session.token)) else {
            return session;
        };
        let Ok(stored) = self.stored(id) else { return session };
        let (Some(user), Ok((_, bound_to))) = (stored.user.clone(), self.server(&stored).await) else { return session };
        match self.remember(&stored, &bound_to, SignedIn { token, user }).await {
            Ok(token) => Session { token, ..session },
            // As long as it works, the one before is as good.
            Err(_) => session,
        }
    }

    /// The server answered who is signed in. An answer that comes after he signed out signs nobody in.
    fn heard(&self, id: ConnectionId, token: &SessionToken) {
        self.answered(id);
        if self.is_current(id, token) {
            self.set_state(id, ConnectionState::SignedIn);
        }
    }

    /// Whether this is still the connection's session.
    pub(super) fn is_current(&self, id: ConnectionId, token: &SessionToken) -> bool {
        // Exposed to be compared: two who read the keychain at once have the same token twice.
        let same = |current: &SessionToken| current.expose() == token.expose();
        self.inner.live.connection(id, |live| live.session.as_ref().is_some_and(|(_, current)| same(current)))
    }

    /// Takes what an error says about its connection.
    pub(super) fn note(&self, id: ConnectionId, error: &Error) {
        match error.code {
            ErrorCode::Unreachable
            | ErrorCode::Timeout
            | ErrorCode::Certificate
            | ErrorCode::Redirected
            | ErrorCode::NotAKeyServer => {
                self.inner.live.connection(id, |live| live.trouble = trouble(error));
                self.set_state(id, ConnectionState::Unreachable);
            }
            ErrorCode::LocalServer => self.set_state(id, ConnectionState::Stopped),
            // Where nobody can sign in, nobody is signed in either: that is said already.
            ErrorCode::SignedOut if self.state(id) != Some(ConnectionState::Unclaimed) => {
                self.set_state(id, ConnectionState::SignedOut);
            }
            _ => {}
        }
    }

    /// The adapter of a connection, and the text of the origin that it speaks to.
    pub(super) async fn server(&self, stored: &StoredConnection) -> Result<(Arc<dyn KeyServer>, String)> {
        let address = match stored.kind {
            ServerKind::Local => Address::of(self.local_origin(stored.id).await?),
            kind => address_of(kind, &stored.address)?,
        };
        // Origin and path: another system can live under another path of the same host.
        let bound_to = match stored.kind {
            ServerKind::Local => ON_THIS_COMPUTER.to_owned(),
            _ => address.to_string(),
        };
        let target = Target {
            kind: stored.kind,
            address,
            tenant: stored.tenant.clone(),
            connection: Some(stored.id),
            ca_file: stored.ca_file.as_ref().map(PathBuf::from),
        };
        let known = self.inner.live.connection(stored.id, |live| {
            live.server.as_ref().filter(|(made_for, _)| *made_for == target).map(|(_, server)| Arc::clone(server))
        });
        if let Some(server) = known {
            return Ok((server, bound_to));
        }
        // Reads certificate files and the system's trust store.
        let adapters = Arc::clone(&self.inner.adapters);
        let (wanted, register) = (target.clone(), self.inner.register.clone());
        let server =
            tokio::task::spawn_blocking(move || adapters(&wanted, &register)).await.map_err(super::state::internal)??;
        self.inner.live.connection(stored.id, |live| live.server = Some((target, Arc::clone(&server))));
        Ok((server, bound_to))
    }

    /// Where the local server listens in this process; starts it if it does not run.
    async fn local_origin(&self, id: ConnectionId) -> Result<Url> {
        let wish = LocalWish { port: self.inner.settings.look(|settings| settings.local_port) };
        let running = self.inner.local.start(wish).await?;
        let (port, address) = (running.origin.port(), address::text(&running.origin));
        if !address::is_loopback(&running.origin) {
            return Err(Error::new(ErrorCode::LocalServer, "The local server must listen on this computer alone."));
        }
        let before = self.inner.settings.look(|settings| settings.local_port);
        if before != port {
            if let (true, Some(before), Some(port)) = (running.port_changed, before, port) {
                let notice = format!(
                    "Another program has taken port {before}. The server on this computer now answers at port {port}: scripts that use it must be told."
                );
                self.inner.live.connection(id, |live| live.notice = Some(notice));
            }
            let change = self.inner.settings.change(move |settings| {
                settings.local_port = port;
                for stored in settings.connections.iter_mut().filter(|stored| stored.kind == ServerKind::Local) {
                    stored.address.clone_from(&address);
                }
            });
            change.await?;
        }
        Ok(running.origin)
    }

    /// The session of a connection, from memory or the keychain.
    pub(super) async fn session(&self, id: ConnectionId) -> Result<Session> {
        let stored = self.stored(id)?;
        let (server, bound_to) = self.server(&stored).await?;
        let in_memory = self.inner.live.connection(id, |live| {
            live.session.as_ref().filter(|(origin, _)| *origin == bound_to).map(|(_, token)| Arc::clone(token))
        });
        if let Some(token) = in_memory {
            return Ok(Session { server, token });
        }
        if kinds::find(stored.kind)?.sign_in == SignInWith::Nothing {
            // Nobody need be anybody there: each key proves itself.
            let token = Arc::new(SessionToken::new(String::new()));
            self.inner.live.connection(id, |live| live.session = Some((bound_to, Arc::clone(&token))));
            return Ok(Session { server, token });
        }
        let local = stored.kind == ServerKind::Local;
        let entry = Entry::SessionToken(id);
        let read = self.inner.vault.read(&entry);
        // On this computer nobody needs the keychain to be somebody, so nobody waits for its prompt.
        let read = if local { in_background(read).await } else { read.await };
        match self.observe(read) {
            Ok(Some(kept)) if kept.origin == bound_to => {
                // Exposed to become a token again, in another type that wipes itself as well.
                let token = Arc::new(SessionToken::new(kept.secret.expose().to_owned()));
                self.inner.live.connection(id, |live| live.session = Some((bound_to, Arc::clone(&token))));
                return Ok(Session { server, token });
            }
            // It belongs to another address: it is not sent to this one.
            Ok(Some(_)) => self.observe(self.inner.vault.forget(&Entry::SessionToken(id)).await)?,
            Ok(None) => {}
            Err(error) if !local => return Err(error),
            Err(_) => {}
        }
        if !local {
            return Err(Error::new(ErrorCode::SignedOut, "Nobody is signed in."));
        }
        let issued = self.inner.local.issue_session().await?;
        let token = self.remember(&stored, &bound_to, issued.into()).await?;
        Ok(Session { server, token })
    }

    /// Keeps a new session. Where the keychain does not take it, it lives as long as the program, and
    /// the person is told.
    pub(super) async fn remember(
        &self,
        stored: &StoredConnection,
        bound_to: &str,
        issued: SignedIn,
    ) -> Result<Arc<SessionToken>> {
        // Exposed to be kept in the keychain, whose entries are secrets of any kind.
        let secret = Secret::new(issued.token.expose().to_owned());
        let token = Arc::new(issued.token);
        let id = stored.id;
        self.inner.live.connection(id, |live| live.session = Some((bound_to.to_owned(), Arc::clone(&token))));
        let label = format!("Keydeck: signed in at {}", stored.name);
        let entry = Entry::SessionToken(id);
        let store = self.inner.vault.store(&entry, &label, bound_to, &secret);
        let kept = self.observe(if stored.kind == ServerKind::Local { in_background(store).await } else { store.await });
        if let (Err(error), true) = (kept, stored.kind != ServerKind::Local) {
            let notice = format!("You will have to sign in again at the next start: {}", error.message);
            self.inner.live.connection(id, |live| live.notice = Some(notice));
        }
        Ok(token)
    }

    /// The server refused this token: it is of no use any more.
    async fn session_over(&self, id: ConnectionId, token: &Arc<SessionToken>) {
        let ours = self.inner.live.connection(id, |live| {
            let ours = live.session.as_ref().is_some_and(|(_, current)| Arc::ptr_eq(current, token));
            if ours {
                live.session = None;
            }
            ours
        });
        // Somebody signed in again meanwhile: the new session has nothing to do with it.
        if !ours {
            return;
        }
        if self.observe(self.inner.vault.forget(&Entry::SessionToken(id)).await).is_err() {
            tracing::warn!(connection = %id.0, "a session that is over could not be taken out of the keychain");
        }
        self.set_state(id, ConnectionState::SignedOut);
    }
}

/// The address of a server of this kind.
pub(super) fn address_of(kind: ServerKind, typed: &str) -> Result<Address> {
    if kinds::find(kind)?.under_a_path { address::under_a_path(typed) } else { address::origin(typed).map(Address::of) }
}

/// Whether a server that knows the session said this.
fn is_an_answer(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::Forbidden | ErrorCode::NotFound | ErrorCode::Conflict | ErrorCode::Invalid | ErrorCode::Revoked)
}

/// A call of the keychain that nobody waits for: it has a short time.
pub(super) async fn in_background<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    let late = Error::new(ErrorCode::KeychainLocked, "The keychain did not answer in time.");
    tokio::time::timeout(IN_BACKGROUND, call).await.unwrap_or(Err(late))
}
