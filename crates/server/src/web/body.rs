//! How a JSON body is read: bounded in size and time, and refused without repeating what it held. The
//! messages of the JSON reader quote values, and a value can be a secret in the wrong field.

use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use keydeck_domain::KeyFormat;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use tokio::time::error::Elapsed;
use zeroize::Zeroizing;

use super::guard::TOKENS;
use crate::audit::refused::refuse;
use crate::auth::member::Member;
use crate::error::Error;
use crate::server::Server;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Server> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, server: &Server) -> Result<Self, Error> {
        read(request, server).await.and_then(|bytes| parse(&bytes)).map(Self)
    }
}

/// The JSON body of a member's change. Fields that claim to act for another organization or person
/// are refused as such, and audited. It may be `TIMES` as long as a body that anybody may send.
pub(crate) struct MemberBody<T, const TIMES: usize = 1>(pub(crate) T);

/// Fields that would say whose the new thing is. The path and the session say that.
const CLAIMS: [&str; 4] = ["organizationId", "organization_id", "userId", "user_id"];

impl<T: DeserializeOwned, const TIMES: usize> FromRequest<Server> for MemberBody<T, TIMES> {
    type Rejection = Error;

    async fn from_request(request: Request, server: &Server) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let member = Member::from_request_parts(&mut parts, server).await?;
        let cap = TIMES * server.parts.config.limits.body_bytes;
        let bytes = read_up_to(cap, Request::from_parts(parts, body), server).await?;
        if claims_another(&bytes, &member) {
            return Err(refuse(server, &member, "another's organization or person", Error::Forbidden { missing: None }).await);
        }
        parse(&bytes).map(Self)
    }
}

fn claims_another(bytes: &[u8], member: &Member) -> bool {
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_slice(bytes) else { return false };
    let nested = fields.get("key").and_then(serde_json::Value::as_object);
    std::iter::once(&fields).chain(nested).flat_map(|fields| CLAIMS.iter().filter_map(|claim| fields.get(*claim))).any(|value| {
        let own = [member.organization.id.to_string(), member.person.id.to_string()];
        value.as_str().is_none_or(|claimed| !own.iter().any(|id| id.eq_ignore_ascii_case(claimed)))
    })
}

/// The bytes of a body that says it is plain JSON.
/// They wipe themselves: some hold a key or a password.
pub(crate) async fn read(request: Request, server: &Server) -> Result<Zeroizing<Vec<u8>>, Error> {
    read_up_to(server.parts.config.limits.body_bytes, request, server).await
}

/// The bytes of a body whatever it says that it is: for contracts whose own examples say nothing, or something
/// else. Not where a browser would send credentials by itself.
pub(crate) async fn read_as_sent(request: Request, server: &Server) -> Result<Zeroizing<Vec<u8>>, Error> {
    not_encoded(request.headers())?;
    bytes_up_to(server.parts.config.limits.body_bytes, request, server).await
}

async fn read_up_to(cap: usize, request: Request, server: &Server) -> Result<Zeroizing<Vec<u8>>, Error> {
    plain_json(request.headers())?;
    bytes_up_to(cap, request, server).await
}

async fn bytes_up_to(cap: usize, request: Request, server: &Server) -> Result<Zeroizing<Vec<u8>>, Error> {
    let limits = &server.parts.config.limits;
    let stated = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if stated.is_some_and(|length| length > cap as u64) {
        return Err(Error::TooLarge);
    }
    let body = Limited::new(request.into_body(), cap);
    match within(limits.body_timeout, body.collect()).await {
        Ok(Ok(collected)) => Ok(Zeroizing::new(collected.to_bytes().into())),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Error::TooLarge),
        Ok(Err(_)) => Err(Error::InvalidRequest("the body was cut off".to_owned())),
        Err(_) => Err(Error::Timeout),
    }
}

/// As tokio's `timeout`, but a timer is set only where the body is not there at the second look: hyper
/// reads it after the first, and setting and clearing a timer costs as much as a verification.
async fn within<T>(limit: Duration, reading: impl Future<Output = T>) -> Result<T, Elapsed> {
    let mut reading = std::pin::pin!(reading);
    let mut looked = false;
    let at_once = poll_fn(|context| match reading.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending if looked => Poll::Ready(None),
        Poll::Pending => {
            looked = true;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    });
    match at_once.await {
        Some(value) => Ok(value),
        None => tokio::time::timeout(limit, reading).await,
    }
}

fn not_encoded(headers: &HeaderMap) -> Result<(), Error> {
    if headers.get_all(CONTENT_ENCODING).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Error::UnsupportedMediaType("send the body without Content-Encoding"));
    }
    Ok(())
}

fn plain_json(headers: &HeaderMap) -> Result<(), Error> {
    not_encoded(headers)?;
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Error::UnsupportedMediaType("send the body with Content-Type: application/json"))
    }
}

/// The value in a JSON text.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    // serde would take a list for an object, field by field.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|first| *first == b'[') {
        return Err(Error::InvalidBody("the body must be a JSON object".to_owned()));
    }
    // Where in the body something is wrong is found out only when something is.
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Ok(value);
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        if !error.inner().is_data() {
            return Error::InvalidBody("the body is not JSON".to_owned());
        }
        let path = shown_path(error.path());
        Error::InvalidBody(explain(&path, &error.inner().to_string()))
    })?;
    reader.end().map_err(|_| Error::InvalidBody("something follows the JSON in the body".to_owned()))?;
    Ok(value)
}

/// The way to a field, as far as its names are harmless.
fn shown_path(path: &serde_path_to_error::Path) -> String {
    let mut shown = String::new();
    for segment in path {
        match segment {
            Segment::Map { key } => {
                if !shown.is_empty() {
                    shown.push('.');
                }
                shown.push_str(harmless(key).unwrap_or("…"));
            }
            Segment::Seq { index } => shown.push_str(&format!("[{index}]")),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    shown
}

/// A name that can be repeated to whoever sent it: short, plain, and nothing like a secret.
fn harmless(name: &str) -> Option<&str> {
    let plain = !name.is_empty() && name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    let secret = TOKENS.iter().any(|prefix| name.starts_with(prefix)) || KeyFormat::parse(name).is_ok();
    (plain && !secret).then_some(name)
}

/// What to say of a refusal. Only what is known to hold no value is repeated.
fn explain(path: &str, message: &str) -> String {
    let named = |before: &str| {
        let rest = message.strip_prefix(before)?;
        harmless(rest.split_once('`')?.0)
    };
    if message.starts_with("unknown field `") {
        return match named("unknown field `") {
            Some(name) => format!("unknown field `{name}`"),
            None => "there is an unknown field".to_owned(),
        };
    }
    if let Some(name) = named("missing field `") {
        return format!("the field `{name}` is missing");
    }
    if let Some(name) = named("duplicate field `") {
        return format!("the field `{name}` is there twice");
    }
    // The rules of the domain are written to be shown, and quote nothing.
    const RULES: [&str; 8] =
        ["must ", "a scope is ", "a hint is ", "a digest is ", "a prefix is ", "a key is ", "a role is ", "an environment is "];
    let message = message.rsplit_once(" at line ").map_or(message, |(rule, _)| rule);
    let rule = if RULES.iter().any(|rule| message.starts_with(rule)) { message } else { "is not acceptable" };
    if path.is_empty() { format!("the body: {rule}") } else { format!("`{path}`: {rule}") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use keydeck_domain::api::keys::RegisterKey;
    use keydeck_domain::api::verify::VerifyRequest;
    use keydeck_domain::{Environment, format};
    use proptest::prelude::*;

    use super::*;

    fn refusal<T: DeserializeOwned>(text: &str) -> String {
        match parse::<T>(text.as_bytes()) {
            Err(Error::InvalidBody(text)) => text,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("accepted: {text}"),
        }
    }

    #[test]
    fn the_field_is_named() {
        let check = |text: &str, expected: &str| assert_eq!(refusal::<VerifyRequest>(text), expected, "{text}");
        check("{}", "the field `key` is missing");
        check(r#"{"key":"a","createdBy":"b"}"#, "unknown field `createdBy`");
        check(r#"{"key":"a","key":"b"}"#, "the field `key` is there twice");
        check(r#"{"key":7}"#, "`key`: is not acceptable");
        check(r#"{"key":"a","scopes":["Read!"]}"#, &format!("`scopes[0]`: {}", keydeck_domain::scope::ScopeError));
        check("{", "the body is not JSON");
        check(r#"{"key":"a"} x"#, "something follows the JSON in the body");
    }

    #[test]
    fn a_secret_in_the_wrong_place_is_not_repeated() {
        let secret = format::generate(&"kd".parse().unwrap(), Environment::Live).unwrap();
        // Exposed to be sent where it must not come back: a test's own secret.
        let secret = secret.expose();
        for text in [
            format!(r#"{{"key":{{"name":"a","environment":"{secret}","scopes":[]}}}}"#),
            format!(r#"{{"key":{{"name":"a","environment":"test","scopes":"{secret}"}}}}"#),
            format!(r#"{{"key":{{"name":"a","environment":"test","scopes":["{secret}"]}}}}"#),
            format!(r#"{{"key":{{"name":["{secret}"],"environment":"test","scopes":[]}}}}"#),
            format!(r#"{{"digest":"{secret}"}}"#),
            format!(r#"{{"hint":"{secret}"}}"#),
            format!(r#"{{"{secret}":1}}"#),
            format!(r#"{{"key":{{"expires_at":"{secret}"}}}}"#),
            format!(r#"{{"key":{{"allowed_addresses":["{secret}"]}}}}"#),
            format!(r#"{{"key":{{"metadata":{{"{secret}":1}}}}}}"#),
            format!(r#""{secret}""#),
        ] {
            let said = refusal::<RegisterKey>(&text);
            assert!(!said.contains(secret), "{said}");
        }
    }

    proptest! {
        #[test]
        fn no_value_is_repeated(value in "[a-z]{12}", field in "name|environment|kind|scopes|expires_at|note|metadata|allowed_addresses") {
            let said = match parse::<RegisterKey>(format!(r#"{{"key":{{"{field}":"{value}"}}}}"#).as_bytes()) {
                Err(Error::InvalidBody(said)) => said,
                _ => return Ok(()),
            };
            prop_assert!(!said.contains(&value), "{}", said);
        }
    }
}
