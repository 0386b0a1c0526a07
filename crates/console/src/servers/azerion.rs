//! The adapter for Azerion AI: keys are made on its account page, stand in this computer's register, and are tried
//! against its list of models.

use std::sync::Arc;

use async_trait::async_trait;
use keydeck_domain::{Dialect, Outcome, Secret, TenantId};
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
use crate::error::Result;
use crate::keys::Gravity;
use crate::kinds::{Kind, SignInWith};

/// Azerion AI.
pub static KIND: Kind = Kind {
    kind: ServerKind::Azerion,
    title: "Azerion AI",
    dialect: Some(Dialect::Azerion),
    sign_in: SignInWith::Nothing,
    under_a_path: true,
    default_address: Some("https://api.azerion.ai/v1"),
    tenant: false,
    rotate_days: None,
    // "find the API Tokens section: https://app.azerion.ai/account#api-tokens".
    account_page: Some("https://app.azerion.ai/account#api-tokens"),
    make: |target, register| Ok(Arc::new(RegisteredServer::new(target, register, Arc::new(Azerion::new(target)?))?)),
    can: |_| can(),
};

const PAGE: &str = "Azerion AI's keys are made and revoked on its account page, and shown there once. Open it, copy the key, and take it in here.";
const PAGE_ALONE: &str = "That is decided on Azerion AI's account page, where the key was made.";

fn can() -> Capabilities {
    Capabilities {
        list: true,
        edit: true,
        rename: true,
        notes: true,
        revoke: true,
        // "Generate separate keys for different applications or environments": by their names, as the person says.
        environments: true,
        probe: true,
        take_in: true,
        ..Capabilities::none()
    }
    .because(Ability::Create, PAGE)
    .because(Ability::Rotate, "Make the new key on the account page and take it in here. Revoke the old one there, then say here that it is over: it is tried first.")
    .because(Ability::Scopes, "Azerion AI's keys may all do the same.")
    .because(Ability::Expiry, PAGE_ALONE)
    .because(Ability::Disable, PAGE_ALONE)
    .because(Ability::Usage, "Azerion AI has no figures that a key could ask for.")
}

/// An Azerion AI.
pub struct Azerion {
    http: Http,
    address: String,
}

impl Azerion {
    /// At an address, with or without its `/v1`.
    ///
    /// # Errors
    /// As [`Http::under`].
    pub fn new(target: &Target) -> Result<Self> {
        let Address { origin, base } = &target.address;
        let base = base.strip_suffix("/v1").unwrap_or(base).to_owned();
        let http = Http::under(&Address { origin: origin.clone(), base }, target.ca_file.as_deref())?;
        Ok(Self { http, address: target.address.to_string() })
    }

    async fn models(&self, proof: Proof<'_>) -> Result<Answer> {
        Ok(self.http.exchange(Request::new(Method::GET, "/v1/models").proof(proof)).await?)
    }
}

/// Whether a body is an error as APIs in the style of OpenAI give it: `{"error":{…}}`, or the words alone.
fn is_refusal(answer: &Answer) -> bool {
    loose::read(answer).is_ok_and(|body| body.field(&["error", "message", "detail"]).is_some())
}

/// `{"object":"list","data":[…]}`: how many models there are.
fn models(body: &Loose) -> Option<usize> {
    let list = body.field(&["data", "models"]).unwrap_or(body);
    list.list().map(<[Loose]>::len)
}

#[async_trait]
impl Probe for Azerion {
    /// "All API requests must include your API key": without one it is refused.
    async fn identify(&self) -> Result<ServerIdentity> {
        let answer = self.models(Proof::None).await?;
        if answer.status.is_server_error() {
            return Err(Failure::status(answer.status, &self.http.origin(), answer.retry_after).error);
        }
        if !matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) || !is_refusal(&answer) {
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

    /// "include your API key in the Authorization header using the Bearer scheme".
    async fn check(&self, secret: &Secret, _tenant: Option<&TenantId>) -> Result<Probed> {
        let answer = self.models(Proof::Key(secret)).await?;
        let other = || Failure::not_a_key_server(&self.http.origin()).error;
        if answer.status.is_success() {
            let count = models(&loose::read(&answer).map_err(|_| other())?).ok_or_else(other)?;
            let models = if count == 1 { "one model".to_owned() } else { format!("{count} models") };
            return Ok(Probed::accepted().with(Gravity::Good, format!("The key is good: it can use {models}.")));
        }
        let refused = matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        // Only the system's own word counts as a refusal; a proxy's 401 does not.
        match (refused, is_refusal(&answer)) {
            (true, true) => Ok(Probed::refused(Some(Outcome::Unknown))
                .with(Gravity::Warning, "Azerion AI does not take this key: it is wrong, or was revoked on the account page.")),
            (true, false) => Err(other()),
            (false, _) => Err(Failure::status(answer.status, &self.http.origin(), answer.retry_after).error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn models_are_counted() {
        let count = |json: &str| models(&serde_json::from_str(json).expect("JSON"));
        assert_eq!(count(r#"{"object":"list","data":[{"id":"a"},{"id":"b"}]}"#), Some(2));
        assert_eq!(count("[]"), Some(0));
        for other in ["{}", r#"{"data":7}"#, "7", r#""<html>""#] {
            assert_eq!(count(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_list_is_read(body in "\\{\"(data|models|error)\":(\\[(1|null|\\{\\})?\\]|\"\\PC{0,20}\"|[0-9]{1,5}|null)\\}") {
            if let Ok(body) = serde_json::from_str::<Loose>(&body) {
                let _ = models(&body);
            }
        }
    }
}
