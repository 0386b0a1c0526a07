//! What proves a session: a token that is sent as bearer, or the cookie of a server without the bearer plugin.
//!
//! Both are kept as one text in the keychain. A bearer token holds no blank, so what begins with `cookie ` is a cookie.

use keydeck_domain::SessionToken;
use reqwest::header::SET_COOKIE;
use zeroize::Zeroizing;

use super::told::Told;
use crate::error::{Error, ErrorCode};
use crate::servers::http::Answer;
use crate::servers::http::failure::Failure;

/// The header that the bearer plugin tells a token in.
const SET_AUTH_TOKEN: &str = "set-auth-token";
const AS_COOKIE: &str = "cookie ";

/// A session, as it is sent.
pub(crate) enum Credential<'a> {
    /// Nobody.
    None,
    /// `Authorization: Bearer`.
    Bearer(&'a str),
    /// `Cookie`, as `name=value`.
    Cookie(&'a str),
}

impl<'a> Credential<'a> {
    /// From the text that is kept.
    pub(crate) fn of(text: &'a str) -> Self {
        match text.strip_prefix(AS_COOKIE) {
            Some(pair) => Self::Cookie(pair),
            None => Self::Bearer(text),
        }
    }

    /// Another session that the server has put in place of this one, as it does once a day.
    pub(crate) fn renewed(&self, answer: &Answer) -> Option<SessionToken> {
        match self {
            Self::None => None,
            Self::Bearer(text) => {
                let told = answer.header(SET_AUTH_TOKEN).filter(|told| is_token(told))?;
                let same = *told == **text || *decoded(told) == **text || token_of(told) == token_of(text);
                (!same).then(|| SessionToken::new(decoded(told).to_string()))
            }
            Self::Cookie(pair) => {
                let (name, _) = pair.split_once('=')?;
                let told = cookies(answer).into_iter().find(|(other, _)| *other == name)?.1;
                let new = Zeroizing::new(format!("{name}={told}"));
                (*new != **pair && is_token(told)).then(|| SessionToken::new(format!("{AS_COOKIE}{}", *new)))
            }
        }
    }
}

/// The token without its signature: a renewal can sign the same one anew.
fn token_of(text: &str) -> &str {
    text.split('.').next().unwrap_or(text)
}

/// The sessions that a sign-in can have begun, likeliest first: the bearer plugin's token as it came and without percent
/// signs (1.4 writes it with them), then the cookie that holds the token which the body tells.
pub(crate) fn offered(answer: &Answer) -> Result<Vec<SessionToken>, Failure> {
    let mut offered = Vec::new();
    if let Some(told) = answer.header(SET_AUTH_TOKEN).filter(|told| is_token(told)) {
        offered.push(SessionToken::new(decoded(told).to_string()));
        if told.contains('%') {
            offered.push(SessionToken::new(told.to_owned()));
        }
    }
    let body: Told = answer.json()?;
    let Some(token) = &body.secret else {
        let message =
            "The server accepted the password but gave no session: it may want a second factor, which Keydeck can't give.";
        return Err(Failure::of(Error::new(ErrorCode::Incompatible, message)));
    };
    // Exposed to find the cookie that carries it, whatever that is called.
    let begins = Zeroizing::new(format!("{}.", token.expose()));
    let pairs = cookies(answer).into_iter().filter(|(_, value)| decoded(value).starts_with(&**begins));
    offered.extend(pairs.map(|(name, value)| SessionToken::new(format!("{AS_COOKIE}{name}={value}"))));
    Ok(offered)
}

/// The cookies that an answer sets.
fn cookies(answer: &Answer) -> Vec<(&str, &str)> {
    let lines = answer.headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.filter_map(|line| line.split(';').next()?.trim().split_once('=')).collect()
}

/// What can stand in a header and in the keychain.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= 4_096 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Without percent signs; as it is where they mean nothing.
fn decoded(text: &str) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = (first == b'%').then(|| after.get(..2)).flatten().and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    let whole = std::str::from_utf8(&bytes).ok().filter(|text| is_token(text));
    Zeroizing::new(whole.unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percent_signs_are_taken_away() {
        let check = |text: &str, expected: &str| assert_eq!(*decoded(text), expected, "{text}");
        check("a.b%2Fc%3D", "a.b/c=");
        check("a.b%2fc%3d", "a.b/c=");
        check("a.b/c=", "a.b/c=");
        for odd in ["100%", "%", "%zz", "%+1", "a%0d%0ab", "%ff", "%20"] {
            check(odd, odd);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC{0,200}|[%0-9a-fA-F+]{0,20}") {
            let _taken = decoded(&text);
        }
    }
}
