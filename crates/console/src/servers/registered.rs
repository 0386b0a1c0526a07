//! A system without key management: its keys stand in the console's register, and a probe says how each one does.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::Utc;
use keydeck_domain::api::Page;
use keydeck_domain::api::keys::{IssuedKey, KeyChange, KeyQuery, NewKey, RegisterKey};
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::sessions::User;
use keydeck_domain::{Key, KeyId, KeyStatus, OrganizationId, Secret, SessionToken, TenantId};

use super::identity::Identity;
use super::{CreateFailure, KeyServer, Probed, Updated, foreign, unable};
use crate::capabilities::Capabilities;
use crate::connection::{ConnectionId, ServerIdentity, ServerKind};
use crate::console::Target;
use crate::error::{Error, ErrorCode, Result};
use crate::keys::KeyRef;
use crate::kinds::{self, Kind};
use crate::lists::select::select;
use crate::register::{Entry, Register, Registered};
use crate::servers::identity::Fit;

/// What a system says of itself and of a key.
#[async_trait]
pub trait Probe: Send + Sync {
    /// Who answers: the address, as the adapter's `Http` gives it, and the system's name; refuses what is surely
    /// another system.
    async fn identify(&self) -> Result<ServerIdentity>;

    /// Presents a key. What the system answers is told in the findings, with what to do about it.
    async fn check(&self, secret: &Secret, tenant: Option<&TenantId>) -> Result<Probed>;

    /// Makes a secret, where the system lets its user choose one. `None`: as the system's dialect says.
    fn make(&self, _key: &NewKey) -> Option<Result<Secret>> {
        None
    }
}

/// The adapter.
pub struct RegisteredServer {
    kind: &'static Kind,
    capabilities: Capabilities,
    probe: Arc<dyn Probe>,
    register: Register,
    connection: Option<ConnectionId>,
    tenant: Option<TenantId>,
    host: String,
    address: String,
}

impl RegisteredServer {
    /// For a system that a probe speaks to.
    ///
    /// # Errors
    /// [`ErrorCode::Incompatible`] for a kind without a dialect.
    pub fn new(target: &Target, register: &Register, probe: Arc<dyn Probe>) -> Result<Self> {
        let kind = kinds::find(target.kind)?;
        Ok(Self {
            kind,
            capabilities: (kind.can)(target.kind),
            probe,
            register: register.clone(),
            connection: target.connection,
            tenant: target.tenant.clone(),
            host: target.address.origin.host_str().unwrap_or("server").to_owned(),
            address: target.address.to_string(),
        })
    }

    /// The one organization of such a system: the tenant, or the server itself.
    fn owner(&self) -> OrganizationId {
        let whose = self.tenant.as_ref().map_or(self.address.as_str(), TenantId::as_str);
        OrganizationId(foreign::id(word(self.kind.kind), &format!("{} {whose}", self.address)))
    }

    fn nobody(&self) -> Result<User> {
        foreign::nobody(self.kind.title, self.host.trim_matches(['[', ']']))
    }

    fn reference(&self, organization: OrganizationId, key: KeyId) -> Result<KeyRef> {
        let connection = self.connection.ok_or_else(|| Error::new(ErrorCode::Internal, "Keydeck failed. Please try again."))?;
        Ok(KeyRef { connection, organization, key })
    }

    fn found(&self, organization: OrganizationId, key: KeyId) -> Result<Registered> {
        let missing = || Error::new(ErrorCode::NotFound, "There is no such key in the register any more.");
        self.register.find(self.reference(organization, key)?).ok_or_else(missing)
    }
}

/// What an id of this kind is an id of.
fn word(kind: ServerKind) -> &'static str {
    match kind {
        ServerKind::Elizaos => "elizaos organization",
        ServerKind::Azotte => "azotte organization",
        ServerKind::Azerion => "azerion organization",
        _ => "organization",
    }
}

/// The record of a key that this console makes or takes in.
///
/// # Errors
/// [`ErrorCode::BadAnswer`] where a part can't be read.
pub(crate) fn record(id: KeyId, organization: OrganizationId, new: NewKey, hint: keydeck_domain::Hint, by: &User) -> Key {
    let now = Utc::now();
    Key {
        id,
        organization_id: organization,
        name: new.name,
        environment: new.environment,
        kind: new.kind,
        hint,
        scopes: new.scopes,
        note: new.note,
        metadata: new.metadata,
        allowed_addresses: new.allowed_addresses,
        status: KeyStatus::Active,
        enabled: true,
        expires_at: new.expires_at,
        revoked_at: None,
        created_at: now,
        created_by: foreign::person(by),
        creator_left: false,
        updated_at: now,
        last_used_at: None,
        version: 1,
    }
}

#[async_trait]
impl KeyServer for RegisteredServer {
    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    async fn identify(&self) -> Result<Identity> {
        Ok(Identity { server: self.probe.identify().await?, fit: Fit::Fits })
    }

    async fn user(&self, _token: &SessionToken) -> Result<User> {
        self.nobody()
    }

    async fn sign_out(&self, _token: &SessionToken) -> Result<()> {
        Ok(())
    }

    async fn organizations(&self, _token: &SessionToken) -> Result<Vec<Organization>> {
        let dialect = self.kind.dialect.ok_or_else(|| unable("This kind of server has no dialect."))?;
        let name = self.tenant.as_ref().map_or(self.host.as_str(), TenantId::as_str);
        Ok(vec![foreign::organization(self.owner(), name, dialect, self.tenant.clone())?])
    }

    async fn list(&self, _token: &SessionToken, organization: OrganizationId, query: &KeyQuery) -> Result<Page<Key>> {
        let connection = self.connection.unwrap_or(ConnectionId(uuid::Uuid::nil()));
        let all: Vec<Key> = self.register.of(connection, organization).into_iter().map(|one| one.record).collect();
        let items = select(&all, query, Utc::now());
        let total = u32::try_from(items.len()).unwrap_or(u32::MAX);
        Ok(Page { items, next: None, total })
    }

    async fn get(&self, _token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<Key> {
        Ok(self.found(organization, key)?.record)
    }

    fn make_secret(&self, owner: &Organization, key: &NewKey) -> Result<Secret> {
        let by_dialect = || owner.dialect.generate(&owner.prefix, key.environment, key.kind);
        let failed = |_| Error::new(ErrorCode::Internal, "The system's generator of random numbers failed.");
        self.probe.make(key).unwrap_or_else(|| by_dialect().map_err(failed))
    }

    async fn register(
        &self,
        _token: &SessionToken,
        organization: OrganizationId,
        key: KeyId,
        registration: &RegisterKey,
    ) -> std::result::Result<Key, CreateFailure> {
        let none = |error| CreateFailure { error, perhaps_made: false };
        let reference = self.reference(organization, key).map_err(none)?;
        let by = self.nobody().map_err(none)?;
        if let Some(there) = self.register.find(reference) {
            return Ok(there.record);
        }
        let record = record(key, organization, registration.key.clone(), registration.hint.clone(), &by);
        let registered = Registered { key: reference, record: record.clone(), entry: Entry::default() };
        self.register.put(registered).await.map_err(none)?;
        Ok(record)
    }

    async fn create(
        &self,
        _token: &SessionToken,
        _organization: OrganizationId,
        _key: &NewKey,
    ) -> std::result::Result<IssuedKey, CreateFailure> {
        let error = unable("This system makes no keys by itself.");
        Err(CreateFailure { error, perhaps_made: false })
    }

    async fn update(
        &self,
        _token: &SessionToken,
        organization: OrganizationId,
        key: KeyId,
        version: u32,
        change: &KeyChange,
    ) -> Result<Updated> {
        let mut found = self.found(organization, key)?;
        if found.record.version != version {
            return Ok(Updated::Changed(found.record));
        }
        let record = &mut found.record;
        if let Some(name) = &change.name {
            record.name = name.clone();
        }
        if let Some(note) = &change.note {
            record.note = note.clone();
        }
        record.version += 1;
        record.updated_at = Utc::now();
        let saved = record.clone();
        self.register.put(found).await?;
        Ok(Updated::Saved(saved))
    }

    /// Says in the register that it is over. That the system refuses it is for the console to see before.
    async fn revoke(&self, _token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<Key> {
        let mut found = self.found(organization, key)?;
        let now = Utc::now();
        let record = &mut found.record;
        record.revoked_at = record.revoked_at.or(Some(now));
        record.status = KeyStatus::Revoked;
        record.updated_at = now;
        let revoked = record.clone();
        self.register.put(found).await?;
        Ok(revoked)
    }

    async fn probe(&self, secret: &Secret) -> Result<Probed> {
        self.probe.check(secret, self.tenant.as_ref()).await
    }
}
