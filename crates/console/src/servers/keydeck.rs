//! The adapter for keydeck-server's native protocol.

mod audit;
mod caller;
mod limits;
mod team;
mod usage;
mod verifiers;
mod webhooks;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use keydeck_domain::api::Page;
use keydeck_domain::api::audit::AuditHead;
use keydeck_domain::api::keys::{IssuedKey, KeyChange, KeyQuery, NewKey, RegisterKey};
use keydeck_domain::api::limits::FEATURE_LIMITS;
use keydeck_domain::api::meta::{FEATURE_TEAM, Meta, PROTOCOL, SERVER_NAME};
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::sessions::{IssuedSession, NewSession, Session, User};
use keydeck_domain::api::usage::FEATURE_USAGE;
use keydeck_domain::api::webhooks::FEATURE_WEBHOOKS;
use keydeck_domain::{Dialect, Email, Key, KeyId, OrganizationId, Password, Secret, SessionToken};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use url::Url;

use super::audit::AuditLog;
use super::http::failure::Failure;
use super::http::{Http, Proof, Request};
use super::identity::{Fit, Identity};
use super::limits::Limiting;
use super::team::Team;
use super::usage::Counted;
use super::verifiers::Verifiers;
use super::webhooks::Webhooks;
use super::{CreateFailure, KeyServer, Probed, SignedIn, Updated, unable};
use crate::capabilities::{Capabilities, RotateBy, Scoping};
use crate::connection::{ServerIdentity, ServerKind};
use crate::error::{ErrorCode, Result};
use crate::kinds::{Kind, SignInWith};

/// keydeck-server inside this app.
pub static LOCAL: Kind = Kind { kind: ServerKind::Local, title: "On this computer", default_address: None, ..KIND };

/// keydeck-server somewhere else.
pub const KIND: Kind = Kind {
    kind: ServerKind::Keydeck,
    title: "Keydeck",
    dialect: Some(Dialect::Keydeck),
    sign_in: SignInWith::Password,
    under_a_path: false,
    default_address: None,
    tenant: false,
    rotate_days: None,
    account_page: None,
    make: |target, _| Ok(Arc::new(KeydeckServer::new(target.kind, &target.address.origin, target.ca_file.as_deref())?)),
    can: KeydeckServer::can,
};

/// A keydeck-server.
pub struct KeydeckServer {
    http: Http,
    capabilities: Capabilities,
    /// What it said that it can do beyond the first version. As long as it was not asked: all.
    features: Mutex<Option<Vec<String>>>,
}

#[derive(Deserialize)]
struct Items<T> {
    items: Vec<T>,
}

impl KeydeckServer {
    /// A server at an origin.
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn new(kind: ServerKind, origin: &Url, ca_file: Option<&Path>) -> Result<Self> {
        Ok(Self { http: Http::new(origin, ca_file)?, capabilities: Self::can(kind), features: Mutex::default() })
    }

    /// The same, but the server makes the secrets (`POST …/keys`).
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn with_server_made_secrets(origin: &Url, ca_file: Option<&Path>) -> Result<Self> {
        let capabilities = Capabilities { client_made_secrets: false, ..Self::can(ServerKind::Keydeck) };
        Ok(Self { http: Http::new(origin, ca_file)?, capabilities, features: Mutex::default() })
    }

    /// What a keydeck-server can do. Nobody else can reach the one on this computer, and its owner has
    /// no password: there is nobody to invite, and no session to manage.
    #[must_use]
    pub fn can(kind: ServerKind) -> Capabilities {
        let far = kind == ServerKind::Keydeck;
        Capabilities {
            list: true,
            create: true,
            client_made_secrets: true,
            edit: true,
            disable: true,
            revoke: true,
            environments: true,
            addresses: true,
            probe: true,
            members: true,
            organizations: true,
            sessions: far,
            audit: true,
            invitations: far,
            verifiers: true,
            usage: true,
            webhooks: far,
            scopes: Scoping::Scopes,
            edit_scopes: true,
            expiry: true,
            edit_expiry: true,
            rename: true,
            notes: true,
            metadata: true,
            kinds: true,
            rotate: RotateBy::CreateHandOverRevoke,
            take_in: false,
            explain: Vec::new(),
        }
    }

    fn has(&self, feature: &str) -> bool {
        let features = self.features.lock().unwrap_or_else(PoisonError::into_inner);
        features.as_ref().is_none_or(|features| features.iter().any(|one| one == feature))
    }
}

/// A request that begins a session says from which computer.
fn begins_session(request: Request<'_>) -> std::result::Result<Request<'_>, Failure> {
    request.header("user-agent", caller::caller())
}

/// The fields of a query, one pair each; what is `null` is left out.
fn pairs<'a>(mut request: Request<'a>, query: &impl Serialize) -> Result<Request<'a>> {
    let fields = serde_json::to_value(query).map_err(|_| Failure::internal("The query could not be written."))?;
    for (name, value) in fields.as_object().into_iter().flatten() {
        match value {
            serde_json::Value::Null => {}
            serde_json::Value::String(text) => request = request.query(name, text.clone()),
            other => request = request.query(name, other.to_string()),
        }
    }
    Ok(request)
}

/// Whether this version can work with a server that says this of itself.
fn fit(meta: &Meta) -> Fit {
    let (theirs, ours) = (meta.protocol, PROTOCOL);
    if theirs > ours {
        return Fit::TooNew(format!(
            "The server speaks protocol {theirs}, this Keydeck {ours}. The server is newer: update Keydeck."
        ));
    }
    if theirs < ours {
        return Fit::TooOld(format!(
            "The server speaks protocol {theirs}, this Keydeck {ours}. The server is older: update the server."
        ));
    }
    if !meta.features.iter().any(|feature| feature == FEATURE_TEAM) {
        let version: String = meta.version.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
        return Fit::TooOld(format!("The server has version {version}, which knows no teams. It is too old: update the server."));
    }
    Fit::Fits
}

fn keys(organization: OrganizationId) -> String {
    format!("/v1/organizations/{organization}/keys")
}

fn key_path(organization: OrganizationId, key: KeyId) -> String {
    format!("/v1/organizations/{organization}/keys/{key}")
}

fn create_failure(failure: Failure) -> CreateFailure {
    CreateFailure { perhaps_made: failure.perhaps_done, error: failure.error }
}

#[async_trait]
impl KeyServer for KeydeckServer {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            usage: self.capabilities.usage && self.has(FEATURE_USAGE),
            webhooks: self.capabilities.webhooks && self.has(FEATURE_WEBHOOKS),
            ..self.capabilities.clone()
        }
    }

    async fn identify(&self) -> Result<Identity> {
        let request = Request::new(Method::GET, "/v1/meta");
        let meta: Meta = match self.http.json(request).await {
            Ok(meta) => meta,
            // JSON of another kind, or a page that is not there: somebody else answers here.
            Err(failure) if matches!(failure.error.code, ErrorCode::BadAnswer | ErrorCode::NotFound) && !failure.passing => {
                return Err(Failure::not_a_key_server(&self.http.origin()).error);
            }
            Err(failure) => return Err(failure.error),
        };
        if meta.name != SERVER_NAME {
            return Err(Failure::not_a_key_server(&self.http.origin()).error);
        }
        let server = ServerIdentity {
            address: self.http.origin(),
            name: meta.name.clone(),
            version: meta.version.clone(),
            claimed: meta.claimed,
            proxy: self.http.proxy(),
        };
        let fit = fit(&meta);
        *self.features.lock().unwrap_or_else(PoisonError::into_inner) = Some(meta.features);
        Ok(Identity { server, fit })
    }

    async fn sign_in(&self, email: &Email, password: &Password) -> Result<SignedIn> {
        let body = NewSession { email: email.clone(), password: password.duplicate() };
        let request = begins_session(Request::new(Method::POST, "/v1/sessions"))?.json(&body)?.secret_answer();
        let issued: IssuedSession = self.http.json(request).await?;
        Ok(issued.into())
    }

    async fn user(&self, token: &SessionToken) -> Result<User> {
        let request = Request::new(Method::GET, "/v1/sessions/current").proof(Proof::Session(token));
        let session: Session = self.http.json(request).await?;
        Ok(session.user)
    }

    async fn sign_out(&self, token: &SessionToken) -> Result<()> {
        let request = Request::new(Method::DELETE, "/v1/sessions/current").proof(Proof::Session(token));
        match self.http.nothing(request).await {
            // Over already, possibly by the try before this one.
            Err(failure) if failure.error.code == ErrorCode::SignedOut => Ok(()),
            other => Ok(other?),
        }
    }

    async fn organizations(&self, token: &SessionToken) -> Result<Vec<Organization>> {
        let request = Request::new(Method::GET, "/v1/organizations").proof(Proof::Session(token));
        let answer: Items<Organization> = self.http.json(request).await?;
        Ok(answer.items)
    }

    async fn list(&self, token: &SessionToken, organization: OrganizationId, query: &KeyQuery) -> Result<Page<Key>> {
        let request = Request::new(Method::GET, keys(organization)).proof(Proof::Session(token));
        Ok(self.http.json(pairs(request, query)?).await?)
    }

    async fn get(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<Key> {
        let request = Request::new(Method::GET, key_path(organization, key)).proof(Proof::Session(token));
        Ok(self.http.json(request).await?)
    }

    async fn register(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        key: KeyId,
        registration: &RegisterKey,
    ) -> std::result::Result<Key, CreateFailure> {
        let request = Request::new(Method::PUT, key_path(organization, key))
            .proof(Proof::Session(token))
            .json(registration)
            .map_err(create_failure)?;
        let issued: IssuedKey = self.http.json(request).await.map_err(create_failure)?;
        Ok(issued.key)
    }

    async fn create(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        key: &NewKey,
    ) -> std::result::Result<IssuedKey, CreateFailure> {
        let unique = KeyId::generate().to_string();
        let request = Request::new(Method::POST, keys(organization))
            .proof(Proof::Session(token))
            .header("idempotency-key", &unique)
            .and_then(|request| request.json(key))
            .map_err(create_failure)?
            .secret_answer();
        self.http.json(request).await.map_err(create_failure)
    }

    async fn update(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        key: KeyId,
        version: u32,
        change: &KeyChange,
    ) -> Result<Updated> {
        let request = Request::new(Method::PATCH, key_path(organization, key))
            .proof(Proof::Session(token))
            .if_match(version)
            .json(change)?;
        match self.http.json::<Key>(request).await {
            Ok(key) => Ok(Updated::Saved(key)),
            Err(Failure { problem: Some(ProblemCode::Changed), current: Some(current), .. }) => Ok(Updated::Changed(*current)),
            Err(failure) => Err(failure.error),
        }
    }

    async fn revoke(&self, token: &SessionToken, organization: OrganizationId, key: KeyId) -> Result<Key> {
        // Revoking what is revoked changes nothing, so it can be repeated.
        let path = format!("{}/revoke", key_path(organization, key));
        let request = Request::new(Method::POST, path).proof(Proof::Session(token)).repeatable();
        Ok(self.http.json(request).await?)
    }

    async fn probe(&self, secret: &Secret) -> Result<Probed> {
        let request = Request::new(Method::GET, "/v1/self").proof(Proof::Key(secret));
        match self.http.json::<keydeck_domain::api::verify::VerifiedKey>(request).await {
            Ok(_) => Ok(Probed::accepted()),
            // Only the server's own word counts as a refusal; a proxy's 401 does not.
            Err(Failure { problem: Some(ProblemCode::InvalidKey), .. }) => Ok(Probed::refused(None)),
            Err(failure) => Err(failure.error),
        }
    }

    async fn audit_head(&self, token: &SessionToken, organization: OrganizationId, at: Option<u32>) -> Result<Option<AuditHead>> {
        let path = format!("/v1/organizations/{organization}/audit/head");
        let mut request = Request::new(Method::GET, path).proof(Proof::Session(token));
        if let Some(at) = at {
            request = request.query("at", at.to_string());
        }
        match self.http.json(request).await {
            Ok(head) => Ok(Some(head)),
            Err(failure) if failure.error.code == ErrorCode::Forbidden => Ok(None),
            Err(failure) => Err(failure.error),
        }
    }
    fn team(&self) -> Result<&dyn Team> {
        Ok(self)
    }

    fn audit_log(&self) -> Result<&dyn AuditLog> {
        Ok(self)
    }

    fn verifiers(&self) -> Result<&dyn Verifiers> {
        Ok(self)
    }

    fn counted(&self) -> Result<&dyn Counted> {
        if self.capabilities().usage {
            Ok(self)
        } else {
            Err(unable("This server does not count how keys are used: it is too old."))
        }
    }

    fn limits(&self) -> Result<&dyn Limiting> {
        if self.has(FEATURE_LIMITS) { Ok(self) } else { Err(unable("This server has no limits: it is too old.")) }
    }

    fn webhooks(&self) -> Result<&dyn Webhooks> {
        if self.capabilities().webhooks { Ok(self) } else { Err(unable("This server sends no webhooks.")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_too_old_or_too_new_is_told_apart() {
        let meta = |protocol, features: &[&str]| Meta {
            name: SERVER_NAME.to_owned(),
            version: "0.1.0".to_owned(),
            protocol,
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
            claimed: true,
        };
        assert_eq!(fit(&meta(PROTOCOL, &[FEATURE_TEAM, "something new"])), Fit::Fits);
        assert!(matches!(fit(&meta(PROTOCOL, &[])), Fit::TooOld(why) if why.contains("0.1.0")));
        assert!(matches!(fit(&meta(PROTOCOL - 1, &[FEATURE_TEAM])), Fit::TooOld(_)));
        assert!(matches!(fit(&meta(PROTOCOL + 1, &[FEATURE_TEAM])), Fit::TooNew(_)));
    }
}
