//! What is refused before any handler: a `Host` that is not ours, and a secret in the URL.

use axum::extract::Request;
use http::header::HOST;
use keydeck_domain::KeyFormat;
use keydeck_domain::api::claim::CLAIM_PREFIX;
use keydeck_domain::api::invitations::INVITATION_PREFIX;

use crate::auth::verifier::VERIFIER_PREFIX;
use crate::error::Error;
use crate::server::Server;
use crate::sessions::record::TOKEN_PREFIX;

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
pub(super) const TOKENS: [&str; 4] = [TOKEN_PREFIX, VERIFIER_PREFIX, INVITATION_PREFIX, CLAIM_PREFIX];

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

/// A URL is written to logs and histories all along its way: a secret in it is refused, so that
/// nobody gets used to it.
pub(crate) fn no_secret_in_url(request: &Request) -> Result<(), Error> {
    if request.uri().query().is_some_and(holds_secret) { Err(Error::SecretInUrl) } else { Ok(()) }
}

fn holds_secret(query: &str) -> bool {
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

    use super::*;

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
