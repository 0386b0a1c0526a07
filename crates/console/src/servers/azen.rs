//! The adapter for Azen: Better Auth for who is signed in, and the console's own routes for keys, because only they set
//! what a key may do. No public document gives the shape of these routes: ours.

mod usage;

use std::sync::Arc;

use async_trait::async_trait;
use keydeck_domain::api::Page;
use keydeck_domain::api::keys::{IssuedKey, KeyChange, KeyQuery, NewKey, RegisterKey};
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::sessions::User;
use keydeck_domain::dialect::KeyHeader;
use keydeck_domain::{Dialect, Email, Key, KeyId, OrganizationId, Outcome, Password, Scopes, Secret, SessionToken};
use reqwest::Method;
use serde_json::{Value, json};

use super::better_auth::account::Account;
use super::better_auth::caller::Call;
use super::better_auth::reach::{Order, Part, reach};
use super::better_auth::row::{self, Row, Whose, split};
use super::better_auth::shelf::Shelf;
use super::better_auth::{create_failure, ended, issued, part, unreadable, wanted, wish};
use super::http::failure::Failure;
use super::http::{Answer, Proof, Request};
use super::identity::Identity;
use super::usage::Counted;
use super::{CreateFailure, KeyServer, Probed, SignedIn, Updated, foreign, unable};
use crate::capabilities::{Ability, Capabilities, Scoping};
use crate::connection::ServerKind;
use crate::console::Target;
use crate::error::{Error, ErrorCode, Result};
use crate::keys::Gravity;
use crate::kinds::{Kind, SignInWith};

/// Azen.
pub static KIND: Kind = Kind {
    kind: ServerKind::Azen,
    title: "Azen",
    dialect: Some(Dialect::Azen),
    sign_in: SignInWith::Password,
    under_a_path: true,
    default_address: None,
    tenant: false,
    account_page: None,
    rotate_days: None,
    make: |target, _| Ok(Arc::new(Azen::new(target)?)),
    can: |_| can(),
};

/// The console's routes for keys.
const KEYS: &str = "/api/keys";
/// The pair that ties a key to its organization.
///
/// Azen: "API keys are tied to a specific organization (stored in organizationId metadata)".
const ORGANIZATION: &str = "organizationId";

/// A server of Azen's.
pub struct Azen {
    account: Account,
    shelf: Shelf,
}

/// Azen: "API key permissions are configured in the console when creating or editing keys."
fn can() -> Capabilities {
    let base = super::better_auth::can();
    let mut can = Capabilities { scopes: Scoping::AccessOnly, edit_scopes: true, probe: true, usage: true, ..base };
    let now_there = [Ability::Scopes, Ability::EditScopes, Ability::Probe, Ability::Usage];
    can.explain.retain(|explained| !now_there.contains(&explained.what));
    for explained in &mut can.explain {
        explained.why = explained.why.replace("Better Auth", "Azen");
    }
    can
}

impl Azen {
    /// A server.
    ///
    /// # Errors
    /// Those of the address and of an own certificate authority.
    pub fn new(target: &Target) -> Result<Self> {
        Ok(Self { account: Account::new(target)?, shelf: Shelf::default() })
    }

    /// Asks a route that answers for the organization which the session acts for.
    async fn ask(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        call: impl Fn() -> Call + Send + Sync,
    ) -> std::result::Result<Answer, Failure> {
        let theirs = self.account.theirs(token, organization).await.map_err(Failure::of)?;
        let mut anew = false;
        loop {
            let acting = self.account.acting(token, &theirs, anew).await.map_err(Failure::of)?;
            let answer = self.account.caller.ask(token, call()).await;
            drop(acting);
            match answer {
                // Another program has switched the organization: nothing was done.
                Err(failure) if failure.error.code == ErrorCode::Forbidden && !anew => anew = true,
                answer => return answer,
            }
        }
    }

    async fn all(&self, token: &SessionToken, organization: OrganizationId) -> Result<Vec<Row>> {
        let me = self.account.me(token).await?;
        let reached = reach(|order| self.part(token, organization, order)).await?;
        let whose = self.whose(&me, organization);
        let mut rows = Vec::with_capacity(reached.rows.len());
        for fields in &reached.rows {
            rows.extend(whose.row(fields)?);
        }
        self.shelf.saw(organization, &rows, reached.whole);
        Ok(rows)
    }

    fn whose<'a>(&'a self, me: &'a super::better_auth::account::Me, organization: OrganizationId) -> Whose<'a> {
        let host = self.account.caller.host();
        Whose { organization, me: &me.user, my_id: &me.id, host, ids: &self.account.ids, accesses: true }
    }

    async fn part(&self, token: &SessionToken, organization: OrganizationId, order: Order) -> Result<Part> {
        let direction = if order.descending { "desc" } else { "asc" };
        let call = || {
            let call = Call::get(KEYS).query("sortBy", order.by).query("sortDirection", direction);
            if order.offset > 0 { call.query("offset", order.offset.to_string()) } else { call }
        };
        Ok(part(&self.ask(token, organization, call).await?)?)
    }

    /// A key: the console's routes tell it in their list alone.
    async fn row(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<Row> {
        let found = self.all(token, organization).await?.into_iter().find(|row| row.key.id == key);
        found.ok_or_else(gone)
    }

    fn path(&self, key: KeyId) -> Result<String> {
        let foreign = self.account.ids.find(key.0).ok_or_else(gone)?;
        let (_, id) = split(&foreign);
        // It becomes a part of a path.
        let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if plain { Ok(format!("{KEYS}/{id}")) } else { Err(unreadable()) }
    }

    async fn issue(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        new: &NewKey,
    ) -> std::result::Result<IssuedKey, CreateFailure> {
        let none = |error| CreateFailure { error, perhaps_made: false };
        let me = self.account.me(token).await.map_err(none)?;
        let theirs = self.account.theirs(token, organization).await.map_err(none)?;
        let mut body = wish(new, self.shelf.prefix(organization).as_deref());
        body.insert("permissions".to_owned(), json!(word(&new.scopes).map_err(none)?));
        body.insert("metadata".to_owned(), tied(body.get("metadata").cloned(), &theirs));
        let body = Value::Object(body);
        let call = || Call::post(KEYS, body.clone()).secret();
        let answer = self.ask(token, organization, call).await.map_err(create_failure)?;
        issued(&answer, &self.whose(&me, organization))
    }
}

/// Azen's word for what a key may do.
fn word(scopes: &Scopes) -> Result<&'static str> {
    let message = "Azen knows read only, write only and full access, and nothing between them.";
    row::word(scopes).ok_or_else(|| Error::new(ErrorCode::Invalid, message))
}

/// The pairs with the one that says whose the key is, whatever was typed.
fn tied(pairs: Option<Value>, organization: &str) -> Value {
    let mut pairs = match pairs {
        Some(Value::Object(pairs)) => pairs,
        _ => Default::default(),
    };
    pairs.insert(ORGANIZATION.to_owned(), json!(organization));
    Value::Object(pairs)
}

fn gone() -> Error {
    let message = "There is no such key any more: the server deletes keys that have expired or are used up.";
    Error::new(ErrorCode::NotFound, message)
}

#[async_trait]
impl KeyServer for Azen {
    fn capabilities(&self) -> Capabilities {
        can()
    }

    async fn identify(&self) -> Result<Identity> {
        self.account.identify("Azen").await
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
        let theirs = self.account.organizations(token).await?;
        theirs.into_iter().map(|theirs| foreign::organization(theirs.id, &theirs.name, Dialect::Azen, None)).collect()
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
        let error = unable("Azen makes the secrets of its keys itself.");
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
        let mut body = wanted(change, &before);
        if let Some(scopes) = &change.scopes {
            body.insert("permissions".to_owned(), json!(word(scopes)?));
        }
        if body.is_empty() {
            return Ok(Updated::Saved(before.key));
        }
        if let Some(pairs) = body.remove("metadata") {
            let theirs = self.account.theirs(token, organization).await?;
            body.insert("metadata".to_owned(), tied(Some(pairs), &theirs));
        }
        let (path, body) = (self.path(key)?, Value::Object(body));
        self.ask(token, organization, || Call::with(Method::PATCH, path.clone(), body.clone())).await?;
        Ok(Updated::Saved(self.row(token, organization, key).await?.key))
    }

    async fn revoke(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<Key> {
        let before = self.row(token, organization, key).await?;
        let path = self.path(key)?;
        self.ask(token, organization, || Call::delete(path.clone())).await?;
        Ok(ended(before.key))
    }

    /// Azen: "Test your authentication setup with a simple request".
    async fn probe(&self, secret: &Secret) -> Result<Probed> {
        let header = KeyHeader::Named("azen-api-key");
        // Exposed to be presented to the server that issued it.
        let request = Request::new(Method::GET, "/api/v1/usage").proof(Proof::In(header, secret.expose()));
        let answer = self.account.caller.http().exchange(request).await?;
        judged(answer.status.as_u16(), answer.body())
            .ok_or_else(|| Failure::status(answer.status, &self.account.caller.http().origin(), answer.retry_after).error)
    }

    fn counted(&self) -> Result<&dyn Counted> {
        Ok(self)
    }
}

/// What Azen's middleware says about a key; `None` where somebody else answered.
fn judged(status: u16, body: &[u8]) -> Option<Probed> {
    let said = std::str::from_utf8(body).unwrap_or_default().trim();
    Some(match (status, said) {
        (200..=299, _) => Probed::accepted(),
        (401, _) => Probed::refused(Some(Outcome::Missing)),
        (403, "API Key is disabled") => Probed::refused(Some(Outcome::Disabled)),
        (403, "API Key has reached its usage limit") => Probed::refused(Some(Outcome::QuotaExhausted))
            .with(Gravity::Note, "The server deletes a key that is used up, unless it is filled up again."),
        (403, "Unauthorized") => Probed::refused(Some(Outcome::MissingScope))
            .with(Gravity::Note, "The key is good, but not for what was asked: it may not read, or belongs to no organization."),
        // Azen: "API key is invalid, expired, or disabled". The server's record says which.
        (403, _) => Probed::refused(None),
        (429, _) => Probed::refused(Some(Outcome::RateLimited)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middlewares_words_are_understood() {
        let why = |status, said: &str| judged(status, said.as_bytes()).map(|probed| (probed.accepted, probed.why));
        assert_eq!(why(200, "{}"), Some((true, None)));
        // Azen: "Error: No azen-api-key header provided".
        assert_eq!(why(401, "no api key"), Some((false, Some(Outcome::Missing))));
        // Azen: "Error: API key is invalid, expired, or disabled".
        assert_eq!(why(403, "Invalid API key."), Some((false, None)));
        assert_eq!(why(403, "API Key is disabled"), Some((false, Some(Outcome::Disabled))));
        // Azen: "Error: API key has exceeded its rate limit".
        assert_eq!(why(429, "Rate limit exceeded."), Some((false, Some(Outcome::RateLimited))));
        assert_eq!(why(502, "<html>"), None);
    }

    #[test]
    fn a_key_is_tied_to_its_organization_whatever_was_typed() {
        assert_eq!(tied(Some(json!({ "organizationId": "other", "a": "b" })), "o1"), json!({ "organizationId": "o1", "a": "b" }));
        assert_eq!(tied(None, "o1"), json!({ "organizationId": "o1" }));
    }
}
