//! The adapter for Azotte: keys are made in its portal, stand in this computer's register, and are tried with their
//! tenant.

use std::sync::Arc;

use async_trait::async_trait;
use keydeck_domain::key::KeyKind;
use keydeck_domain::{Dialect, Environment, Outcome, PresentedKey, Secret, TenantId};
use reqwest::{Method, StatusCode};

use super::Probed;
use super::http::address::Address;
use super::http::failure::Failure;
use super::http::{Answer, Http, Proof, Request};
use super::loose::{self, Loose};
use super::registered::{Probe, RegisteredServer};
use crate::capabilities::{Ability, Capabilities};
use crate::connection::{ServerIdentity, ServerKind};
use crate::console::Target;
use crate::error::{Error, ErrorCode, Result};
use crate::keys::Gravity;
use crate::kinds::{self, Kind, SignInWith};

/// Azotte.
pub static KIND: Kind = Kind {
    kind: ServerKind::Azotte,
    title: "Azotte",
    dialect: Some(Dialect::Azotte),
    sign_in: SignInWith::Nothing,
    under_a_path: true,
    default_address: Some("https://api.azotte.com"),
    tenant: true,
    // "Rotate keys regularly (quarterly recommended)".
    rotate_days: Some(90),
    account_page: None,
    make: |target, register| Ok(Arc::new(RegisteredServer::new(target, register, Arc::new(Azotte::new(target)?))?)),
    can: |_| can(),
};

/// The document writes both.
const PATHS: [&str; 2] = ["/api/v1/subscriptions", "/v1/subscriptions"];
const PORTAL: &str = "Azotte's keys are made and ended in its portal. Make one there, copy it, and take it in here.";
const PORTAL_ALONE: &str = "That is decided in Azotte's portal, where the key was made.";

fn can() -> Capabilities {
    Capabilities {
        list: true,
        edit: true,
        rename: true,
        notes: true,
        revoke: true,
        environments: true,
        kinds: true,
        probe: true,
        take_in: true,
        ..Capabilities::none()
    }
    .because(Ability::Create, PORTAL)
    .because(Ability::Rotate, "Make the new key in Azotte's portal and take it in here. End the old one there, then say here that it is over: it is tried first.")
    .because(Ability::Scopes, PORTAL_ALONE)
    .because(Ability::Expiry, PORTAL_ALONE)
    .because(Ability::Disable, PORTAL_ALONE)
    .because(Ability::Usage, "Azotte has no figures that a key could ask for.")
}

/// An Azotte.
pub struct Azotte {
    http: Http,
    address: String,
}

impl Azotte {
    /// At an address, with or without the `/api` and the `/v1` of its examples.
    ///
    /// # Errors
    /// As [`Http::under`].
    pub fn new(target: &Target) -> Result<Self> {
        let Address { origin, base } = &target.address;
        let base = base.strip_suffix("/v1").unwrap_or(base);
        let base = base.strip_suffix("/api").unwrap_or(base).to_owned();
        let http = Http::under(&Address { origin: origin.clone(), base }, target.ca_file.as_deref())?;
        Ok(Self { http, address: target.address.to_string() })
    }

    /// Both paths in turn: what is at neither of them is no Azotte.
    async fn subscriptions(&self, secret: Option<&Secret>, tenant: Option<&TenantId>) -> Result<Answer> {
        let mut last = None;
        for path in PATHS {
            let mut request = Request::new(Method::GET, path);
            if let Some(secret) = secret {
                // "x-api-key: Your API key (required)".
                // Exposed to be presented to the server that it belongs to.
                request = request.proof(Proof::In(kinds::header(Dialect::Azotte), secret.expose()));
            }
            if let Some(tenant) = tenant {
                // "x-tn: Tenant ID for data isolation (required)".
                request = request.header("x-tn", tenant.as_str())?;
            }
            let answer = self.http.exchange(request).await?;
            if answer.status != StatusCode::NOT_FOUND {
                return Ok(answer);
            }
            last = Some(answer);
        }
        last.ok_or_else(|| Failure::internal("The request could not be made.").error)
    }
}

/// `{"error":{"code","message","type"}}`. What the server writes for people is not shown: it can hold anything.
struct Envelope {
    code: String,
    kind: String,
}

impl Envelope {
    /// `None` where this is not its system's way of refusing.
    fn of(answer: &Answer) -> Option<Self> {
        Self::read(&loose::read(answer).ok()?)
    }

    fn read(body: &Loose) -> Option<Self> {
        let error = body.field(&["error"]).filter(|error| !error.fields().is_empty())?;
        let is_word = |word: &&str| word.len() <= 40 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let word = |name: &str| error.field(&[name]).and_then(Loose::text).filter(is_word).unwrap_or_default().to_owned();
        Some(Self { code: word("code"), kind: word("type") })
    }

    /// Why the key was refused; `None` where it was not the key.
    fn of_a_key(&self, status: StatusCode) -> Option<Outcome> {
        match (self.code.as_str(), self.kind.as_str(), status.as_u16()) {
            ("authentication_failed", ..) | (_, "authentication_error", _) => Some(Outcome::Unknown),
            ("tenant_mismatch" | "tenant_required", ..) => Some(Outcome::WrongTenant),
            (.., 401) => Some(Outcome::Unknown),
            _ => None,
        }
    }
}

/// What the text of a key tells, as far as it is worth knowing beside it.
fn of_the_key(probed: Probed, secret: &Secret) -> Probed {
    // Exposed to look at its form.
    let Ok(presented) = PresentedKey::parse(Dialect::Azotte, secret.expose()) else { return probed };
    let probed = match presented.kind {
        // "Never expose secret keys in client-side code".
        Some(KeyKind::Secret) => probed.with(Gravity::Note, "This is a secret key: it must not stand in a web page or an app."),
        Some(KeyKind::Publishable) => probed.with(Gravity::Note, "This is a publishable key: it may stand in a web page."),
        None => probed,
    };
    match presented.environment {
        // "Limitations: Test data only, rate limited".
        Some(Environment::Test) => probed.with(Gravity::Note, "It is for development: test data alone, and lower limits."),
        Some(Environment::Live) => probed.with(Gravity::Note, "It is for production: it reads and changes what is real."),
        None => probed,
    }
}

#[async_trait]
impl Probe for Azotte {
    /// "Every API request requires" a key and a tenant: without them the envelope is what comes back.
    async fn identify(&self) -> Result<ServerIdentity> {
        let answer = self.subscriptions(None, None).await?;
        if answer.status.is_server_error() {
            return Err(Failure::status(answer.status, &self.http.origin(), answer.retry_after).error);
        }
        if answer.status.is_success() || Envelope::of(&answer).is_none() {
            return Err(Failure::not_a_key_server(&self.http.origin()).error);
        }
        Ok(ServerIdentity {
            address: self.address.clone(),
            name: KIND.title.to_owned(),
            version: String::new(),
            claimed: true,
            proxy: self.http.proxy(),
        })
    }

    async fn check(&self, secret: &Secret, tenant: Option<&TenantId>) -> Result<Probed> {
        let Some(tenant) = tenant else {
            return Err(Error::new(ErrorCode::Invalid, "Azotte wants the tenant beside the key: name it in this connection."));
        };
        let answer = self.subscriptions(Some(secret), Some(tenant)).await?;
        if answer.status.is_success() {
            let accepted = Probed::accepted().with(Gravity::Good, format!("The key is good for the tenant {tenant}."));
            return Ok(of_the_key(accepted, secret));
        }
        if answer.status == StatusCode::TOO_MANY_REQUESTS || answer.status.is_server_error() {
            return Err(Failure::status(answer.status, &self.http.origin(), answer.retry_after).error);
        }
        // Only the system's own word counts as a refusal; a proxy's 401 does not.
        let Some(envelope) = Envelope::of(&answer) else {
            return Err(Failure::not_a_key_server(&self.http.origin()).error);
        };
        Ok(match envelope.of_a_key(answer.status) {
            Some(Outcome::WrongTenant) => Probed::refused(Some(Outcome::WrongTenant)).with(
                Gravity::Warning,
                format!("The key is good, but not for the tenant {tenant}: `x-tn` must name the one it belongs to."),
            ),
            Some(why) => Probed::refused(Some(why)).with(
                Gravity::Warning,
                format!(
                    "Azotte says that authentication failed. Either the key is wrong or was ended in the portal, or it does not \
                     belong to the tenant {tenant}."
                ),
            ),
            // A good key that may not list subscriptions.
            None if answer.status == StatusCode::FORBIDDEN => {
                of_the_key(Probed::accepted().with(Gravity::Note, "The key is good, but it may not list subscriptions."), secret)
            }
            None => return Err(Failure::bad_answer("The server's answer is not in the form that was expected.").error),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(body: &str) -> Option<Envelope> {
        Envelope::read(&serde_json::from_str(body).expect("JSON"))
    }

    /// Azotte: `{"error": {"code": "authentication_failed", "message": "Invalid API key provided", "type":
    /// "authentication_error"}}`.
    #[test]
    fn the_documented_envelope_is_understood() {
        let body =
            r#"{"error":{"code":"authentication_failed","message":"Invalid API key provided","type":"authentication_error"}}"#;
        let envelope = read(body).expect("an envelope");
        assert_eq!((envelope.code.as_str(), envelope.kind.as_str()), ("authentication_failed", "authentication_error"));
        assert_eq!(envelope.of_a_key(StatusCode::UNAUTHORIZED), Some(Outcome::Unknown));
        let tenant =
            read(r#"{"error":{"code":"tenant_mismatch","message":"m","type":"permission_error"}}"#).expect("an envelope");
        assert_eq!(tenant.of_a_key(StatusCode::FORBIDDEN), Some(Outcome::WrongTenant));
        let other = read(r#"{"error":{"code":"permission_denied","type":"permission_error"}}"#).expect("an envelope");
        assert_eq!(other.of_a_key(StatusCode::FORBIDDEN), None);
        for none in ["{}", "[]", r#"{"error":"x"}"#, r#"{"message":"x"}"#, "7"] {
            assert!(read(none).is_none(), "{none}");
        }
    }

    proptest! {
        #[test]
        fn any_envelope_is_read(body in "\\{\"error\":\\{\"(code|type)\":(\"\\PC{0,50}\"|[0-9]{1,4}|null|\\[\\])\\}\\}", status in 400_u16..500) {
            if let Ok(body) = serde_json::from_str::<Loose>(&body)
                && let Some(envelope) = Envelope::read(&body)
            {
                prop_assert!(envelope.code.len() <= 40);
                let _ = envelope.of_a_key(StatusCode::from_u16(status).expect("a status"));
            }
        }
    }
}
