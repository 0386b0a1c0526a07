//! The one way in which anything leaves this computer.
//!
//! https with the system's trust store and, where the person named one, an own authority; plain http
//! to this computer alone; no redirect is followed; every wait and every answer is bounded.

pub mod address;
mod exchange;
pub mod failure;
pub mod proxy;
pub mod retry;
mod stream;

use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use keydeck_domain::api::problem::{PROBLEM_JSON, Problem};
use keydeck_domain::dialect::KeyHeader;
use keydeck_domain::{Secret, SessionToken};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, IF_MATCH, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorCode, Result};
use address::Address;
pub use exchange::Answer;
use failure::Failure;
use retry::Repeat;

/// Most bytes of an answer.
pub const BODY_MAX: usize = 16 * 1024 * 1024;
/// Most bytes of an answer that holds a secret: read into one buffer that never grows, so that no
/// copy is left behind when it does.
const SECRET_BODY_MAX: usize = 64 * 1024;
/// The same for figures: a million of them, and their times.
const LARGE_BODY_MAX: usize = 64 * 1024 * 1024;
/// How long such an answer may take.
const LARGE_TIME: Duration = Duration::from_secs(120);
const CONNECT_TIME: Duration = Duration::from_secs(10);
const TOTAL_TIME: Duration = Duration::from_secs(30);

/// A client for one origin.
pub struct Http {
    client: reqwest::Client,
    origin: Url,
    /// What each path begins with: a foreign system can live under one.
    base: String,
    proxy: Option<String>,
}

/// What proves the caller.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// Nothing.
    None,
    /// A session.
    Session(&'a SessionToken),
    /// A key, about itself.
    Key(&'a Secret),
    /// What the caller exposed for the address that it belongs to, in the header that its system documents: a cookie
    /// stands in the one called `cookie`.
    In(KeyHeader, &'a str),
}

/// A request that is still to be sent.
pub struct Request<'a> {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    proof: Proof<'a>,
    body: Option<Bytes>,
    headers: HeaderMap,
    repeat: Repeat,
    secret_answer: bool,
    large_answer: bool,
}

impl<'a> Request<'a> {
    /// A request; reading ones and `PUT` and `DELETE` can be repeated.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        let repeat = if matches!(method, Method::GET | Method::PUT | Method::DELETE) { Repeat::Safe } else { Repeat::Never };
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            proof: Proof::None,
            body: None,
            headers: HeaderMap::new(),
            repeat,
            secret_answer: false,
            large_answer: false,
        }
    }

    /// Proves the caller.
    pub fn proof(mut self, proof: Proof<'a>) -> Self {
        self.proof = proof;
        self
    }

    /// Adds a pair to the query.
    pub fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: &str) -> std::result::Result<Self, Failure> {
        let value = HeaderValue::from_str(value).map_err(|_| Failure::internal("A header could not be written."))?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Only if the thing is still at this version.
    pub fn if_match(mut self, version: u32) -> Self {
        if let Ok(value) = HeaderValue::from_str(&format!("\"{version}\"")) {
            self.headers.insert(IF_MATCH, value);
        }
        self
    }

    /// Sends this as JSON. The buffer wipes itself.
    pub fn json(mut self, body: &impl Serialize) -> std::result::Result<Self, Failure> {
        let mut buffer = Zeroizing::new(Vec::with_capacity(SECRET_BODY_MAX));
        serde_json::to_writer(&mut *buffer, body).map_err(|_| Failure::internal("The request could not be written."))?;
        self.body = Some(Bytes::from_owner(Wiped(buffer)));
        Ok(self)
    }

    /// The answer holds a secret or a token.
    pub fn secret_answer(mut self) -> Self {
        self.secret_answer = true;
        self
    }

    /// The answer can be larger than others.
    pub fn large_answer(mut self) -> Self {
        self.large_answer = true;
        self
    }

    /// Says that this one can be repeated although its method does not say so.
    pub fn repeatable(mut self) -> Self {
        self.repeat = Repeat::Safe;
        self
    }

    /// Says that this one is sent once although its method does not say so.
    pub fn once(mut self) -> Self {
        self.repeat = Repeat::Never;
        self
    }
}

/// Bytes that are wiped when the last user lets go of them.
struct Wiped(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Chooses what encrypts, once for the whole process: reqwest brings nothing along by itself.
pub fn encrypt() {
    // Refused where it was chosen before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Http {
    /// A client for an origin that [`address::origin`] accepted.
    ///
    /// # Errors
    /// [`ErrorCode::Certificate`] where the own authority can't be read, and as [`proxy::towards`].
    pub fn new(origin: &Url, ca_file: Option<&Path>) -> Result<Self> {
        Self::under(&Address::of(origin.clone()), ca_file)
    }

    /// A client for a system that lives under a path: each path of a request follows it.
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn under(address: &Address, ca_file: Option<&Path>) -> Result<Self> {
        // Asked again here, so that no way around the rule exists.
        let Address { origin, base } = address::under_a_path(&address.to_string())?;
        encrypt();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT_TIME)
            .timeout(TOTAL_TIME)
            .user_agent(concat!("keydeck/", env!("CARGO_PKG_VERSION")));
        // Decided here alone, so that what is shown is what is used.
        builder = builder.no_proxy();
        let proxy = proxy::towards(&origin)?;
        if let Some(proxy) = &proxy {
            builder = builder.proxy(proxy.for_client()?);
        }
        builder = match (origin.scheme(), ca_file) {
            ("https", None) => builder.https_only(true),
            ("https", Some(path)) => builder.https_only(true).tls_certs_merge(authorities(path)?),
            // Nothing is encrypted on the way to this computer itself, so nobody need be trusted: it
            // works where the system has no trust store, and without the time to read it.
            _ => builder.tls_certs_only([]),
        };
        let client = builder
            .build()
            .map_err(|_| Error::new(ErrorCode::Certificate, "The system's certificates can't be used to speak https."))?;
        Ok(Self { client, origin, base, proxy: proxy.map(|proxy| proxy.shown) })
    }

    /// The proxy on the way there, as it is shown: without a password.
    #[must_use]
    pub fn proxy(&self) -> Option<String> {
        self.proxy.clone()
    }

    /// The whole address, as it is kept.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}{}", self.origin(), self.base)
    }

    /// The origin, as it is shown.
    #[must_use]
    pub fn origin(&self) -> String {
        address::text(&self.origin)
    }

    /// Sends a request and reads its JSON answer.
    pub async fn json<T: DeserializeOwned>(&self, request: Request<'_>) -> std::result::Result<T, Failure> {
        let body = self.send(request).await?;
        // The error's own text can quote the answer, so it is not told on.
        serde_json::from_slice(&body)
            .map_err(|_| Failure::bad_answer("The server's answer is not in the form that was expected."))
    }

    /// Sends a request whose answer has no content.
    pub async fn nothing(&self, request: Request<'_>) -> std::result::Result<(), Failure> {
        self.send(request).await.map(drop)
    }

    async fn send(&self, request: Request<'_>) -> std::result::Result<Zeroizing<Vec<u8>>, Failure> {
        let mut tries = 0;
        let mut perhaps_done = false;
        loop {
            tries += 1;
            let mut failure = match self.once(&request).await {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            // A later refusal does not undo what an earlier try may have done.
            perhaps_done |= failure.perhaps_done;
            failure.perhaps_done = perhaps_done;
            let told_to_wait_too_long = failure.retry_after.is_some_and(|wait| wait > retry::RETRY_AFTER_MAX);
            if request.repeat == Repeat::Never || !failure.passing || tries >= retry::ATTEMPTS || told_to_wait_too_long {
                return Err(failure);
            }
            let wait = failure.retry_after.unwrap_or_else(|| retry::wait(tries, retry::random()));
            tokio::time::sleep(wait).await;
        }
    }

    async fn once(&self, request: &Request<'_>) -> std::result::Result<Zeroizing<Vec<u8>>, Failure> {
        let time = request.large_answer.then_some(LARGE_TIME);
        let answer = self.answer(request, "application/json", time).await?;
        if answer.status() == StatusCode::NO_CONTENT {
            return Ok(Zeroizing::default());
        }
        let cap = if request.large_answer { LARGE_BODY_MAX } else { BODY_MAX };
        read(answer, cap, request.secret_answer).await
    }

    /// The head of any answer.
    async fn head(&self, request: &Request<'_>, time: Option<Duration>) -> std::result::Result<reqwest::Response, Failure> {
        let mut url = self.origin.clone();
        url.set_path(&[self.base.as_str(), &request.path].concat());
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut builder = self.client.request(request.method.clone(), url).headers(request.headers.clone());
        if let Some((name, value)) = proof_header(request.proof)? {
            builder = builder.header(name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        if let Some(time) = time {
            builder = builder.timeout(time);
        }
        builder.send().await.map_err(|error| Failure::transport(&error, &self.origin(), self.proxy.as_deref()))
    }

    /// The head of an answer that is what was asked for; its body is still to be read.
    async fn answer(
        &self,
        request: &Request<'_>,
        wanted: &str,
        time: Option<Duration>,
    ) -> std::result::Result<reqwest::Response, Failure> {
        let origin = self.origin();
        let answer = self.head(request, time).await?;
        let status = answer.status();
        let content_type = header_text(&answer, CONTENT_TYPE.as_str()).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let date = header_text(&answer, DATE.as_str());
        let retry_after = header_text(&answer, RETRY_AFTER.as_str())
            .and_then(|value| retry::retry_after(&value, date.as_deref(), SystemTime::now()));
        if status.is_redirection() {
            return Err(Failure::redirected(&origin));
        }
        if !status.is_success() {
            if media_type != PROBLEM_JSON {
                return Err(Failure::status(status, &origin, retry_after));
            }
            let body = read(answer, BODY_MAX, false).await?;
            let problem: Problem =
                serde_json::from_slice(&body).map_err(|_| Failure::bad_answer("The server's error can't be read."))?;
            return Err(Failure::problem(problem, &origin, retry_after));
        }
        // A hotel's sign-in page answers 200 to everything: it is not taken for data.
        if media_type != wanted && status != StatusCode::NO_CONTENT {
            return Err(Failure::not_a_key_server(&origin));
        }
        Ok(answer)
    }
}

/// Reads a body up to its cap. A buffer that may hold a secret has its whole size from the start.
async fn read(mut answer: reqwest::Response, cap: usize, secret: bool) -> std::result::Result<Zeroizing<Vec<u8>>, Failure> {
    let cap = if secret { SECRET_BODY_MAX } else { cap };
    let mut body = Zeroizing::new(Vec::with_capacity(if secret { SECRET_BODY_MAX } else { 0 }));
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= cap => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(Failure::bad_answer("The server's answer is too long.")),
            Ok(None) => return Ok(body),
            Err(error) if error.is_timeout() => {
                let mut failure = Failure::bad_answer("The server's answer took too long.");
                failure.error.code = ErrorCode::Timeout;
                return Err(failure);
            }
            Err(_) => {
                // Cut off on the way: another try can bring it whole.
                let mut failure = Failure::bad_answer("The server's answer ended too early.");
                failure.passing = true;
                return Err(failure);
            }
        }
    }
}

fn header_text(answer: &reqwest::Response, name: &str) -> Option<String> {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The header that proves the caller: marked as sensitive, so that nothing prints or caches it, and
/// wiped after use.
fn proof_header(proof: Proof<'_>) -> std::result::Result<Option<(HeaderName, HeaderValue)>, Failure> {
    let (header, text) = match proof {
        Proof::None => return Ok(None),
        // Exposed to be sent to the server that it belongs to: the caller compared the origins.
        Proof::Session(token) => (KeyHeader::Bearer, token.expose()),
        // Exposed to be presented to the server that issued it.
        Proof::Key(secret) => (KeyHeader::Bearer, secret.expose()),
        Proof::In(header, text) => (header, text),
    };
    let (name, scheme): (_, &[u8]) = match header {
        KeyHeader::Bearer => (AUTHORIZATION, b"Bearer "),
        KeyHeader::Named(name) => (HeaderName::from_static(name), b""),
    };
    let mut buffer = Zeroizing::new(Vec::with_capacity(scheme.len() + text.len()));
    buffer.extend_from_slice(scheme);
    buffer.extend_from_slice(text.as_bytes());
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(Wiped(buffer)))
        .map_err(|_| Failure::internal("This secret can't be sent in a header."))?;
    value.set_sensitive(true);
    Ok(Some((name, value)))
}

fn authorities(path: &Path) -> Result<Vec<reqwest::Certificate>> {
    let fault = |why: &str| Error::new(ErrorCode::Certificate, format!("The certificate file {} {why}.", path.display()));
    // As a shell would: people write it so.
    let file = match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    };
    let pem = std::fs::read(&file).map_err(|error| {
        let why = format!("{} can't be read: {error}. Name the file of the authority with its whole path.", file.display());
        Error::new(ErrorCode::Invalid, why)
    })?;
    let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|_| fault("is not in PEM form"))?;
    if certificates.is_empty() { Err(fault("holds no certificate")) } else { Ok(certificates) }
}
