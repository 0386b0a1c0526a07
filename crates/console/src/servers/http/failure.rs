//! What can come back instead of an answer, as one error: the one place where statuses, problem
//! codes and transport faults become codes of the window.

use std::time::Duration;

use keydeck_domain::Key;
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::problem::{Problem, ProblemCode};
use reqwest::StatusCode;

use crate::error::{Error, ErrorCode};

/// A request that gave no usable answer.
pub struct Failure {
    /// For the window.
    pub error: Error,
    /// Whether the request can have done its work at the server.
    pub perhaps_done: bool,
    /// The problem's code, where the server sent one.
    pub problem: Option<ProblemCode>,
    /// The key as it is now, where somebody was faster.
    pub current: Option<Box<Key>>,
    /// The organization as it is now, where somebody was faster.
    pub current_organization: Option<Box<Organization>>,
    /// Whether another try can end better.
    pub passing: bool,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
}

impl Failure {
    fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let error = Error::new(code, message);
        Self {
            error,
            perhaps_done: false,
            problem: None,
            current: None,
            current_organization: None,
            passing: false,
            retry_after: None,
        }
    }

    fn perhaps_done(mut self) -> Self {
        self.perhaps_done = true;
        self
    }

    fn passing(mut self) -> Self {
        self.passing = true;
        self
    }

    /// One that is known already.
    pub fn of(error: Error) -> Self {
        Self { error, ..Self::internal("") }
    }

    /// A fault of this program, before anything was sent.
    pub fn internal(message: &str) -> Self {
        Self::new(ErrorCode::Internal, message)
    }

    /// Nothing came back. The message names the address and no more: reqwest's own texts hold whole
    /// addresses.
    pub fn transport(error: &reqwest::Error, origin: &str, proxy: Option<&str>) -> Self {
        if is_certificate(error) {
            let message = format!("The certificate of {origin} is not to be trusted.");
            return Self::new(ErrorCode::Certificate, message);
        }
        if error.is_connect() {
            let through =
                proxy.map(|proxy| format!(" through the proxy {proxy}, which the environment names")).unwrap_or_default();
            let failure = Self::new(ErrorCode::Unreachable, format!("{origin} can't be reached{through}."));
            // Who was waited for in vain that long is not there: the last list is shown instead.
            return if error.is_timeout() { failure } else { failure.passing() };
        }
        if error.is_timeout() {
            return Self::new(ErrorCode::Timeout, format!("{origin} took too long to answer.")).perhaps_done().passing();
        }
        if error.is_builder() {
            return Self::internal("The request could not be made.");
        }
        let message = format!("The connection to {origin} ended before the answer was there.");
        Self::new(ErrorCode::Unreachable, message).perhaps_done().passing()
    }

    /// The server wants us somewhere else. Nobody goes there.
    pub fn redirected(origin: &str) -> Self {
        let message =
            format!("{origin} answers with a redirect. It was not followed, and nothing was sent to the other address.");
        Self::new(ErrorCode::Redirected, message)
    }

    /// An answer that no key server gives.
    pub fn not_a_key_server(origin: &str) -> Self {
        Self::new(ErrorCode::NotAKeyServer, format!("What answers at {origin} is not a key server.")).perhaps_done()
    }

    /// An answer that can't be read.
    pub fn bad_answer(message: &str) -> Self {
        Self::new(ErrorCode::BadAnswer, message).perhaps_done()
    }

    /// A status that is not 2xx, without a problem in its body.
    pub fn status(status: StatusCode, origin: &str, retry_after: Option<Duration>) -> Self {
        let mut failure = match status.as_u16() {
            429 => Self::new(ErrorCode::RateLimited, format!("{origin} asks to wait.")).passing(),
            // RFC 6585, 6: a network that wants a sign-in of its own first.
            511 => return Self::not_a_key_server(origin),
            // A gateway in front of the server says these: the request may have got through.
            502..=504 => Self::new(ErrorCode::ServerFailed, format!("{origin} is not available now.")).perhaps_done().passing(),
            500..=599 => Self::new(ErrorCode::ServerFailed, format!("{origin} failed.")).perhaps_done(),
            _ => return Self::not_a_key_server(origin),
        };
        failure.tell(retry_after);
        failure
    }

    /// A problem that the server told.
    pub fn problem(problem: Problem, origin: &str, retry_after: Option<Duration>) -> Self {
        use ProblemCode as P;
        let detail = |fallback: &str| problem.detail.clone().map_or_else(|| fallback.to_owned(), |text| printable(&text));
        let mut failure = match problem.code {
            P::Unauthenticated => Self::new(ErrorCode::SignedOut, "Your session is over. Sign in again."),
            P::InvalidCredentials => Self::new(ErrorCode::WrongCredentials, "E-mail or password is wrong."),
            P::InvalidKey => Self::new(ErrorCode::Forbidden, "The key was refused."),
            P::Forbidden | P::InsufficientScope | P::AddressRefused => {
                let mut message = detail("Your role does not allow this.");
                if let Some(missing) = problem.missing_scopes.as_ref().filter(|scopes| !scopes.is_empty()) {
                    message = format!("{message} Lacking: {}.", missing.spaced());
                }
                Self::new(ErrorCode::Forbidden, message)
            }
            P::NotFound => Self::new(ErrorCode::NotFound, "There is no such key or organization any more."),
            P::Conflict => Self::new(ErrorCode::Conflict, detail("Something else is there already.")),
            P::LastOwner => {
                Self::new(ErrorCode::Conflict, detail("An organization needs an owner: make somebody else an owner first."))
            }
            P::InFlight => Self::new(ErrorCode::Conflict, detail("The same request is under way.")).perhaps_done(),
            P::Changed => Self::new(ErrorCode::Conflict, "Somebody changed it meanwhile."),
            P::Revoked => Self::new(ErrorCode::Revoked, "A revoked key can't be changed."),
            P::InvalidBody | P::InvalidRequest | P::IdempotencyMismatch => {
                Self::new(ErrorCode::Invalid, detail("The server does not accept a value."))
            }
            P::RateLimited => Self::new(ErrorCode::RateLimited, detail("Too often. Try again later.")).passing(),
            P::Unavailable => {
                Self::new(ErrorCode::ServerFailed, detail("The server is not available now.")).perhaps_done().passing()
            }
            P::StorageFull => Self::new(ErrorCode::ServerFailed, "The server's disk is full."),
            P::Internal => Self::new(ErrorCode::ServerFailed, "The server failed. Its log says how.").perhaps_done(),
            P::Timeout => Self::new(ErrorCode::Timeout, format!("{origin} took too long.")).passing(),
            P::SecretInUrl
            | P::MethodNotAllowed
            | P::TooLarge
            | P::UnsupportedMediaType
            | P::Misdirected
            | P::PreconditionRequired
            | P::Other => {
                let text = detail("The server does not understand this version of Keydeck.");
                let code = if problem.status >= 500 { ErrorCode::ServerFailed } else { ErrorCode::Incompatible };
                Self::new(code, text).perhaps_done()
            }
        };
        failure.problem = Some(problem.code);
        failure.current = problem.current;
        failure.current_organization = problem.current_organization;
        failure.tell(retry_after);
        failure
    }

    fn tell(&mut self, retry_after: Option<Duration>) {
        self.retry_after = retry_after;
        self.error.retry_after = retry_after.map(|wait| u32::try_from(wait.as_secs()).unwrap_or(u32::MAX));
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

/// A server's text is shown to a person: on one line, without what can hide or reorder text, and
/// not endless.
fn printable(text: &str) -> String {
    text.chars().map(|c| if keydeck_domain::name::deceives(c) { ' ' } else { c }).take(500).collect()
}

/// Whether a certificate is at the bottom of it. An `io::Error` gives what it wraps as `get_ref`, and
/// as `source` only what lies beneath that.
fn is_certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    use rustls::Error as Tls;
    if matches!(error.downcast_ref(), Some(Tls::InvalidCertificate(_) | Tls::NoCertificatesPresented)) {
        return true;
    }
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    wrapped.is_some_and(|wrapped| is_certificate(wrapped)) || error.source().is_some_and(is_certificate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(code: &str, status: u16) -> Failure {
        let body = format!(r#"{{"type":"urn:x","title":"t","status":{status},"code":"{code}","detail":"two\nlines\u202e"}}"#);
        let problem = serde_json::from_str(&body).expect("valid");
        Failure::problem(problem, "https://keys.example.org", Some(Duration::from_secs(3)))
    }

    #[test]
    fn codes_are_mapped() {
        let check = |code, status, expected| assert_eq!(problem(code, status).error.code, expected, "{code}");
        check("unauthenticated", 401, ErrorCode::SignedOut);
        check("invalid_credentials", 401, ErrorCode::WrongCredentials);
        check("forbidden", 403, ErrorCode::Forbidden);
        check("not_found", 404, ErrorCode::NotFound);
        check("conflict", 409, ErrorCode::Conflict);
        check("revoked", 409, ErrorCode::Revoked);
        check("invalid_body", 422, ErrorCode::Invalid);
        check("rate_limited", 429, ErrorCode::RateLimited);
        check("unavailable", 503, ErrorCode::ServerFailed);
        check("storage_full", 507, ErrorCode::ServerFailed);
        check("something_new", 418, ErrorCode::Incompatible);
        check("something_new", 599, ErrorCode::ServerFailed);
    }

    #[test]
    fn what_surely_made_nothing_is_told_apart() {
        for (code, status, expected) in [
            ("unauthenticated", 401, false),
            ("invalid_body", 422, false),
            ("rate_limited", 429, false),
            ("storage_full", 507, false),
            ("internal", 500, true),
            ("unavailable", 503, true),
        ] {
            assert_eq!(problem(code, status).perhaps_done, expected, "{code}");
        }
        assert!(Failure::status(StatusCode::BAD_GATEWAY, "", None).perhaps_done);
    }

    #[test]
    fn a_servers_text_can_not_deceive() {
        let failure = problem("invalid_body", 422);
        assert_eq!(failure.error.message, "two lines ");
        assert_eq!(failure.error.retry_after, Some(3));
    }
}
