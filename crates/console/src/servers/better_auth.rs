//! The adapter for Better Auth, 1.7 and 1.4, which are told apart by their answers.
//!
//! A person's own keys stand in an organization of their own here, *Own keys*. Organizations have keys from 1.7 on, in a
//! configuration of the API key plugin that says so.

pub(crate) mod account;
pub(crate) mod caller;
mod configuration;
mod credential;
pub(crate) mod expiry;
pub(crate) mod fields;
pub(crate) mod reach;
mod refusal;
pub(crate) mod row;
pub(crate) mod shelf;
mod told;

use std::sync::Arc;

use async_trait::async_trait;
use keydeck_domain::api::Page;
use keydeck_domain::api::keys::{IssuedKey, KeyChange, KeyQuery, NewKey, RegisterKey};
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::sessions::User;
use keydeck_domain::{Dialect, Email, Key, KeyId, OrganizationId, Password, Secret, SessionToken};
use serde_json::{Map, Value, json};

use self::account::Account;
use self::caller::Call;
use self::fields::objects;
use self::reach::{Order, Part, reach};
use self::row::{Row, Whose, split};
use self::shelf::Shelf;
use self::told::Told;
use super::identity::Identity;
use super::{CreateFailure, KeyServer, Probed, SignedIn, Updated, foreign, unable};
use crate::capabilities::{Ability, Capabilities, RotateBy};
use crate::connection::ServerKind;
use crate::console::Target;
use crate::error::{Error, ErrorCode, Result};
use crate::kinds::{Kind, SignInWith};
use crate::servers::http::Answer;
use crate::servers::http::failure::Failure;

/// Better Auth.
pub static KIND: Kind = Kind {
    kind: ServerKind::BetterAuth,
    title: "Better Auth",
    dialect: None,
    sign_in: SignInWith::Password,
    under_a_path: true,
    default_address: None,
    tenant: false,
    account_page: None,
    rotate_days: None,
    make: |target, _| Ok(Arc::new(BetterAuth::new(target)?)),
    can: |_| can(),
};

/// What our id of a person's own keys is made from.
const OWN: &str = "better-auth own keys";

/// A Better Auth server.
pub struct BetterAuth {
    account: Account,
    shelf: Shelf,
}

/// What every Better Auth server can do.
pub(crate) fn can() -> Capabilities {
    Capabilities {
        list: true,
        create: true,
        edit: true,
        disable: true,
        revoke: true,
        expiry: true,
        edit_expiry: true,
        rename: true,
        metadata: true,
        rotate: RotateBy::CreateHandOverRevoke,
        ..Capabilities::none()
    }
    .because(Ability::Scopes, "Better Auth lets only the server's own code set what a key may do. Keydeck shows it.")
    .because(Ability::EditScopes, "Better Auth lets only the server's own code set what a key may do. Keydeck shows it.")
    .because(Ability::Probe, "Better Auth has no route that says whether a key is good: the server's own code asks it.")
    .because(Ability::Usage, "Better Auth counts requests for its own limits alone. When a key was last used stands in its row.")
    .because(Ability::Environments, "Better Auth knows no test keys.")
    .because(Ability::Notes, "Better Auth keeps no remarks. Use a pair of the metadata.")
}

impl BetterAuth {
    /// A server.
    ///
    /// # Errors
    /// Those of the address and of an own certificate authority.
    pub fn new(target: &Target) -> Result<Self> {
        Ok(Self { account: Account::new(target)?, shelf: Shelf::default() })
    }

    fn own(&self, my_id: &str) -> OrganizationId {
        OrganizationId(foreign::id(OWN, my_id))
    }

    /// The server's id of an organization; `None` for a person's own keys.
    async fn owner(&self, token: &SessionToken, organization: OrganizationId) -> Result<Option<String>> {
        if self.own(&self.account.me(token).await?.id) == organization {
            return Ok(None);
        }
        self.account.theirs(token, organization).await.map(Some)
    }

    /// All keys of an organization that can be reached.
    async fn all(&self, token: &SessionToken, organization: OrganizationId) -> Result<(Vec<Row>, bool)> {
        let me = self.account.me(token).await?;
        let owner = self.owner(token, organization).await?;
        if let Some(owner) = &owner {
            // Whoever looks at an organization acts for it at the server too.
            drop(self.account.acting(token, owner, false).await?);
        }
        let reached = reach(|order| self.part(token, owner.clone(), order)).await?;
        let whose = self.whose(&me, organization);
        let mut rows = Vec::with_capacity(reached.rows.len());
        for fields in &reached.rows {
            rows.extend(whose.row(fields)?);
        }
        self.shelf.saw(organization, &rows, reached.whole);
        Ok((rows, reached.whole))
    }

    fn whose<'a>(&'a self, me: &'a account::Me, organization: OrganizationId) -> Whose<'a> {
        let host = self.account.caller.host();
        Whose { organization, me: &me.user, my_id: &me.id, host, ids: &self.account.ids, accesses: false }
    }

    async fn part(&self, token: &SessionToken, owner: Option<String>, order: Order) -> Result<Part> {
        let direction = if order.descending { "desc" } else { "asc" };
        let mut call = Call::get("/api-key/list").query("sortBy", order.by).query("sortDirection", direction);
        if order.offset > 0 {
            call = call.query("offset", order.offset.to_string());
        }
        if let Some(owner) = owner {
            call = call.query("organizationId", owner);
        }
        Ok(part(&self.account.caller.auth(token, call).await?)?)
    }

    /// The server's id and configuration of a key.
    async fn which(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<(String, String)> {
        if self.account.ids.find(key.0).is_none() {
            self.all(token, organization).await?;
        }
        let gone = || {
            Error::new(
                ErrorCode::NotFound,
                "There is no such key any more: the server deletes keys that have expired or are used up.",
            )
        };
        let foreign = self.account.ids.find(key.0).ok_or_else(gone)?;
        let (config, id) = split(&foreign);
        Ok((config.to_owned(), id.to_owned()))
    }

    async fn row(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<Row> {
        let me = self.account.me(token).await?;
        let (config, id) = self.which(token, organization, key).await?;
        let mut call = Call::get("/api-key/get").query("id", id);
        if config != row::DEFAULT_CONFIG {
            call = call.query("configId", config);
        }
        let told: Told = self.account.caller.auth(token, call).await?.json()?;
        self.whose(&me, organization).row(&told.fields)?.ok_or_else(unreadable)
    }

    async fn issue(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        new: &NewKey,
    ) -> std::result::Result<IssuedKey, CreateFailure> {
        let none = |error| CreateFailure { error, perhaps_made: false };
        if !new.scopes.is_empty() {
            return Err(none(unable("Better Auth lets only the server's own code set what a key may do: choose no scopes.")));
        }
        let me = self.account.me(token).await.map_err(none)?;
        let mut body = wish(new, self.shelf.prefix(organization).as_deref());
        if let Some(owner) = self.owner(token, organization).await.map_err(none)? {
            let config = self.configuration(token, organization).await.map_err(none)?;
            body.insert("organizationId".to_owned(), json!(owner));
            body.insert("configId".to_owned(), json!(config));
        }
        let call = Call::post("/api-key/create", Value::Object(body)).secret();
        let answer = self.account.caller.auth(token, call).await.map_err(create_failure)?;
        issued(&answer, &self.whose(&me, organization))
    }
}

/// What a new key is to be.
pub(crate) fn wish(new: &NewKey, prefix: Option<&str>) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("name".to_owned(), json!(new.name));
    if let Some(at) = new.expires_at {
        body.insert("expiresIn".to_owned(), json!(expiry::seconds_until(at)));
    }
    if let Some(prefix) = prefix {
        body.insert("prefix".to_owned(), json!(prefix));
    }
    if !new.metadata.is_empty() {
        body.insert("metadata".to_owned(), json!(new.metadata));
    }
    body
}

/// What changes of a key.
pub(crate) fn wanted(change: &KeyChange, before: &Row) -> Map<String, Value> {
    let mut body = Map::new();
    if let Some(name) = &change.name {
        body.insert("name".to_owned(), json!(name));
    }
    if let Some(enabled) = change.enabled {
        body.insert("enabled".to_owned(), json!(enabled));
    }
    if let Some(expires_at) = change.expires_at {
        body.insert("expiresIn".to_owned(), expires_at.map_or(Value::Null, |at| json!(expiry::seconds_until(at))));
    }
    if let Some(pairs) = &change.metadata {
        body.insert("metadata".to_owned(), Value::Object(row::changed(&before.metadata, pairs)));
    }
    body
}

/// A part of a list: a bare array in 1.4, which can't be sorted.
pub(crate) fn part(answer: &Answer) -> std::result::Result<Part, Failure> {
    let said: Value = answer.json()?;
    let (sorts, total) = (said.is_object(), said.get("total").and_then(Value::as_u64));
    if !said.is_array() && !said.is_object() {
        return Err(Failure::bad_answer("The server's answer is not in the form that was expected."));
    }
    Ok(Part { rows: objects(said, &["apiKeys", "keys"]), total, sorts })
}

/// The answer to a create. A key without its secret is an answer too: it is told that nobody has the secret.
pub(crate) fn issued(answer: &Answer, whose: &Whose<'_>) -> std::result::Result<IssuedKey, CreateFailure> {
    let made = |error| CreateFailure { error, perhaps_made: true };
    let told: Told = answer.json().map_err(create_failure)?;
    let row = whose.row(&told.fields).map_err(made)?.ok_or_else(|| made(unreadable()))?;
    Ok(IssuedKey { key: row.key, secret: told.secret })
}

pub(crate) fn unreadable() -> Error {
    Error::new(ErrorCode::BadAnswer, "The server's answer is not in the form that was expected.")
}

pub(crate) fn create_failure(failure: Failure) -> CreateFailure {
    CreateFailure { perhaps_made: failure.perhaps_done, error: failure.error }
}

/// A key that was deleted: the server has no record of it any more.
pub(crate) fn ended(mut key: Key) -> Key {
    key.revoked_at = Some(chrono::Utc::now());
    key.status = keydeck_domain::KeyStatus::Revoked;
    key
}

#[async_trait]
impl KeyServer for BetterAuth {
    fn capabilities(&self) -> Capabilities {
        can()
    }

    async fn identify(&self) -> Result<Identity> {
        self.account.identify("Better Auth").await
    }

    async fn sign_in(&self, email: &Email, password: &Password) -> Result<SignedIn> {
        self.account.sign_in(email, password).await
    }

    async fn user(&self, token: &SessionToken) -> Result<User> {
        self.account.user(token).await
    }

    fn renewed(&self, token: &SessionToken) -> Option<SessionToken> {
        self.account.caller.renewed(token)
    }

    async fn sign_out(&self, token: &SessionToken) -> Result<()> {
        self.account.sign_out(token).await
    }

    async fn organizations(&self, token: &SessionToken) -> Result<Vec<Organization>> {
        let me = self.account.me(token).await?;
        let own = self.part(token, None, Order { by: "createdAt", descending: true, offset: 0 }).await?;
        let mut made = vec![unscoped(self.own(&me.id), "Own keys", &self.shelf)?];
        // 1.4 has organizations as well, but every key there is a person's own.
        if own.sorts {
            for theirs in self.account.organizations(token).await? {
                made.push(unscoped(theirs.id, &theirs.name, &self.shelf)?);
            }
        }
        Ok(made)
    }

    async fn list(&self, token: &SessionToken, organization: OrganizationId, query: &KeyQuery) -> Result<Page<Key>> {
        if let Some(page) = self.shelf.next_page(organization, query) {
            return Ok(page);
        }
        self.all(token, organization).await?;
        Ok(self.shelf.page(organization, query))
    }

    fn notice(&self, organization: OrganizationId) -> Option<String> {
        self.shelf.notice(organization)
    }

    async fn get(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<Key> {
        Ok(self.row(token, organization, key).await?.key)
    }

    async fn register(
        &self,
        _token: &SessionToken,
        _organization: OrganizationId,
        _key: KeyId,
        _registration: &RegisterKey,
    ) -> std::result::Result<Key, CreateFailure> {
        let error = unable("Better Auth makes the secrets of its keys itself.");
        Err(CreateFailure { error, perhaps_made: false })
    }

    async fn create(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        key: &NewKey,
    ) -> std::result::Result<IssuedKey, CreateFailure> {
        self.issue(token, organization, key).await
    }

    async fn update(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        key: KeyId,
        version: u32,
        change: &KeyChange,
    ) -> Result<Updated> {
        let before = self.row(token, organization, key).await?;
        if before.key.version != version {
            return Ok(Updated::Changed(before.key));
        }
        if change.scopes.is_some() {
            return Err(unable("Better Auth lets only the server's own code set what a key may do."));
        }
        let (config, id) = self.which(token, organization, key).await?;
        let mut body = wanted(change, &before);
        if body.is_empty() {
            return Ok(Updated::Saved(before.key));
        }
        body.insert("keyId".to_owned(), json!(id));
        if config != row::DEFAULT_CONFIG {
            body.insert("configId".to_owned(), json!(config));
        }
        self.account.caller.auth(token, Call::post("/api-key/update", Value::Object(body))).await?;
        Ok(Updated::Saved(self.row(token, organization, key).await?.key))
    }

    async fn revoke(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<Key> {
        let before = self.row(token, organization, key).await?;
        let (config, id) = self.which(token, organization, key).await?;
        let mut body = json!({ "keyId": id });
        if config != row::DEFAULT_CONFIG {
            body["configId"] = json!(config);
        }
        self.account.caller.auth(token, Call::post("/api-key/delete", body)).await?;
        Ok(ended(before.key))
    }

    async fn probe(&self, _secret: &Secret) -> Result<Probed> {
        Err(unable("Better Auth has no route that says whether a key is good."))
    }
}

/// An organization whose keys may do what the server alone says.
fn unscoped(id: OrganizationId, name: &str, shelf: &Shelf) -> Result<Organization> {
    let mut made = foreign::organization(id, name, Dialect::Azen, None)?;
    made.scopes.clear();
    made.accesses.clear();
    made.grantable = Default::default();
    if let Some(prefix) = shelf.prefix(id).and_then(|prefix| prefix.trim_end_matches(['_', '-']).parse().ok()) {
        made.prefix = prefix;
    }
    Ok(made)
}
