//! Why Memory API refuses, in a sentence that a person can act on. What the server writes for people is never shown:
//! it can hold anything, also the key that was sent.

use chrono::Utc;
use keydeck_domain::{Outcome, Scopes};

use super::limits::Told;
use crate::error::{Error, ErrorCode};
use crate::servers::http::Answer;
use crate::servers::http::failure::Failure;
use crate::servers::loose::{self, Loose};

/// An answer that is not 2xx.
pub(super) struct Refusal {
    /// The system's own word for it; empty where it gave none.
    pub(super) code: String,
    status: u16,
    required: Option<Scopes>,
    held: Option<Scopes>,
    field: Option<&'static str>,
    told: Told,
    seconds: Option<u32>,
}

/// The fields of a request that can be named as wrong.
const FIELDS: [&str; 6] = ["name", "environment", "scopes", "expires_in_days", "email", "days"];

impl Refusal {
    /// Reads it. `None` where this is not its system's way of refusing: a proxy's page, say.
    pub(super) fn of(answer: &Answer) -> Option<Self> {
        let body = loose::read(answer).ok()?;
        if body.fields().is_empty() {
            return None;
        }
        let told = Told::of(answer);
        let waits = answer.retry_after.map(|wait| u32::try_from(wait.as_secs()).unwrap_or(u32::MAX));
        Some(Self { seconds: waits.or_else(|| told.seconds(Utc::now())), told, ..Self::read(answer.status.as_u16(), &body) })
    }

    fn read(status: u16, body: &Loose) -> Self {
        let error = body.field(&["error"]).filter(|error| !error.fields().is_empty()).unwrap_or(body);
        let is_word = |code: &&str| code.len() <= 60 && code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        let code = error.field(&["code"]).and_then(Loose::text).filter(is_word).unwrap_or_default().to_owned();
        let details = error.field(&["details"]).unwrap_or(error);
        let scopes = |name: &str| {
            let list = details.field(&[name]).or_else(|| error.field(&[name]))?.list()?;
            Some(list.iter().filter_map(|scope| scope.text()?.parse().ok()).collect::<Scopes>())
        };
        let named = details.field(&["field"]).and_then(Loose::text);
        Self {
            code,
            status,
            required: scopes("requiredscopes"),
            held: scopes("yourscopes"),
            field: FIELDS.into_iter().find(|field| Some(*field) == named),
            told: Told::default(),
            seconds: None,
        }
    }

    /// Why a presented key was refused; `None` where that is not what was said.
    pub(super) fn of_a_key(&self) -> Option<Option<Outcome>> {
        Some(match (self.status, self.code.as_str()) {
            (_, "API_KEY_EXPIRED") => Some(Outcome::Expired),
            // It is said of switched off keys and of revoked ones: the record tells which.
            (_, "API_KEY_DISABLED") => None,
            (_, "INVALID_API_KEY_FORMAT") => Some(Outcome::Malformed),
            (_, "INVALID_API_KEY") => Some(Outcome::Unknown),
            (_, "ORGANIZATION_DISABLED") => Some(Outcome::Disabled),
            (401, _) => None,
            _ => return None,
        })
    }

    /// Whether the key is good, and only lacks a scope.
    pub(super) fn lacks_scope(&self) -> bool {
        self.code == "INSUFFICIENT_PERMISSIONS"
    }

    /// What the asking key may do, where a refusal tells it.
    pub(super) fn held(&self) -> Option<&Scopes> {
        self.held.as_ref()
    }

    /// As an error of who is connected with a key.
    pub(super) fn error(&self, origin: &str) -> Error {
        let (code, message) = self.said(origin);
        let retry_after = if code == ErrorCode::RateLimited { self.seconds } else { None };
        Error { retry_after, ..Error::new(code, message) }
    }

    fn said(&self, origin: &str) -> (ErrorCode, String) {
        let again = "Connect with another `admin` key.";
        match (self.status, self.code.as_str()) {
            (_, "API_KEY_EXPIRED") => (ErrorCode::SignedOut, format!("The key of this connection has expired. {again}")),
            (_, "API_KEY_DISABLED") => {
                (ErrorCode::SignedOut, format!("The key of this connection was revoked or switched off. {again}"))
            }
            (_, "INVALID_API_KEY" | "INVALID_API_KEY_FORMAT" | "MISSING_API_KEY") | (401, _) => {
                (ErrorCode::SignedOut, format!("Memory API does not take the key of this connection. {again}"))
            }
            (_, "ORGANIZATION_DISABLED") => {
                (ErrorCode::Forbidden, "This account is switched off at Memory API: every key of it is refused. Ask there.".to_owned())
            }
            (_, "INSUFFICIENT_PERMISSIONS") => (ErrorCode::Forbidden, self.scopes()),
            (_, "CANNOT_REVOKE_CURRENT_KEY") => (
                ErrorCode::Conflict,
                "This is the key that Keydeck itself uses here, and Memory API lets no key revoke itself. Make another `admin` key, \
                 connect with that one, then revoke this one."
                    .to_owned(),
            ),
            (_, "EMAIL_EXISTS") => (
                ErrorCode::Conflict,
                "There is an account with this e-mail address already. Connect with one of its `admin` keys.".to_owned(),
            ),
            (_, "SIGNUP_DISABLED") => {
                (ErrorCode::Forbidden, "Nobody can sign up here by himself: ask who runs this server for a key.".to_owned())
            }
            (429, code) => (ErrorCode::RateLimited, self.told.exceeded(code)),
            (403, _) => (ErrorCode::Forbidden, "Memory API does not allow this to the key of this connection.".to_owned()),
            (404, _) => (ErrorCode::NotFound, "There is no such key at Memory API any more.".to_owned()),
            (409, _) => (ErrorCode::Conflict, "Something else is there already.".to_owned()),
            (400 | 413 | 415 | 422, _) => {
                let which = self.field.map(|field| format!(" It is about `{field}`.")).unwrap_or_default();
                (ErrorCode::Invalid, format!("Memory API does not accept a value.{which}"))
            }
            (500.., _) => (ErrorCode::ServerFailed, format!("{origin} failed.")),
            _ => (ErrorCode::BadAnswer, "The server's answer is not in the form that was expected.".to_owned()),
        }
    }

    /// "| `admin` | Manage API keys, full access |".
    fn scopes(&self) -> String {
        let list = |scopes: &Option<Scopes>| scopes.as_ref().map(Scopes::spaced).filter(|text| !text.is_empty());
        let needs = list(&self.required).map_or_else(|| "a scope that it lacks".to_owned(), |needs| format!("`{needs}`"));
        let has = list(&self.held).map(|has| format!(", and has `{has}`")).unwrap_or_default();
        format!("The key of this connection may not do this: it needs {needs}{has}. Connect with an `admin` key.")
    }
}

/// Anything but 2xx as a failure.
pub(super) fn failure(answer: &Answer, origin: &str) -> Failure {
    let mut failure = match Refusal::of(answer) {
        Some(refusal) if answer.status.as_u16() < 500 => Failure::of(refusal.error(origin)),
        _ => return Failure::status(answer.status, origin, answer.retry_after),
    };
    failure.retry_after = answer.retry_after;
    failure
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(status: u16, body: &str) -> Refusal {
        Refusal::read(status, &serde_json::from_str(body).expect("JSON"))
    }

    fn error(status: u16, code: &str) -> Error {
        read(status, &format!(r#"{{"success":false,"error":{{"code":"{code}","message":"m"}}}}"#)).error("https://memory.example")
    }

    #[test]
    fn every_code_of_its_source_is_understood() {
        let check = |status, code: &str, expected| assert_eq!(error(status, code).code, expected, "{code}");
        for code in ["MISSING_API_KEY", "INVALID_API_KEY", "INVALID_API_KEY_FORMAT", "API_KEY_EXPIRED", "API_KEY_DISABLED"] {
            check(401, code, ErrorCode::SignedOut);
        }
        check(403, "INSUFFICIENT_PERMISSIONS", ErrorCode::Forbidden);
        check(403, "ORGANIZATION_DISABLED", ErrorCode::Forbidden);
        for code in ["RATE_LIMIT_EXCEEDED", "DAILY_QUOTA_EXCEEDED", "CONCURRENT_LIMIT_EXCEEDED"] {
            check(429, code, ErrorCode::RateLimited);
        }
        check(400, "CANNOT_REVOKE_CURRENT_KEY", ErrorCode::Conflict);
        check(409, "EMAIL_EXISTS", ErrorCode::Conflict);
        check(400, "VALIDATION_ERROR", ErrorCode::Invalid);
        check(404, "API_KEY_NOT_FOUND", ErrorCode::NotFound);
        check(500, "INTERNAL_ERROR", ErrorCode::ServerFailed);
        check(418, "NEW", ErrorCode::BadAnswer);
    }

    /// Memory API: "`admin` | Manage API keys, full access".
    #[test]
    fn what_a_key_lacks_is_said() {
        let body = r#"{"success":false,"error":{"code":"INSUFFICIENT_PERMISSIONS","message":"x",
            "details":{"required_scopes":["admin"],"your_scopes":["read","write"]}}}"#;
        let said = read(403, body).error("").message;
        assert!(said.contains("needs `admin`, and has `read write`"), "{said}");
        // The same without an envelope.
        let flat = r#"{"code":"INSUFFICIENT_PERMISSIONS","required_scopes":["admin"],"your_scopes":[]}"#;
        assert!(read(403, flat).error("").message.contains("needs `admin`."));
    }

    #[test]
    fn a_wrong_value_is_named() {
        let body = r#"{"error":{"code":"VALIDATION_ERROR","details":{"field":"expires_in_days"}}}"#;
        assert!(read(400, body).error("").message.contains("`expires_in_days`"));
        let body = r#"{"error":{"code":"VALIDATION_ERROR","details":{"field":"<b>mem_live_secret</b>"}}}"#;
        assert_eq!(read(400, body).error("").message, "Memory API does not accept a value.");
    }

    proptest! {
        /// Whatever a server writes, no word of it that is longer than its own codes is shown.
        #[test]
        fn what_the_server_says_is_not_repeated(status in 400_u16..600, text in "[a-z0-9]{12,40}") {
            for body in [
                format!(r#"{{"error":"{text}"}}"#),
                format!(r#"{{"error":{{"code":"{text}","message":"{text}","details":"{text}"}}}}"#),
                format!(r#"{{"code":"{text}","message":"{text}","your_scopes":"{text}"}}"#),
            ] {
                let said = read(status, &body).error("https://memory.example").message;
                prop_assert!(!said.contains(&text), "{said}");
            }
        }
    }
}
