//! What the proxy's client asked: which method, where, and whether something in it shall deceive somebody.

use std::borrow::Cow;

use http::header::ACCESS_CONTROL_REQUEST_METHOD;
use http::{HeaderMap, HeaderName, Method};
use keydeck_domain::dialect::KeyHeader;
use keydeck_domain::{Dialect, PresentedKey};
use url::form_urlencoded;

use super::binding::Binding;
use crate::error::Error;
use crate::web::guard;

/// What this server tells the service behind the proxy. Nobody else may.
pub(super) const IDENTITY: [HeaderName; 4] = [
    HeaderName::from_static("x-key-id"),
    HeaderName::from_static("x-organization-id"),
    HeaderName::from_static("x-key-scopes"),
    HeaderName::from_static("x-key-environment"),
];

const FORWARDED_METHOD: &str = "x-forwarded-method";
/// In which proxies say what was asked for; the second is the ingress controllers'.
const FORWARDED_URI: [&str; 2] = ["x-forwarded-uri", "x-original-uri"];

/// Whether a header says what only this server says, or has a name that some servers read as another: to those
/// that speak CGI or WSGI, `X_Key_Id` and `X-Key-Id` are the same.
pub(super) fn deceives(headers: &HeaderMap) -> bool {
    IDENTITY.iter().any(|name| headers.contains_key(name)) || headers.keys().any(|name| name.as_str().contains('_'))
}

/// The client's method.
///
/// Proxies that ask with `GET` whatever the client's method is say it in a header; that counts where the proxy is
/// named. One that asks with the method itself has said it, and so has one that appends the client's path.
///
/// # Errors
/// Where it can't be known: said twice, no method, or by nginx not at all, whose own is always `GET`.
pub(super) fn method(real: &Method, headers: &HeaderMap, binding: &Binding<'_>, by_proxy: bool) -> Result<Method, Error> {
    if *real != Method::GET || binding.original.is_some() {
        return Ok(real.clone());
    }
    let mut said = by_proxy.then(|| headers.get_all(FORWARDED_METHOD).iter()).into_iter().flatten();
    match (said.next(), said.next()) {
        (Some(method), None) => Method::from_bytes(method.as_bytes()).map_err(|_| unknown("it is none")),
        (Some(_), Some(_)) => Err(unknown("it is said twice")),
        (None, _) if binding.nginx && (binding.by_method || binding.preflight) => {
            Err(unknown("nginx must say it in X-Forwarded-Method, and be named in KEYDECK_BEHIND_PROXY"))
        }
        (None, _) => Ok(real.clone()),
    }
}

fn unknown(why: &str) -> Error {
    Error::InvalidRequest(format!("the client's method is not known: {why}"))
}

/// Whether a browser asks if it may ask.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// A secret in the URL that the client asked for, where the proxy tells it. The URL of the question itself is
/// looked at before, as every URL is.
///
/// # Errors
/// [`Error::SecretInUrl`].
pub(super) fn no_secret_in_url(
    dialect: Dialect,
    headers: &HeaderMap,
    binding: &Binding<'_>,
    by_proxy: bool,
) -> Result<(), Error> {
    let told = FORWARDED_URI.into_iter().filter(|_| by_proxy).flat_map(|name| headers.get_all(name));
    let told = told.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let appended = binding.original.map(Cow::Borrowed);
    for uri in told.chain(appended) {
        if uri.split_once('?').is_some_and(|(_, query)| holds_secret(dialect, query)) {
            return Err(Error::SecretInUrl);
        }
    }
    Ok(())
}

fn holds_secret(dialect: Dialect, query: &str) -> bool {
    let named = |name: &str| {
        let header = |place: &KeyHeader| matches!(place, KeyHeader::Named(header) if name.eq_ignore_ascii_case(header));
        dialect.contract().key_headers.iter().any(header)
    };
    // Any text is a key of ElizaOS: only its name tells it.
    let key = |text: &str| dialect != Dialect::Elizaos && PresentedKey::parse(dialect, text.trim()).is_ok();
    guard::holds_secret(query)
        || form_urlencoded::parse(query.as_bytes()).any(|(name, value)| named(&name) || key(&name) || key(&value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use http::HeaderValue;

    use super::*;

    fn headers(of: &[(&'static str, &'static str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn t15_t16_what_only_the_server_says_deceives() {
        for name in ["x-key-id", "x-organization-id", "x-key-scopes", "x-key-environment", "x_key_id", "any_other"] {
            assert!(deceives(&headers(&[(name, "")])), "{name}");
        }
        assert!(!deceives(&headers(&[("x-key", "a"), ("x-forwarded-for", "127.0.0.1")])));
    }

    #[test]
    fn t15_the_method_is_what_a_named_proxy_says() {
        let plain = Binding { by_method: true, ..Binding::default() };
        let read = |real: &str, said: &[(&'static str, &'static str)], binding: &Binding<'_>, by_proxy| {
            let real = Method::from_bytes(real.as_bytes()).unwrap();
            method(&real, &headers(said), binding, by_proxy).map(|method| method.to_string()).ok()
        };
        let said = |method: &'static str| [("x-forwarded-method", method)];
        assert_eq!(read("GET", &said("DELETE"), &plain, true).as_deref(), Some("DELETE"));
        assert_eq!(read("GET", &[], &plain, true).as_deref(), Some("GET"));
        // Nobody's word.
        assert_eq!(read("GET", &said("DELETE"), &plain, false).as_deref(), Some("GET"));
        assert_eq!(read("DELETE", &said("OPTIONS"), &plain, false).as_deref(), Some("DELETE"));
        // Its own method says it.
        assert_eq!(read("DELETE", &said("OPTIONS"), &plain, true).as_deref(), Some("DELETE"));
        let appended = Binding { original: Some("/v1"), ..Binding { by_method: true, ..Binding::default() } };
        assert_eq!(read("GET", &said("OPTIONS"), &appended, true).as_deref(), Some("GET"));
        // Not known.
        let twice = [("x-forwarded-method", "GET"), ("x-forwarded-method", "DELETE")];
        assert_eq!(read("GET", &twice, &plain, true), None);
        assert_eq!(read("GET", &said("GET,DELETE"), &plain, true), None);
        assert_eq!(read("GET", &said(""), &plain, true), None);
        let nginx = Binding { by_method: true, nginx: true, ..Binding::default() };
        assert_eq!(read("GET", &[], &nginx, true), None);
        assert_eq!(read("GET", &said("GET"), &nginx, false), None, "from a proxy that is not named");
        assert_eq!(read("GET", &said("GET"), &nginx, true).as_deref(), Some("GET"));
        // Where nothing hangs on it, it need not be known.
        let fixed = Binding { nginx: true, ..Binding::default() };
        assert_eq!(read("GET", &[], &fixed, false).as_deref(), Some("GET"));
    }

    #[test]
    fn t13_a_secret_in_the_clients_url_is_seen() {
        let refused = |dialect, of: &[(&'static str, &'static str)], original, by_proxy| {
            let binding = Binding { original, ..Binding::default() };
            no_secret_in_url(dialect, &headers(of), &binding, by_proxy).is_err()
        };
        let memory = Dialect::MemoryApi;
        for uri in ["/?api_key=x", "/a/b?c=d&x=mem_live_abcdefghijklmnop", "/?azen-api-key&token=", "http://h/?authorization=x"] {
            assert!(refused(memory, &[("x-forwarded-uri", uri)], None, true), "{uri}");
            assert!(refused(memory, &[("x-original-uri", uri)], None, true), "{uri}");
            assert!(refused(memory, &[], Some(uri), false), "{uri}");
            assert!(!refused(memory, &[("x-forwarded-uri", uri)], None, false), "nobody's word: {uri}");
        }
        assert!(refused(Dialect::Azen, &[], Some("/?azen-api-key=1"), false));
        assert!(!refused(Dialect::Elizaos, &[], Some("/?cursor=abcdefghijklmnopqrstuvwxyz"), false));
        assert!(!refused(memory, &[("x-forwarded-uri", "/v1/memories?limit=10&cursor=abc")], None, true));
        assert!(!refused(memory, &[("x-forwarded-uri", "/api_key")], None, true));
    }
}
