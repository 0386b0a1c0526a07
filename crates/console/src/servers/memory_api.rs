//! The adapter for Memory API: an `admin` key manages the other keys of its account.

mod answers;
mod days;
mod kind;
mod limits;
mod refusal;
mod usage;

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use keydeck_domain::api::Page;
use keydeck_domain::api::keys::{IssuedKey, KeyChange, KeyQuery, NewKey, RegisterKey};
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::sessions::User;
use keydeck_domain::{
    Dialect, Email, Key, KeyId, KeyStatus, Name, OrganizationId, PresentedKey, Scopes, Secret, SessionToken, TenantId, UserId,
};
use reqwest::{Method, StatusCode};
use serde_json::json;

pub use self::kind::KIND;

use self::answers::{Account, Listed, Owner};
use self::days::days_until;
use self::kind::{CHANGE, can};
use self::refusal::{Refusal, failure};
use super::foreign::{self, Ids};
use super::http::address::Address;
use super::http::failure::Failure;
use super::http::{Answer, Http, Proof, Request};
use super::identity::{Fit, Identity};
use super::loose;
use super::usage::Counted;
use super::{CreateFailure, KeyServer, Probed, SignedIn, SignedUp, Updated, unable};
use crate::capabilities::Capabilities;
use crate::connection::ServerIdentity;
use crate::console::Target;
use crate::error::{Error, ErrorCode, Result};
use crate::keys::Gravity;
use crate::lists::select::select;

const KEYS: &str = "/v1/account/api-keys";
/// Most answers that make one list.
const PAGES_MAX: usize = 100;
/// A Memory API.
pub struct MemoryApi {
    http: Http,
    /// As the person typed it: with `/v1`, or without.
    address: String,
    host: String,
    ids: Ids,
    /// As it was last told. `None` as long as nobody asked.
    account: Mutex<Option<Account>>,
}

impl MemoryApi {
    /// At an address, with or without its `/v1`.
    ///
    /// # Errors
    /// As [`Http::under`].
    pub fn new(target: &Target) -> Result<Self> {
        let Address { origin, base } = &target.address;
        let base = base.strip_suffix("/v1").unwrap_or(base).to_owned();
        Ok(Self {
            http: Http::under(&Address { origin: origin.clone(), base }, target.ca_file.as_deref())?,
            address: target.address.to_string(),
            host: target.address.origin.host_str().unwrap_or("server").to_owned(),
            ids: Ids::default(),
            account: Mutex::default(),
        })
    }

    /// Sends a request, and takes 2xx for an answer.
    async fn ask(&self, request: Request<'_>) -> std::result::Result<Answer, Failure> {
        let answer = self.http.exchange(request).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(failure(&answer, &self.http.origin())) }
    }

    /// What the account tells of itself. A server that has no such route tells nothing.
    async fn account(&self, token: &SessionToken) -> Result<Account> {
        let request = Request::new(Method::GET, "/v1/account").proof(Proof::Session(token));
        let answer = self.http.exchange(request).await?;
        let told = match answer.status {
            status if status.is_success() => answers::account(&loose::read(&answer)?),
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Account::default(),
            // It says what the key may do instead.
            StatusCode::FORBIDDEN => match Refusal::of(&answer).filter(Refusal::lacks_scope) {
                Some(refusal) => Account { scopes: refusal.held().cloned(), ..Account::default() },
                None => return Err(failure(&answer, &self.http.origin()).error),
            },
            _ => return Err(failure(&answer, &self.http.origin()).error),
        };
        *self.account.lock().unwrap_or_else(PoisonError::into_inner) = Some(told.clone());
        Ok(told)
    }

    async fn known_account(&self, token: &SessionToken) -> Result<Account> {
        let known = self.account.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some(account) => Ok(account),
            None => self.account(token).await,
        }
    }

    fn person(&self, account: &Account) -> Result<User> {
        let nobody = foreign::nobody(KIND.title, self.host.trim_matches(['[', ']']))?;
        let email = account.email.as_deref().and_then(|email| email.parse::<Email>().ok());
        Ok(match email {
            Some(email) => User {
                id: UserId(foreign::id("memory-api account", email.as_str())),
                name: foreign::printable(account.name.as_deref().unwrap_or(KIND.title))?,
                email,
            },
            None => nobody,
        })
    }

    /// The account, as our organization.
    fn owner(&self, account: &Account) -> OrganizationId {
        let whose = account.id.as_deref().unwrap_or_default();
        OrganizationId(foreign::id("memory-api organization", &format!("{} {whose}", self.address)))
    }

    /// Every key that the account has.
    async fn keys(&self, token: &SessionToken, organization: OrganizationId) -> Result<Vec<Key>> {
        let by = foreign::person(&self.person(&self.known_account(token).await?)?);
        let mut keys: Vec<Key> = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut request = Request::new(Method::GET, KEYS).proof(Proof::Session(token));
            if let Some(after) = &after {
                request = request.query("after", after);
            }
            let answer = self.ask(request).await?;
            let owner = Owner { organization, by: &by, now: Utc::now() };
            let Listed { keys: more, next } = answers::listed(&loose::read(&answer)?, &self.ids, &owner)?;
            let fresh: Vec<Key> = more.into_iter().filter(|key| keys.iter().all(|known| known.id != key.id)).collect();
            let none_new = fresh.is_empty();
            keys.extend(fresh);
            // A server that says 'more' for ever is not believed.
            if next.is_none() || next == after || none_new {
                return Ok(keys);
            }
            after = next;
        }
        Ok(keys)
    }

    /// What this key may do, where the server tells it: of itself, or in its list.
    fn scopes_of(account: &Account, secret: &Secret, keys: &[Key]) -> Option<Scopes> {
        // Exposed to find it in the list by what may be shown of it.
        let presented = PresentedKey::parse(Dialect::MemoryApi, secret.expose()).ok()?;
        let mut same = keys.iter().filter(|key| presented.has_hint(&key.hint));
        let listed = same.next().filter(|_| same.next().is_none()).map(|key| key.scopes.clone());
        account.scopes.clone().or(listed)
    }

    async fn create_with(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        key: &NewKey,
    ) -> std::result::Result<IssuedKey, Failure> {
        let days = key.expires_at.map(|at| days_until(at, Utc::now())).transpose().map_err(Failure::of)?;
        let mut body = json!({ "name": key.name, "environment": key.environment, "scopes": key.scopes });
        if let (Some(days), Some(fields)) = (days, body.as_object_mut()) {
            fields.insert("expires_in_days".to_owned(), json!(days));
        }
        let account = self.known_account(token).await.map_err(Failure::of)?;
        let by = foreign::person(&self.person(&account).map_err(Failure::of)?);
        let request = Request::new(Method::POST, KEYS).proof(Proof::Session(token)).json(&body)?.secret_answer();
        let answer = self.ask(request).await?;
        let owner = Owner { organization, by: &by, now: Utc::now() };
        // From here on a key was made, whatever else is wrong with the answer.
        let lost = |error: Error| Failure { perhaps_done: true, ..Failure::of(error) };
        let (mut made, secret) = answers::issued(&loose::read(&answer)?, &self.ids, &owner).map_err(lost)?;
        // What the answer leaves out is as it was asked for.
        if made.created_at == DateTime::UNIX_EPOCH {
            made.created_at = owner.now;
            made.updated_at = owner.now;
        }
        if made.scopes.is_empty() {
            made.scopes = key.scopes.clone();
        }
        Ok(IssuedKey { key: made, secret: Some(secret) })
    }
}

fn not_made(failure: Failure) -> CreateFailure {
    CreateFailure { perhaps_made: failure.perhaps_done, error: failure.error }
}

#[async_trait]
impl KeyServer for MemoryApi {
    fn capabilities(&self) -> Capabilities {
        can()
    }

    /// "All API requests (except `/health` and `/signup`) require authentication using an API key."
    async fn identify(&self) -> Result<Identity> {
        let origin = self.http.origin();
        let other = || Failure::not_a_key_server(&origin).error;
        let mut health = self.http.exchange(Request::new(Method::GET, "/v1/health")).await?;
        if matches!(health.status, StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED) {
            health = self.http.exchange(Request::new(Method::GET, "/health")).await?;
        }
        if health.status.is_server_error() {
            return Err(Failure::status(health.status, &origin, health.retry_after).error);
        }
        if !health.status.is_success() || loose::read(&health).map_err(|_| other())?.fields().is_empty() {
            return Err(other());
        }
        // And no key is no way in.
        let without = self.http.exchange(Request::new(Method::GET, KEYS)).await?;
        if without.status.is_success() || (without.status == StatusCode::UNAUTHORIZED && Refusal::of(&without).is_none()) {
            return Err(other());
        }
        let server = ServerIdentity {
            address: self.address.clone(),
            name: KIND.title.to_owned(),
            version: String::new(),
            claimed: true,
            proxy: self.http.proxy(),
        };
        Ok(Identity { server, fit: Fit::Fits })
    }

    async fn sign_in_with_key(&self, secret: &Secret, _tenant: Option<&TenantId>) -> Result<SignedIn> {
        // Exposed to become a token, in another type that wipes itself as well.
        let token = SessionToken::new(secret.expose().to_owned());
        let refused = |error: Error| match error.code {
            ErrorCode::SignedOut => Error::new(
                ErrorCode::WrongCredentials,
                "Memory API does not take this key: it is unknown there, revoked, or over.",
            ),
            _ => error,
        };
        let account = self.account(&token).await.map_err(refused)?;
        let keys = self.keys(&token, self.owner(&account)).await.map_err(refused)?;
        // Memory API: "`admin` | Manage API keys, full access".
        if let Some(scopes) = Self::scopes_of(&account, secret, &keys)
            && !scopes.spaced().split(' ').any(|scope| scope == "admin")
        {
            let has = scopes.spaced();
            let message =
                format!("This key lacks `admin`, with which keys are made and revoked: it has `{has}`. Nothing of it was kept.");
            *self.account.lock().unwrap_or_else(PoisonError::into_inner) = None;
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        Ok(SignedIn { user: self.person(&account)?, token })
    }

    async fn sign_up(&self, email: &Email, name: &Name) -> std::result::Result<SignedUp, CreateFailure> {
        let sent = async {
            let request =
                Request::new(Method::POST, "/v1/signup").json(&json!({ "email": email, "name": name }))?.secret_answer();
            self.ask(request).await
        };
        let answer = sent.await.map_err(not_made)?;
        let lost = |error: Error| CreateFailure { error, perhaps_made: true };
        let tree = loose::read(&answer).map_err(|failure| lost(failure.error))?;
        let inside = tree.field(&["data"]).unwrap_or(&tree);
        let account =
            Account { email: Some(email.as_str().to_owned()), name: Some(name.as_str().to_owned()), ..answers::account(&tree) };
        // Its `id` can be that of the key: only what is surely the account's is taken.
        let id = inside.field(&["orgid", "organizationid", "accountid"]).and_then(loose::Loose::text);
        let account =
            Account { id: id.filter(|id| answers::plain_id(id)).map(str::to_owned), scopes: None, key: None, ..account };
        let user = self.person(&account).map_err(lost)?;
        let by = foreign::person(&user);
        let owner = Owner { organization: self.owner(&account), by: &by, now: Utc::now() };
        let (key, secret) = answers::issued(&tree, &self.ids, &owner).map_err(lost)?;
        Ok(SignedUp { organization: owner.organization, first: IssuedKey { key, secret: Some(secret) }, user })
    }

    async fn user(&self, token: &SessionToken) -> Result<User> {
        self.person(&self.account(token).await?)
    }

    /// A key is no session: forgetting it here is all, and it goes on working where else it is used.
    async fn sign_out(&self, _token: &SessionToken) -> Result<()> {
        *self.account.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    async fn organizations(&self, token: &SessionToken) -> Result<Vec<Organization>> {
        let account = self.known_account(token).await?;
        let name = account.name.as_deref().unwrap_or(&self.host);
        Ok(vec![foreign::organization(self.owner(&account), name, Dialect::MemoryApi, None)?])
    }

    async fn list(&self, token: &SessionToken, organization: OrganizationId, query: &KeyQuery) -> Result<Page<Key>> {
        let items = select(&self.keys(token, organization).await?, query, Utc::now());
        let total = u32::try_from(items.len()).unwrap_or(u32::MAX);
        Ok(Page { items, next: None, total })
    }

    async fn get(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<Key> {
        let found = self.keys(token, organization).await?.into_iter().find(|listed| listed.id == key);
        found.ok_or_else(|| Error::new(ErrorCode::NotFound, "There is no such key at Memory API any more."))
    }

    async fn register(
        &self,
        _token: &SessionToken,
        _organization: OrganizationId,
        _key: KeyId,
        _registration: &RegisterKey,
    ) -> std::result::Result<Key, CreateFailure> {
        Err(CreateFailure { error: unable("Memory API makes the secrets of its keys itself."), perhaps_made: false })
    }

    async fn create(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        key: &NewKey,
    ) -> std::result::Result<IssuedKey, CreateFailure> {
        self.create_with(token, organization, key).await.map_err(not_made)
    }

    async fn update(
        &self,
        _token: &SessionToken,
        _organization: OrganizationId,
        _key: KeyId,
        _version: u32,
        _change: &KeyChange,
    ) -> Result<Updated> {
        Err(unable(CHANGE))
    }

    async fn revoke(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<Key> {
        let found = self.get(token, organization, key).await?;
        let own = self.ids.find(key.0).ok_or_else(|| Error::new(ErrorCode::NotFound, "There is no such key any more."))?;
        let request = Request::new(Method::DELETE, format!("{KEYS}/{own}")).proof(Proof::Session(token));
        let answer = self.http.exchange(request).await?;
        // It stood in the list a moment ago: a try whose answer was lost has revoked it, or somebody else.
        if !answer.status.is_success() && answer.status != StatusCode::NOT_FOUND {
            return Err(failure(&answer, &self.http.origin()).error);
        }
        let now = Utc::now();
        Ok(Key { status: KeyStatus::Revoked, revoked_at: found.revoked_at.or(Some(now)), updated_at: now, ..found })
    }

    /// With the request of the document's own example.
    async fn probe(&self, secret: &Secret) -> Result<Probed> {
        let request = Request::new(Method::GET, "/v1/memories").proof(Proof::Key(secret));
        let answer = self.http.exchange(request).await?;
        let limits = limits::Told::of(&answer).sentence();
        let told = |probed: Probed| match &limits {
            Some(sentence) => probed.with(Gravity::Note, sentence),
            None => probed,
        };
        if answer.status.is_success() {
            return Ok(told(Probed::accepted()));
        }
        let refusal = Refusal::of(&answer).filter(|_| !answer.status.is_server_error());
        match &refusal {
            Some(refusal) if refusal.lacks_scope() => {
                let may = refusal.held().map(|held| format!(": it may `{}`", held.spaced())).unwrap_or_default();
                Ok(told(Probed::accepted().with(Gravity::Note, format!("The key is good, but it lacks `read`{may}."))))
            }
            Some(refusal) => match refusal.of_a_key() {
                Some(why) if refusal.code == "ORGANIZATION_DISABLED" => {
                    let text = "The account is switched off at Memory API: every key of it is refused.";
                    Ok(Probed::refused(why).with(Gravity::Warning, text))
                }
                Some(why) => Ok(Probed::refused(why)),
                None => Err(refusal.error(&self.http.origin())),
            },
            None => Err(failure(&answer, &self.http.origin()).error),
        }
    }

    fn counted(&self) -> Result<&dyn Counted> {
        Ok(self)
    }
}
