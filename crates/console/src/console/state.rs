//! What is known of connections and new keys while the program runs, and is not kept.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chrono::{DateTime, Utc};
use keydeck_domain::{InvitationId, OrganizationId, Secret, SessionToken, VerifierId, WebhookId};

use super::Target;
use crate::connection::{ConnectionId, ConnectionState};
use crate::error::{Error, ErrorCode};
use crate::keys::KeyRef;
use crate::servers::KeyServer;

use super::told::Told;

/// What is known while the program runs.
#[derive(Default)]
pub struct Live {
    connections: Mutex<HashMap<ConnectionId, LiveConnection>>,
    new_keys: Mutex<NewKeys>,
    links: Mutex<Told<InvitationId>>,
    verifiers: Mutex<Told<VerifierId>>,
    webhooks: Mutex<Told<WebhookId>>,
}

/// A connection while the program runs.
#[derive(Default)]
pub struct LiveConnection {
    /// `None` as long as nobody looked.
    pub state: Option<ConnectionState>,
    /// The port changed, the keychain did not keep the session.
    pub notice: Option<String>,
    /// History went back.
    pub history: Option<String>,
    /// Why it can't be worked with, where its state alone does not say it.
    pub trouble: Option<String>,
    /// The organizations that the person is no member of any more, each with its sentence.
    pub left: BTreeMap<OrganizationId, String>,
    /// When it answered last.
    pub answered_at: Option<DateTime<Utc>>,
    /// Whether an old list is shown, because it can't be reached.
    pub old: bool,
    /// Whether it is asked again and again until it answers.
    pub asking: bool,
    /// When an organization's list was last kept whole.
    pub kept_list: HashMap<OrganizationId, Instant>,
    /// The session, and the origin that it belongs to.
    pub session: Option<(String, Arc<SessionToken>)>,
    /// The adapter, and for what it was made.
    pub server: Option<(Target, Arc<dyn KeyServer>)>,
    /// When it was last asked who is signed in, and as what.
    pub refreshed: Option<Instant>,
    /// When it was last looked which keys of an organization expire soon.
    pub looked_for_expiry: HashMap<OrganizationId, DateTime<Utc>>,
    /// Whose alerts that wait were told since the start.
    pub told_waiting: HashSet<OrganizationId>,
    /// When an organization's history was last looked at.
    pub looked_at_history: HashMap<OrganizationId, Instant>,
}

/// New keys while the program runs.
#[derive(Default)]
pub struct NewKeys {
    /// The secrets that no keychain took: here and nowhere else.
    pub in_memory: HashMap<KeyRef, Secret>,
    /// Copied since the start.
    pub copied: HashSet<KeyRef>,
    /// Being worked on: nobody else settles them meanwhile.
    pub busy: HashSet<KeyRef>,
    /// What went wrong with each.
    pub problems: HashMap<KeyRef, String>,
    /// Whether the server has it, as far as it was asked.
    pub registered: HashMap<KeyRef, bool>,
}

impl NewKeys {
    /// Forgets all about a key; its secret wipes itself.
    pub fn forget(&mut self, key: KeyRef) {
        self.in_memory.remove(&key);
        self.copied.remove(&key);
        self.problems.remove(&key);
        self.registered.remove(&key);
    }
}

impl Live {
    /// Works on a connection's state; never held over an await.
    pub fn connection<T>(&self, id: ConnectionId, work: impl FnOnce(&mut LiveConnection) -> T) -> T {
        work(lock(&self.connections).entry(id).or_default())
    }

    /// Forgets a connection.
    pub fn forget(&self, id: ConnectionId) {
        lock(&self.connections).remove(&id);
    }

    /// Works on the new keys; never held over an await.
    pub fn new_keys<T>(&self, work: impl FnOnce(&mut NewKeys) -> T) -> T {
        work(&mut lock(&self.new_keys))
    }

    /// Works on the links of invitations; never held over an await.
    pub fn links<T>(&self, work: impl FnOnce(&mut Told<InvitationId>) -> T) -> T {
        work(&mut lock(&self.links))
    }

    /// Works on the secrets of verifiers; never held over an await.
    pub fn verifiers<T>(&self, work: impl FnOnce(&mut Told<VerifierId>) -> T) -> T {
        work(&mut lock(&self.verifiers))
    }

    /// Works on the secrets of webhooks; never held over an await.
    pub fn webhooks<T>(&self, work: impl FnOnce(&mut Told<WebhookId>) -> T) -> T {
        work(&mut lock(&self.webhooks))
    }

    /// Forgets all that a server told once to who was signed in there.
    pub fn forget_told(&self, id: ConnectionId) {
        self.links(|links| links.forget_connection(id));
        self.verifiers(|verifiers| verifiers.forget_connection(id));
        self.webhooks(|webhooks| webhooks.forget_connection(id));
    }

    /// Marks a key as being worked on; `None` where somebody else works on it.
    pub fn busy(&self, key: KeyRef) -> Option<Busy<'_>> {
        self.new_keys(|keys| keys.busy.insert(key)).then_some(Busy { live: self, key })
    }
}

/// A key that is being worked on, until this is dropped.
pub struct Busy<'a> {
    live: &'a Live,
    key: KeyRef,
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.live.new_keys(|keys| keys.busy.remove(&self.key));
    }
}

/// Locks; a panic of another thread does not make what is behind the lock worse.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A fault of this program. The cause is not told: it is never a person's business.
pub fn internal(_: impl std::error::Error) -> Error {
    Error::new(ErrorCode::Internal, "Keydeck failed. Please try again.")
}
