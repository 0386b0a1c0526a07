//! One way to ask a Better Auth server: where its routes are, and with which session.

use std::sync::{Mutex, PoisonError};

use keydeck_domain::SessionToken;
use keydeck_domain::dialect::KeyHeader;
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::credential::{self, Credential};
use super::refusal::refusal;
use crate::console::Target;
use crate::error::{Error, ErrorCode, Result};
use crate::servers::http::address::Address;
use crate::servers::http::failure::Failure;
use crate::servers::http::{Answer, Http, Proof, Request};

/// Where Better Auth's routes are unless its owner says otherwise.
const USUAL: &str = "/api/auth";

/// Asks one server.
pub(crate) struct Caller {
    http: Http,
    host: String,
    /// What Better Auth's paths begin with, once it was found.
    routes: OnceCell<&'static str>,
    /// What the server gave in place of a session that it was asked with.
    renewed: Mutex<Option<(SessionToken, SessionToken)>>,
}

/// What is asked.
pub(crate) struct Call {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    secret_answer: bool,
}

impl Call {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), query: Vec::new(), body: None, secret_answer: false }
    }

    pub(crate) fn with(method: Method, path: impl Into<String>, body: Value) -> Self {
        Self { body: Some(body), method, ..Self::get(path) }
    }

    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        Self::with(Method::POST, path, body)
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self { method: Method::DELETE, ..Self::get(path) }
    }

    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// The answer holds a secret.
    pub(crate) fn secret(mut self) -> Self {
        self.secret_answer = true;
        self
    }
}

impl Caller {
    /// # Errors
    /// As [`Http::under`].
    pub(crate) fn new(target: &Target) -> Result<Self> {
        let Address { origin, base } = &target.address;
        // People copy the whole address of the routes as well.
        let base = base.strip_suffix(USUAL).unwrap_or(base).to_owned();
        let host = origin.host_str().unwrap_or("server").trim_matches(['[', ']']).to_owned();
        let http = Http::under(&Address { origin: origin.clone(), base }, target.ca_file.as_deref())?;
        Ok(Self { http, host, routes: OnceCell::new(), renewed: Mutex::default() })
    }

    pub(crate) fn http(&self) -> &Http {
        &self.http
    }

    /// The server's name, without a port.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Asks one of Better Auth's own routes.
    pub(crate) async fn auth(&self, token: &SessionToken, mut call: Call) -> std::result::Result<Answer, Failure> {
        call.path = format!("{}{}", self.routes().await?, call.path);
        self.ask(token, call).await
    }

    /// Asks any route with a session. What is not 2xx is a failure.
    pub(crate) async fn ask(&self, token: &SessionToken, call: Call) -> std::result::Result<Answer, Failure> {
        // Exposed to be sent to the server that it belongs to: the console compared the addresses.
        let credential = Credential::of(token.expose());
        let answer = self.exchange(&credential, call).await?;
        if let Some(renewed) = credential.renewed(&answer) {
            let mut kept = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
            // Exposed to become a token again, that wipes itself as well.
            *kept = Some((SessionToken::new(token.expose().to_owned()), renewed));
        }
        good(answer, &self.http.origin())
    }

    /// The session in place of this one, if the server gave one.
    pub(crate) fn renewed(&self, token: &SessionToken) -> Option<SessionToken> {
        let mut kept = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        // Exposed to be compared.
        let (_, new) = kept.take_if(|(old, _)| old.expose() == token.expose())?;
        Some(new)
    }

    /// Whether a session is good, and what the server says about it.
    pub(crate) async fn session(&self, credential: &Credential<'_>) -> std::result::Result<Answer, Failure> {
        let call = Call::get(format!("{}/get-session", self.routes().await?));
        good(self.exchange(credential, call).await?, &self.http.origin())
    }

    /// Sends e-mail and password, once.
    pub(crate) async fn sign_in(&self, body: &impl Serialize) -> std::result::Result<Answer, Failure> {
        let path = format!("{}/sign-in/email", self.routes().await?);
        let request = Request::new(Method::POST, path).json(body)?.secret_answer();
        good(self.http.exchange(request).await?, &self.http.origin())
    }

    async fn exchange(&self, credential: &Credential<'_>, call: Call) -> std::result::Result<Answer, Failure> {
        let mut request = Request::new(call.method, call.path);
        for (name, value) in call.query {
            request = request.query(name, value);
        }
        if let Some(body) = &call.body {
            request = request.json(body)?;
        }
        if call.secret_answer {
            request = request.secret_answer().once();
        }
        request = match credential {
            Credential::None => request,
            Credential::Bearer(text) => request.proof(Proof::In(KeyHeader::Bearer, text)),
            // A request with a cookie that changes something must come from a page of the server itself.
            Credential::Cookie(text) => {
                request.proof(Proof::In(KeyHeader::Named("cookie"), text)).header("origin", &self.http.origin())?
            }
        };
        self.http.exchange(request).await
    }

    /// Where Better Auth's routes are: found by asking who is signed in.
    async fn routes(&self) -> std::result::Result<&'static str, Failure> {
        self.routes.get_or_try_init(|| self.find_routes()).await.copied()
    }

    async fn find_routes(&self) -> std::result::Result<&'static str, Failure> {
        for routes in [USUAL, ""] {
            let answer = self.http.exchange(Request::new(Method::GET, format!("{routes}/get-session"))).await?;
            let nobody = || answer.json::<Value>().is_ok_and(|said| said.is_null() || said.get("session").is_some());
            if answer.status == StatusCode::OK && nobody() {
                return Ok(routes);
            }
            if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS {
                return Err(refusal(&answer, &self.http.origin()));
            }
        }
        Err(Failure::not_a_key_server(&self.http.origin()))
    }

    /// Refuses a Better Auth server without API keys.
    pub(crate) async fn has_keys(&self) -> Result<()> {
        let call = Call::get(format!("{}/api-key/list", self.routes().await?));
        let answer = self.exchange(&Credential::None, call).await?;
        if answer.status != StatusCode::NOT_FOUND {
            return Ok(());
        }
        let message = "This is a Better Auth server, but its plugin for API keys is not installed: its owner has to add it.";
        Err(Error::new(ErrorCode::Incompatible, message))
    }
}

impl Caller {
    /// Asks for what is to be refused; `None` where it was not.
    pub(crate) async fn refused(&self, token: &SessionToken, mut call: Call) -> Result<Option<Answer>> {
        call.path = format!("{}{}", self.routes().await?, call.path);
        // Exposed to be sent to the server that it belongs to: the console compared the addresses.
        let answer = self.exchange(&Credential::of(token.expose()), call).await?;
        match answer.status.as_u16() {
            200..=299 => Ok(None),
            400..=499 if answer.status != StatusCode::UNAUTHORIZED => Ok(Some(answer)),
            _ => Err(refusal(&answer, &self.http.origin()).error),
        }
    }
}

fn good(answer: Answer, origin: &str) -> std::result::Result<Answer, Failure> {
    if answer.status.is_success() { Ok(answer) } else { Err(refusal(&answer, origin)) }
}

impl Caller {
    /// The sessions that a sign-in can have begun, likeliest first.
    pub(crate) fn sessions(&self, answer: &Answer) -> std::result::Result<Vec<SessionToken>, Failure> {
        credential::offered(answer)
    }
}
