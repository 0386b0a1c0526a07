//! One message: signed, sent, and what came of it.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use keydeck_domain::Secret;
use keydeck_domain::api::webhooks::Delivery;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use sha2::Sha256;

use super::connect::{Connector, Failure, Resolve, System};
use super::target::Target;
use crate::config::WebhookConfig;

/// Largest head of an answer, in bytes.
const HEAD_BYTES: usize = 16 * 1024;

/// Sends messages.
pub(crate) struct Sender {
    config: WebhookConfig,
    resolver: Arc<dyn Resolve>,
    /// Made when it is first needed: it reads the system's certificates.
    connector: OnceLock<Connector>,
}

impl Sender {
    pub(crate) fn new(config: WebhookConfig) -> Self {
        Self::resolving(config, Arc::new(System))
    }

    pub(super) fn resolving(config: WebhookConfig, resolver: Arc<dyn Resolve>) -> Self {
        Self { config, resolver, connector: OnceLock::new() }
    }

    /// Sends a message, once; says how that ended.
    pub(super) async fn send(&self, target: &Target, secret: &Secret, body: &str, now: DateTime<Utc>) -> Delivery {
        let limit = self.config.limit;
        let attempt = tokio::time::timeout(limit, self.attempt(target, secret, body, now));
        let result = attempt.await.unwrap_or(Err(Failure::TooSlow(limit)));
        let (status, error) = match result {
            Ok(status) if (200..300).contains(&status) => (Some(status), None),
            Ok(status) if (300..400).contains(&status) => (Some(status), Some(Failure::Redirect(status))),
            Ok(status) => (Some(status), Some(Failure::Status(status))),
            Err(failure) => (None, Some(failure)),
        };
        Delivery { at: now, status, taken: error.is_none(), error: error.map(|failure| failure.to_string()) }
    }

    async fn attempt(&self, target: &Target, secret: &Secret, body: &str, now: DateTime<Utc>) -> Result<u16, Failure> {
        let timestamp = now.timestamp().to_string();
        let request = Request::post(target.path_and_query())
            .header(HOST, target.authority())
            .header(USER_AGENT, concat!("keydeck-server/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json")
            .header(CONNECTION, "close")
            .header("keydeck-timestamp", &timestamp)
            .header("keydeck-signature", signature(secret, &timestamp, body))
            .body(Full::new(Bytes::from(body.to_owned())))
            .expect("an address that was read gives a path and a host that can stand in a request");
        let stream = self.connector().await?.connect(target).await?;
        let answer = exchange(TokioIo::new(stream), request).await.map_err(|_| Failure::NoAnswer)?;
        // The body is left where it is.
        Ok(answer.status().as_u16())
    }

    async fn connector(&self) -> Result<&Connector, Failure> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector);
        }
        let authority = self.config.authority.clone();
        let made = tokio::task::spawn_blocking(move || trusting(authority.as_deref())).await;
        let tls = match made {
            Ok(Ok(tls)) => tls,
            Ok(Err(error)) => {
                tracing::error!(alert = true, %error, "webhooks can't be sent: certificates can't be checked");
                return Err(Failure::NoTrust);
            }
            Err(_) => return Err(Failure::NoTrust),
        };
        let (networks, resolver) = (self.config.networks.clone(), Arc::clone(&self.resolver));
        Ok(self.connector.get_or_init(|| Connector { networks, resolver, tls: Arc::new(tls) }))
    }

    /// How long one attempt may take.
    pub(super) fn limit(&self) -> Duration {
        self.config.limit
    }

    /// How long after the attempt of this number, from 1, the message is sent again; `None`: it is given up.
    pub(super) fn pause_after(&self, attempt: u32) -> Option<Duration> {
        let position = usize::try_from(attempt.checked_sub(1)?).ok()?;
        self.config.pauses.get(position).copied()
    }

    /// The longest pause.
    pub(super) fn longest_pause(&self) -> Duration {
        self.config.pauses.iter().copied().chain([self.config.limit]).max().unwrap_or_default()
    }
}

/// HMAC-SHA-256 over the time and the body, as the receiver computes it again.
fn signature(secret: &Secret, timestamp: &str, body: &str) -> String {
    // Exposed to sign with: what is sent is the signature alone.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("HMAC takes keys of any length");
    for part in [timestamp, ".", body] {
        mac.update(part.as_bytes());
    }
    format!("v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// Asks, and reads the answer's head.
async fn exchange(
    stream: impl hyper::rt::Read + hyper::rt::Write + Unpin + Send,
    request: Request<Full<Bytes>>,
) -> hyper::Result<Response<Incoming>> {
    let (mut requests, connection) = http1::Builder::new().max_buf_size(HEAD_BYTES).handshake(stream).await?;
    let mut answer = std::pin::pin!(requests.send_request(request));
    tokio::select! {
        biased;
        answered = answer.as_mut() => answered,
        // It moves the bytes; where it ends first, the answer may be there already.
        _ = connection => answer.await,
    }
}

/// What is trusted: the system's authorities, and those of the file.
fn trusting(authority: Option<&Path>) -> Result<ClientConfig, rustls::Error> {
    let extra: Vec<CertificateDer<'static>> = match authority {
        None => Vec::new(),
        Some(path) => CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .map_err(|error| rustls::Error::General(format!("{}: {error}", path.display())))?,
    };
    let provider = crate::tls::provider();
    let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_as_it_is_written_down() {
        // Made with: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac kdw_test
        let made = signature(&Secret::new("kdw_test".to_owned()), "1700000000", r#"{"a":1}"#);
        assert_eq!(made, "v1=3d3db2237ad3ea72e4460241c96ac469d1bec97bb0bd6b441876084f9d28905d");
    }

    #[test]
    fn a_message_is_sent_six_times_within_fifteen_hours_and_given_up() {
        let sender = Sender::new(WebhookConfig::default());
        let minutes: Vec<_> = (0..8).map(|attempt| sender.pause_after(attempt).map(|pause| pause.as_secs() / 60)).collect();
        assert_eq!(minutes, [None, Some(1), Some(5), Some(30), Some(120), Some(720), None, None]);
    }
}
