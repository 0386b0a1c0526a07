//! What is refused before any handler: a `Host` that is not ours, and a secret in the URL.

use axum::extract::Request;
use http::header::HOST;
use keydeck_domain::KeyFormat;
use keydeck_domain::api::claim::CLAIM_PREFIX;
use keydeck_domain::api::invitations::INVITATION_PREFIX;

use super::peer::PeerAddress;
use crate::auth::verifier::VERIFIER_PREFIX;
use crate::error::Error;
use crate::server::Server;
use crate::sessions::record::TOKEN_PREFIX;
use crate::subkeys::WEBHOOK_PREFIX;

/// Names that say that what follows is a secret, whatever it looks like.
const SECRET_NAMES: [&str; 12] = [
    "key",
    "api_key",
    "apikey",
    "api-key",
    "x-api-key",
    "access_token",
    "auth_token",
    "session_token",
    "token",
    "secret",
    "password",
    "authorization",
];

/// What every token that is no key begins with.
pub(super) const TOKENS: [&str; 5] = [TOKEN_PREFIX, VERIFIER_PREFIX, INVITATION_PREFIX, CLAIM_PREFIX, WEBHOOK_PREFIX];

/// Answers only to the names that the server was told are its own, so that a page that points its
/// own name at this machine gets nothing (DNS rebinding).
pub(crate) fn host(server: &Server, request: &Request) -> Result<(), Error> {
    let Some(allowed) = &server.parts.config.allowed_hosts else { return Ok(()) };
    let mut hosts = request.headers().get_all(HOST).iter();
    let ours = match (hosts.next(), hosts.next()) {
        (Some(host), None) => allowed.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(host.as_bytes())),
        _ => false,
    };
    // A request line in absolute form names a host as well (RFC 9112, 3.2.2).
    let line = request.uri().authority().is_none_or(|host| allowed.iter().any(|name| name.eq_ignore_ascii_case(host.as_str())));
    if ours && line { Ok(()) } else { Err(Error::Misdirected) }
}

/// Behind proxies that are named, finds out whom one of them speaks for. Who else comes over a network in the
/// clear is turned away: his key crossed it already, and nobody shall get used to that.
pub(crate) fn caller(server: &Server, request: &mut Request) -> Result<(), Error> {
    let proxies = &server.parts.config.proxies;
    if proxies.is_empty() {
        return Ok(());
    }
    let Some(peer) = request.extensions().get::<PeerAddress>().copied() else { return Ok(()) };
    let Some(address) = peer.address else { return Ok(()) };
    if proxies.trusts(address) {
        let address = proxies.caller(request.headers())?;
        request.extensions_mut().insert(PeerAddress { address, by_proxy: true, ..peer });
        return Ok(());
    }
    if peer.encrypted || address.is_loopback() { Ok(()) } else { Err(Error::PastTheProxy) }
}

/// A URL is written to logs and histories all along its way: a secret in it is refused, so that
/// nobody gets used to it.
pub(crate) fn no_secret_in_url(request: &Request) -> Result<(), Error> {
    if request.uri().query().is_some_and(holds_secret) { Err(Error::SecretInUrl) } else { Ok(()) }
}

/// Whether a name or a value of a query is a secret, or is called one.
pub(crate) fn holds_secret(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| {
        SECRET_NAMES.iter().any(|secret| name.eq_ignore_ascii_case(secret)) || is_secret(&name) || is_secret(&value)
    })
}

fn is_secret(text: &str) -> bool {
    let text = text.trim();
    let text = text.strip_prefix("Bearer ").unwrap_or(text);
    TOKENS.iter().any(|prefix| text.starts_with(prefix)) || KeyFormat::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use keydeck_domain::{Environment, format};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn t14_who_comes_past_the_proxy_in_the_clear_is_turned_away() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = crate::Config::new(folder.path());
        config.proxies = "10.0.0.0/28, fd00::1".parse().unwrap();
        let server = crate::open(config, crate::Pepper::from_bytes([1; 32])).await.unwrap();
        for (address, encrypted, expected) in [
            ("10.0.0.3", false, 204),
            ("fd00::1", false, 204),
            ("10.0.0.3", true, 204),
            ("10.0.0.16", false, 421),
            ("fd00::2", false, 421),
            ("198.51.100.7", false, 421),
            // What it says of itself changes nothing, as the header is not looked at.
            ("10.0.0.16", true, 204),
            ("127.0.0.1", false, 204),
            ("::1", false, 204),
        ] {
            let peer = PeerAddress { address: Some(address.parse().unwrap()), encrypted, by_proxy: false };
            let request = Request::get("/livez").header("x-forwarded-for", "10.0.0.3").extension(peer);
            let answer = server.router().oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.status().as_u16(), expected, "{address} {encrypted}");
        }
        server.close().await;
    }

    #[test]
    fn secrets_are_seen_under_any_name() {
        let secret = format::generate(&"acme".parse().unwrap(), Environment::Live).unwrap();
        // Exposed to be looked for: a test's own secret.
        let secret = secret.expose();
        for query in [
            format!("search={secret}"),
            format!("a=b&x={secret}"),
            format!("search=%20{secret}"),
            secret.to_owned(),
            format!("search={}", secret.replace('_', "%5F")),
            "search=kds_abc".to_owned(),
            "link=kdi_abc".to_owned(),
            "kdc_abc".to_owned(),
            "key=x".to_owned(),
            "API_KEY=".to_owned(),
            "access_token=abc".to_owned(),
        ] {
            assert!(holds_secret(&query), "{query}");
        }
        for query in ["", "search=kd_test_9c1b", "search=key&sort=name", "cursor=abc"] {
            assert!(!holds_secret(query), "{query}");
        }
    }
}
