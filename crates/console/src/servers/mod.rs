//! Key servers: what the console asks of each kind, and one file a kind.

pub mod audit;
pub mod azen;
pub mod azerion;
pub mod azotte;
pub mod better_auth;
pub mod elizaos;
pub mod foreign;
pub mod http;
pub mod identity;
pub mod keydeck;
pub mod limits;
pub mod loose;
pub mod memory_api;
pub mod registered;
pub mod team;
pub mod usage;
pub mod verifiers;
pub mod webhooks;

use async_trait::async_trait;
use keydeck_domain::api::Page;
use keydeck_domain::api::audit::AuditHead;
use keydeck_domain::api::keys::{IssuedKey, KeyChange, KeyQuery, NewKey, RegisterKey};
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::sessions::{IssuedSession, User};
use keydeck_domain::{Email, Key, KeyId, Name, OrganizationId, Outcome, Password, Secret, SessionToken, TenantId};

use crate::capabilities::Capabilities;
use crate::error::{Error, ErrorCode, Result};
use crate::keys::{Finding, Gravity};
use audit::AuditLog;
use identity::Identity;
use limits::Limiting;
use team::Team;
use usage::Counted;
use verifiers::Verifiers;
use webhooks::Webhooks;

/// A key server, spoken to by the adapter of its kind. Cancelled by dropping.
#[async_trait]
pub trait KeyServer: Send + Sync {
    /// What this kind can do.
    fn capabilities(&self) -> Capabilities;

    /// Who answers, and whether this version can work with it; refuses what is not a key server of
    /// this kind.
    async fn identify(&self) -> Result<Identity>;

    /// Signs in by password. Only where [`crate::kinds::SignInWith::Password`].
    async fn sign_in(&self, _email: &Email, _password: &Password) -> Result<SignedIn> {
        Err(unable("Nobody signs in to this system with a password."))
    }

    /// Signs in by a key that exists already. Only where [`crate::kinds::SignInWith::Key`]. The key becomes the
    /// connection's session: what this returns as token is kept in the keychain and given to every later call.
    async fn sign_in_with_key(&self, _secret: &Secret, _tenant: Option<&TenantId>) -> Result<SignedIn> {
        Err(unable("Nobody signs in to this system with a key."))
    }

    /// Makes an account, where the system lets anybody make one. Sent once, never repeated.
    async fn sign_up(&self, _email: &Email, _name: &Name) -> std::result::Result<SignedUp, CreateFailure> {
        Err(CreateFailure { error: unable("Nobody signs up at this system from here."), perhaps_made: false })
    }

    /// Who is signed in.
    async fn user(&self, token: &SessionToken) -> Result<User>;

    /// Another token that the server has put in place of this one since it was last asked; told once.
    fn renewed(&self, _token: &SessionToken) -> Option<SessionToken> {
        None
    }

    /// Ends the session.
    async fn sign_out(&self, token: &SessionToken) -> Result<()>;

    /// The organizations of who is signed in.
    async fn organizations(&self, token: &SessionToken) -> Result<Vec<Organization>>;

    /// A page of keys.
    async fn list(&self, token: &SessionToken, organization: OrganizationId, query: &KeyQuery) -> Result<Page<Key>>;

    /// What a person should know of the list that was read last.
    fn notice(&self, _organization: OrganizationId) -> Option<String> {
        None
    }

    /// One key.
    async fn get(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<Key>;

    /// Makes the secret of a new key. Only where [`Capabilities::client_made_secrets`]. Not more than the system's
    /// generator is asked.
    fn make_secret(&self, owner: &Organization, key: &NewKey) -> Result<Secret> {
        let made = owner.dialect.generate(&owner.prefix, key.environment, key.kind);
        made.map_err(|_| Error::new(ErrorCode::Internal, "The system's generator of random numbers failed."))
    }

    /// Registers a key whose secret was made here. Repeated by itself where an answer is lost. Only
    /// where [`Capabilities::client_made_secrets`].
    async fn register(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        key: KeyId,
        registration: &RegisterKey,
    ) -> std::result::Result<Key, CreateFailure>;

    /// Makes a key whose secret the server makes. Sent once, never repeated.
    async fn create(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        key: &NewKey,
    ) -> std::result::Result<IssuedKey, CreateFailure>;

    /// Changes a key, if it is still at this version.
    async fn update(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        key: KeyId,
        version: u32,
        change: &KeyChange,
    ) -> Result<Updated>;

    /// Revokes a key for good.
    async fn revoke(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<Key>;

    /// Presents a key, and says whether it was accepted.
    async fn probe(&self, secret: &Secret) -> Result<Probed>;

    /// The newest entry of the audit log and the one with this number; `None` where the role may
    /// not read it or the kind has none.
    async fn audit_head(
        &self,
        _token: &SessionToken,
        _organization: OrganizationId,
        _at: Option<u32>,
    ) -> Result<Option<AuditHead>> {
        Ok(None)
    }

    /// What it can do with people and organizations.
    ///
    /// # Errors
    /// [`ErrorCode::Incompatible`] where this kind can't.
    fn team(&self) -> Result<&dyn Team> {
        Err(unable("This server has no members, invitations or sessions that Keydeck could manage."))
    }

    /// Its audit log.
    ///
    /// # Errors
    /// [`ErrorCode::Incompatible`] where this kind has none.
    fn audit_log(&self) -> Result<&dyn AuditLog> {
        Err(unable("This server has no audit log that Keydeck could read."))
    }

    /// Its verifiers.
    ///
    /// # Errors
    /// [`ErrorCode::Incompatible`] where this kind has none.
    fn verifiers(&self) -> Result<&dyn Verifiers> {
        Err(unable("This server has no verifiers that Keydeck could manage."))
    }

    /// What it has counted.
    ///
    /// # Errors
    /// [`ErrorCode::Incompatible`] where this kind or version does not count.
    fn counted(&self) -> Result<&dyn Counted> {
        Err(unable("This server does not count how keys are used."))
    }

    /// Its limits.
    ///
    /// # Errors
    /// [`ErrorCode::Incompatible`] where this kind or version has none.
    fn limits(&self) -> Result<&dyn Limiting> {
        Err(unable("This server has no limits that Keydeck could manage."))
    }

    /// Its webhooks.
    ///
    /// # Errors
    /// [`ErrorCode::Incompatible`] where this kind or version has none.
    fn webhooks(&self) -> Result<&dyn Webhooks> {
        Err(unable("This server sends no webhooks."))
    }
}

pub(crate) fn unable(message: &str) -> Error {
    Error::new(ErrorCode::Incompatible, message)
}

/// Somebody is signed in.
pub struct SignedIn {
    /// What proves it from now on.
    pub token: SessionToken,
    /// Who. See [`foreign::nobody`] for a system that knows no people.
    pub user: User,
}

impl From<IssuedSession> for SignedIn {
    fn from(issued: IssuedSession) -> Self {
        Self { token: issued.token, user: issued.session.user }
    }
}

/// Somebody has an account now.
pub struct SignedUp {
    /// The account, as our organization.
    pub organization: OrganizationId,
    /// Its first key, which may do everything. Nobody can ask for its secret again.
    pub first: IssuedKey,
    /// Who.
    pub user: User,
}

/// How presenting a key ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// Whether it was accepted.
    pub accepted: bool,
    /// Why it was not, where the system says it. Otherwise the key's record gives the reason.
    pub why: Option<Outcome>,
    /// What else was seen, and what to do about it.
    pub findings: Vec<Finding>,
}

impl Probed {
    /// It was.
    #[must_use]
    pub fn accepted() -> Self {
        Self { accepted: true, why: None, findings: Vec::new() }
    }

    /// It was not.
    #[must_use]
    pub fn refused(why: Option<Outcome>) -> Self {
        Self { accepted: false, why, findings: Vec::new() }
    }

    /// Adds what else was seen.
    #[must_use]
    pub fn with(mut self, gravity: Gravity, text: impl Into<String>) -> Self {
        self.findings.push(Finding { gravity, text: text.into() });
        self
    }
}

/// How a change ended.
pub enum Updated {
    /// Saved.
    Saved(Key),
    /// Somebody was faster; the key as it is now.
    Changed(Key),
}

/// Why something was not made, and whether it can be there all the same.
pub struct CreateFailure {
    /// What went wrong.
    pub error: Error,
    /// Whether the server may have made it: the request can have reached it.
    pub perhaps_made: bool,
}
