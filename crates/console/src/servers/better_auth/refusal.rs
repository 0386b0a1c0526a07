//! What Better Auth says instead of an answer. Version 1.7 has codes of its own, 1.4 writes its messages in capitals
//! where 1.7 has a code: so a refusal is known by either.

use std::time::Duration;

use serde_json::Value;

use crate::error::{Error, ErrorCode};
use crate::servers::http::Answer;
use crate::servers::http::failure::Failure;

/// Code in 1.7, message in both, what it is here, and what a person reads.
static KNOWN: &[(&str, &str, ErrorCode, &str)] = &[
    ("INVALID_EMAIL_OR_PASSWORD", "Invalid email or password", ErrorCode::WrongCredentials, "E-mail or password is wrong."),
    (
        "EMAIL_NOT_VERIFIED",
        "Email not verified",
        ErrorCode::Forbidden,
        "The server wants your e-mail address confirmed first: look for its letter.",
    ),
    (
        "EMAIL_PASSWORD_DISABLED",
        "Email and password is not enabled",
        ErrorCode::Incompatible,
        "Nobody signs in to this server with e-mail and password, and Keydeck knows no other way.",
    ),
    ("UNAUTHORIZED_SESSION", "Unauthorized or invalid session", ErrorCode::SignedOut, "Your session is over. Sign in again."),
    ("USER_BANNED", "User is banned", ErrorCode::Forbidden, "The server has banned this account."),
    (
        "KEY_NOT_FOUND",
        "API Key not found",
        ErrorCode::NotFound,
        "There is no such key any more: the server deletes keys that have expired or are used up.",
    ),
    (
        "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION",
        "User is not a member of the organization",
        ErrorCode::NotFound,
        "You are not a member of this organization any more.",
    ),
    (
        "USER_NOT_MEMBER_OF_ORGANIZATION",
        "You are not a member of the organization that owns this API key.",
        ErrorCode::NotFound,
        "You are not a member of this organization any more.",
    ),
    (
        "INSUFFICIENT_API_KEY_PERMISSIONS",
        "You do not have permission to perform this action on organization API keys.",
        ErrorCode::Forbidden,
        "Your role does not allow this. Unless the server says otherwise, only an owner manages an organization's keys.",
    ),
    (
        "SERVER_ONLY_PROPERTY",
        "The property you're trying to set can only be set from the server auth instance only.",
        ErrorCode::Invalid,
        "Better Auth lets only the server itself set permissions and limits.",
    ),
    (
        "EXPIRES_IN_IS_TOO_SMALL",
        "The expiresIn is smaller than the predefined minimum value.",
        ErrorCode::Invalid,
        "This server refuses an expiry that is so near: unless it says otherwise, a key lives 1 day at least.",
    ),
    (
        "EXPIRES_IN_IS_TOO_LARGE",
        "The expiresIn is larger than the predefined maximum value.",
        ErrorCode::Invalid,
        "This server refuses an expiry that is so far: unless it says otherwise, a key lives 365 days at most.",
    ),
    (
        "KEY_DISABLED_EXPIRATION",
        "Custom key expiration values are disabled.",
        ErrorCode::Invalid,
        "This server sets the expiry of keys itself: choose none.",
    ),
    (
        "INVALID_NAME_LENGTH",
        "The name length is either too large or too small.",
        ErrorCode::Invalid,
        "The name is too long or too short for this server: unless it says otherwise, it takes 1 to 32 characters.",
    ),
    (
        "INVALID_PREFIX_LENGTH",
        "The prefix length is either too large or too small.",
        ErrorCode::Invalid,
        "The prefix is too long or too short for this server: unless it says otherwise, it takes 1 to 32 characters.",
    ),
    (
        "METADATA_DISABLED",
        "Metadata is disabled.",
        ErrorCode::Invalid,
        "This server keeps no metadata with its keys: leave the pairs out.",
    ),
    ("NO_VALUES_TO_UPDATE", "No values to update.", ErrorCode::Invalid, "There is nothing to change."),
    ("NAME_REQUIRED", "API Key name is required.", ErrorCode::Invalid, "This server wants a name."),
    (
        "ORGANIZATION_PLUGIN_REQUIRED",
        "Organization plugin is required for organization-owned API keys. Please install and configure the organization plugin.",
        ErrorCode::Incompatible,
        "This server has no organizations.",
    ),
];

/// Whether a refusal is this one.
pub(super) fn is(answer: &Answer, code: &str) -> bool {
    let said = Said::of(answer);
    KNOWN.iter().find(|known| known.0 == code).map_or(said.code == code, |known| said.is(known.0, known.1))
}

/// An answer that is not 2xx as a failure.
pub(super) fn refusal(answer: &Answer, origin: &str) -> Failure {
    let said = Said::of(answer);
    let status = answer.status.as_u16();
    let wait = answer.retry_after.or_else(|| wait(answer.header("x-retry-after")));
    let of = |code, text: &str| Failure::of(Error::new(code, text));
    if let Some((_, _, code, text)) = KNOWN.iter().find(|known| said.is(known.0, known.1)) {
        return of(*code, text);
    }
    let mut failure = match status {
        401 => of(ErrorCode::SignedOut, "Your session is over. Sign in again."),
        403 if said.code.contains("ORIGIN") || said.message.contains("rigin") => of(
            ErrorCode::Forbidden,
            &format!(
                "The server does not take requests from its own address. Its owner has to add {origin} to its trusted origins."
            ),
        ),
        400 | 409 | 413 | 422 if !said.message.is_empty() => {
            of(ErrorCode::Invalid, &format!("The server does not accept a value: {}", said.message))
        }
        403 => of(ErrorCode::Forbidden, &said.or("The server does not allow this.")),
        // An unknown path has no body.
        404 | 405 => of(
            ErrorCode::Incompatible,
            "The server does not know this: a plugin of Better Auth is missing there, or it is another version.",
        ),
        400..=499 if status != 429 => {
            of(ErrorCode::Incompatible, &said.or("The server does not understand this version of Keydeck."))
        }
        _ => Failure::status(answer.status, origin, wait),
    };
    failure.retry_after = wait;
    failure.error.retry_after = wait.map(|wait| u32::try_from(wait.as_secs()).unwrap_or(u32::MAX));
    failure
}

/// Seconds.
fn wait(header: Option<&str>) -> Option<Duration> {
    header?.trim().parse().ok().map(Duration::from_secs)
}

/// What a body says, in JSON of whatever media type: too many requests are told as plain text.
struct Said {
    code: String,
    message: String,
}

impl Said {
    fn of(answer: &Answer) -> Self {
        Self::in_body(answer.body())
    }

    fn in_body(body: &[u8]) -> Self {
        let fields: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| fields.get(name).and_then(Value::as_str).map(one_line).unwrap_or_default();
        let (code, message) = (text("code"), text("message"));
        // Plain words, as Azen's middleware says them.
        let plain =
            || std::str::from_utf8(body).ok().filter(|text| text.len() <= 200 && !text.contains(['<', '{'])).map(one_line);
        Self { code, message: if fields.is_object() { message } else { plain().unwrap_or_default() } }
    }

    fn is(&self, code: &str, message: &str) -> bool {
        self.code == code || self.message == message
    }

    fn or(&self, otherwise: &str) -> String {
        if self.message.is_empty() { otherwise.to_owned() } else { format!("The server says: {}", self.message) }
    }
}

/// A server's text is shown to a person: on one line, without what can hide or reorder text, and not endless.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if keydeck_domain::name::deceives(c) { ' ' } else { c }).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_versions_are_understood() {
        let code = |body: &str| {
            let said = Said::in_body(body.as_bytes());
            KNOWN.iter().find(|known| said.is(known.0, known.1)).map(|known| known.2)
        };
        assert_eq!(code(r#"{"message":"API Key not found","code":"KEY_NOT_FOUND"}"#), Some(ErrorCode::NotFound));
        assert_eq!(code(r#"{"code":"API_KEY_NOT_FOUND","message":"API Key not found"}"#), Some(ErrorCode::NotFound));
        let small = "The expiresIn is smaller than the predefined minimum value.";
        let old = format!(r#"{{"code":"THE_EXPIRESIN_IS_SMALLER_THAN_THE_PREDEFINED_MINIMUM_VALUE","message":"{small}"}}"#);
        assert_eq!(code(&old), Some(ErrorCode::Invalid));
        assert_eq!(code(r#"{"code":"SOMETHING_NEW","message":"?"}"#), None);
    }

    proptest! {
        #[test]
        fn any_body_can_be_read(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let said = Said::in_body(&body);
            prop_assert!(!said.message.chars().any(keydeck_domain::name::deceives));
        }

        #[test]
        fn any_message_is_made_harmless(message in "\\PC{0,500}|[\\x00-\\x20\u{202e}<>&]{0,20}") {
            let said = Said::in_body(serde_json::json!({ "message": message, "code": message }).to_string().as_bytes());
            prop_assert!(!said.message.chars().any(keydeck_domain::name::deceives));
        }
    }
}
