//! The session's cookie, `<token>.<signature>`, as Better Auth writes it. The signature proves nothing that the token
//! does not: what is not signed by this server is not looked up.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use keydeck_domain::SessionToken;
use url::form_urlencoded;

use crate::error::Error;
use crate::sessions::record::TOKEN_PREFIX;
use crate::subkeys::{Subkeys, same};

/// What the cookie is called.
const NAME: &str = "better-auth.session_token";
/// Longest value that is looked at.
const LONGEST: usize = 512;

/// The token with its signature: what stands in the cookie, percent-encoded, and in `set-auth-token`.
pub(super) fn signed(subkeys: &Subkeys, token: &SessionToken) -> String {
    // Exposed to be told to whom it belongs, in the answer that signs him in.
    let text = token.expose();
    format!("{text}.{}", STANDARD.encode(signature(subkeys, text)))
}

fn signature(subkeys: &Subkeys, token: &str) -> [u8; 32] {
    subkeys.row.over("azen-cookie", &[token.as_bytes()])
}

/// The token of a text that is one, raw or signed. A signature that is there must be right.
pub(super) fn token(subkeys: &Subkeys, text: &str) -> Option<SessionToken> {
    if text.len() > LONGEST || !text.starts_with(TOKEN_PREFIX) {
        return None;
    }
    let Some((token, signature_text)) = text.split_once('.') else { return Some(SessionToken::new(text.to_owned())) };
    let given = STANDARD.decode(decoded(signature_text)).ok()?;
    same(&given, &signature(subkeys, token)).then(|| SessionToken::new(token.to_owned()))
}

/// The token of the cookie. Without a signature there is none; of two cookies of this name neither counts, because
/// another host of the same site can add one.
pub(super) fn from_cookies(subkeys: &Subkeys, headers: &HeaderMap) -> Option<SessionToken> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(';'));
    let mut values = cookies.filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == NAME);
    match (values.next(), values.next()) {
        (Some((_, value)), None) if value.contains('.') => token(subkeys, value),
        _ => None,
    }
}

/// A cookie, and an older server's header, write three characters of base64 otherwise.
fn decoded(text: &str) -> String {
    let upper = text.replace("%2b", "+").replace("%2f", "/").replace("%3d", "=");
    upper.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
}

/// The header that sets the cookie, for so many seconds; without them until the browser is closed.
pub(super) fn set(signed: &str, seconds: Option<i64>, encrypted: bool) -> Result<HeaderValue, Error> {
    let value: String = form_urlencoded::byte_serialize(signed.as_bytes()).collect();
    let age = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let secure = if encrypted { "; Secure" } else { "" };
    let line = format!("{NAME}={value}{age}; Path=/; HttpOnly{secure}; SameSite=Lax");
    let mut line = HeaderValue::from_str(&line).map_err(|_| Error::Internal("a cookie could not be written".to_owned()))?;
    line.set_sensitive(true);
    Ok(line)
}

/// The header that takes the cookie away.
pub(super) fn cleared() -> HeaderValue {
    HeaderValue::from_static("better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::pepper::Pepper;

    fn is(token: Option<SessionToken>, expected: Option<&str>) -> bool {
        // Exposed to be compared: a test's own token.
        token.as_ref().map(SessionToken::expose) == expected
    }

    fn cookie(line: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(line).unwrap());
        headers
    }

    #[test]
    fn a_signature_is_read_as_it_was_written() {
        for byte in 0..=255 {
            let subkeys = Subkeys::of(&Pepper::from_bytes([byte; 32]));
            let text = format!("kds_{byte}");
            let signed = signed(&subkeys, &SessionToken::new(text.clone()));
            assert!(is(token(&subkeys, &signed), Some(&text)), "{signed}");
            assert!(is(token(&subkeys, &text), Some(&text)));
            let set = set(&signed, None, true).unwrap();
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            assert!(!pair.contains(['+', '/']) && pair.matches('=').count() == 1, "{pair}");
            assert!(is(from_cookies(&subkeys, &cookie(&format!("a=b; {pair}; c"))), Some(&text)));
        }
    }

    #[test]
    fn a_wrong_signature_is_none() {
        let subkeys = Subkeys::of(&Pepper::from_bytes([1; 32]));
        let (a, b) = (SessionToken::new("kds_a".to_owned()), SessionToken::new("kds_b".to_owned()));
        let signed = signed(&subkeys, &a);
        let other = super::signed(&subkeys, &b).replace("kds_b", "kds_a");
        for bad in [other.as_str(), "kds_a.", "kds_a.AAAA", "kds_a.%", "kd_a", ""] {
            assert!(token(&subkeys, bad).is_none(), "{bad}");
        }
        let twice = format!("{NAME}={signed}; {NAME}={signed}");
        for bad in [format!("{NAME}=kds_a"), twice, format!("x{NAME}={signed}")] {
            assert!(from_cookies(&subkeys, &cookie(&bad)).is_none(), "{bad}");
        }
    }
}
