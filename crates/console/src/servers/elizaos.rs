//! The adapter for ElizaOS: one token in the server's environment guards all of `/api`. It is made or taken in here, stands
//! in this computer's register, is handed over through the clipboard, and is tried against the server.

mod diagnosis;

use std::sync::Arc;

use async_trait::async_trait;
use keydeck_domain::api::keys::NewKey;
use keydeck_domain::{Dialect, Secret, TenantId};
use reqwest::{Method, StatusCode};
use zeroize::Zeroizing;

use self::diagnosis::{Asked, Preflight, Seen, Words};
use super::Probed;
use super::http::address::is_loopback;
use super::http::failure::Failure;
use super::http::{Answer, Http, Proof, Request};
use super::loose::{self, Loose};
use super::registered::{Probe, RegisteredServer};
use crate::capabilities::{Ability, Capabilities, RotateBy};
use crate::connection::{ServerIdentity, ServerKind};
use crate::console::Target;
use crate::error::{Error, ErrorCode, Result};
use crate::kinds::{self, Kind, SignInWith};

/// ElizaOS.
pub static KIND: Kind = Kind {
    kind: ServerKind::Elizaos,
    title: "ElizaOS",
    dialect: Some(Dialect::Elizaos),
    sign_in: SignInWith::Nothing,
    under_a_path: true,
    default_address: Some("http://localhost:3000"),
    tenant: false,
    rotate_days: None,
    account_page: None,
    make: |target, register| Ok(Arc::new(RegisteredServer::new(target, register, Arc::new(Elizaos::new(target)?))?)),
    can: |_| can(),
};

const AGENTS: &str = "/api/agents";
const PING: &str = "/api/server/ping";
const HEALTH: &str = "/api/server/health";
/// The pair of a new token that says how it is to look.
const FORM: &str = "form";
/// As `uuidgen` makes it.
const UUID: &str = "uuid";
/// A page that might ask: any will do.
const SOME_PAGE: &str = "https://page.example";

const RESTART: &str = "ElizaOS reads its one token from ELIZA_SERVER_AUTH_TOKEN when it starts. Make another one, set it there, start the server again, then say here that the old one is over: it is tried first.";

fn can() -> Capabilities {
    Capabilities {
        list: true,
        create: true,
        client_made_secrets: true,
        edit: true,
        rename: true,
        notes: true,
        revoke: true,
        // "Use different keys for different environments (dev, staging, prod)": by their names, as the person says.
        environments: true,
        probe: true,
        rotate: RotateBy::CreateHandOverRevoke,
        take_in: true,
        ..Capabilities::none()
    }
    .because(Ability::Disable, RESTART)
    .because(Ability::Scopes, "ElizaOS has one token, and it may do everything under /api.")
    .because(Ability::Expiry, "ElizaOS's token has no end: it is good until the server is started with another one.")
    .because(Ability::Usage, "ElizaOS does not count. Its log has a WARN line for each refused request, with the address.")
}

/// An ElizaOS server.
pub struct Elizaos {
    http: Http,
    far: bool,
}

impl Elizaos {
    /// At an address.
    ///
    /// # Errors
    /// As [`Http::under`].
    pub fn new(target: &Target) -> Result<Self> {
        let http = Http::under(&target.address, target.ca_file.as_deref())?;
        Ok(Self { http, far: !is_loopback(&target.address.origin) })
    }

    async fn get(&self, path: &str, secret: Option<&Secret>) -> Result<Answer> {
        let mut request = Request::new(Method::GET, path).once();
        if let Some(secret) = secret {
            // "include the API key in your requests using the `X-API-KEY` header".
            // Exposed to be presented to the server that it belongs to.
            request = request.proof(Proof::In(kinds::header(Dialect::Elizaos), secret.expose()));
        }
        Ok(self.http.exchange(request).await?)
    }

    /// What is behind the guard: `/api/agents`, and where no agent can be asked for, `/api/server/ping`.
    async fn asked(&self, secret: Option<&Secret>) -> Result<Asked> {
        let mut answer = self.get(AGENTS, secret).await?;
        if !answer.status.is_success() && answer.status != StatusCode::UNAUTHORIZED {
            answer = self.get(PING, secret).await?;
        }
        match answer.status {
            status if status.is_success() => match loose::read(&answer) {
                Ok(body) if is_of_agents(&body) => Ok(Asked::Answered),
                _ => Err(self.other()),
            },
            StatusCode::UNAUTHORIZED => match loose::read(&answer).ok().and_then(|body| Words::of(&body)) {
                Some(words) => Ok(Asked::Refused(words)),
                // Only the server's own word counts as a refusal.
                None => Err(Error::new(ErrorCode::BadAnswer, diagnosis::NOT_ITS_WORDS)),
            },
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(Failure::status(status, &self.http.origin(), answer.retry_after).error)
            }
            _ => Err(self.other()),
        }
    }

    /// "OPTIONS requests for CORS preflight are always allowed through without authentication".
    async fn preflight(&self) -> Result<Preflight> {
        let request = Request::new(Method::OPTIONS, AGENTS)
            .header("origin", SOME_PAGE)?
            .header("access-control-request-method", "GET")?
            .header("access-control-request-headers", "x-api-key")?;
        Ok(Preflight::of(&self.http.exchange(request).await?))
    }

    fn other(&self) -> Error {
        Failure::not_a_key_server(&self.http.origin()).error
    }
}

#[async_trait]
impl Probe for Elizaos {
    async fn identify(&self) -> Result<ServerIdentity> {
        let open = match self.asked(None).await {
            Ok(asked) => asked == Asked::Answered,
            // Somebody refuses, but not in its words.
            Err(error) if error.code == ErrorCode::BadAnswer => return Err(self.other()),
            Err(error) => return Err(error),
        };
        let name = if open { "ElizaOS, open to everyone" } else { "ElizaOS" };
        Ok(ServerIdentity {
            address: self.http.address(),
            name: name.to_owned(),
            version: String::new(),
            claimed: true,
            proxy: self.http.proxy(),
        })
    }

    async fn check(&self, secret: &Secret, _tenant: Option<&TenantId>) -> Result<Probed> {
        let with = self.asked(Some(secret)).await?;
        let without = self.asked(None).await?;
        let preflight = self.preflight().await?;
        // With the token only: where it is refused there is nothing to learn.
        let no_agent = with == Asked::Answered && self.get(HEALTH, Some(secret)).await?.status == StatusCode::SERVICE_UNAVAILABLE;
        Ok(Seen { with, without, preflight, no_agent, far: self.far }.told())
    }

    /// "openssl rand -base64 32" unless it is to be a UUID v4, "uuidgen".
    fn make(&self, key: &NewKey) -> Option<Result<Secret>> {
        (key.metadata.get(FORM).map(String::as_str) == Some(UUID)).then(uuid_v4)
    }
}

/// The document gives no shape: an object, or a list of objects.
fn is_of_agents(body: &Loose) -> bool {
    body.list().map_or(!body.fields().is_empty(), |list| list.iter().all(|agent| !agent.fields().is_empty()))
}

/// A random UUID, version 4.
fn uuid_v4() -> Result<Secret> {
    let mut bytes = Zeroizing::new([0_u8; 16]);
    let failed = |_| Error::new(ErrorCode::Internal, "The system's generator of random numbers failed.");
    getrandom::fill(bytes.as_mut_slice()).map_err(failed)?;
    let mut text = Zeroizing::new([0_u8; uuid::fmt::Hyphenated::LENGTH]);
    let written = uuid::Builder::from_random_bytes(*bytes).into_uuid().hyphenated().encode_lower(text.as_mut_slice()).to_owned();
    Ok(Secret::new(written))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognise::strong_enough;

    /// ElizaOS: "Good: UUID v4: uuidgen".
    #[test]
    fn a_uuid_can_be_made() {
        let (one, other) = (uuid_v4().expect("made"), uuid_v4().expect("made"));
        assert!(one.expose() != other.expose());
        let parsed: uuid::Uuid = one.expose().parse().expect("a UUID");
        assert_eq!(parsed.get_version_num(), 4);
        assert_eq!(strong_enough(&one), Ok(()));
    }
}
