//! What was seen of an ElizaOS server, and what to do about it: the troubleshooting list of its document.

use reqwest::StatusCode;

use crate::keys::Gravity;
use crate::servers::Probed;
use crate::servers::http::Answer;
use crate::servers::loose::Loose;

/// Said where somebody refuses, but not in the words of an ElizaOS server. "Check for proxy/load balancer header
/// stripping".
pub(super) const NOT_ITS_WORDS: &str = "Something refuses, but not in the words of an ElizaOS server: a proxy or load balancer in front of it asks for a sign-in of its own, or takes the header away. Check that first.";

/// In whose words a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// `{"status":401,"message":"Unauthorized: Invalid or missing X-API-KEY"}`: its document.
    Documented,
    /// `{"error":"API key required","message":"Missing or invalid X-API-KEY header"}`: its server of version 1.7.
    Newer,
}

impl Words {
    /// Of a body; `None` where it is neither.
    pub(super) fn of(body: &Loose) -> Option<Self> {
        let message = body.field(&["message"]).and_then(Loose::text)?;
        match (message, body.field(&["status"]).and_then(Loose::count)) {
            ("Unauthorized: Invalid or missing X-API-KEY", Some(401)) => Some(Self::Documented),
            _ if message.contains("X-API-KEY") && body.field(&["error"]).is_some() => Some(Self::Newer),
            _ => None,
        }
    }
}

/// How a request behind the guard ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It was answered.
    Answered,
    /// It was refused.
    Refused(Words),
}

/// How a preflight ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Preflight {
    /// Its status.
    pub(super) status: StatusCode,
    /// Whether any page of another origin may ask.
    pub(super) cors: bool,
    /// Whether `X-API-KEY` is among the headers that it may send.
    pub(super) header: bool,
}

impl Preflight {
    /// Of an answer to OPTIONS.
    pub(super) fn of(answer: &Answer) -> Self {
        let allowed = answer.header("access-control-allow-headers").unwrap_or_default();
        let named = |name: &str| name.eq_ignore_ascii_case("x-api-key") || name == "*";
        Self {
            status: answer.status,
            cors: answer.header("access-control-allow-origin").is_some(),
            header: allowed.split(',').map(str::trim).any(named),
        }
    }
}

/// All that was seen when a token was tried.
pub(super) struct Seen {
    /// With the token.
    pub(super) with: Asked,
    /// Without one.
    pub(super) without: Asked,
    /// Without one, from a page.
    pub(super) preflight: Preflight,
    /// `/api/server/health` says 503.
    pub(super) no_agent: bool,
    /// It is on another machine.
    pub(super) far: bool,
}

impl Seen {
    /// In sentences, the gravest first.
    pub(super) fn told(&self) -> Probed {
        let open = self.without == Asked::Answered;
        let probed = match (self.with, open) {
            (Asked::Answered, false) => {
                Probed::accepted().with(Gravity::Good, "The server takes this token, and refuses who has none.")
            }
            // "Leave unset or empty to disable authentication (not recommended for production)".
            (_, true) => Probed::accepted().with(
                Gravity::Warning,
                "Everybody can use this server: it answers without a token as well, so whether this one is right can't be seen. \
                 ELIZA_SERVER_AUTH_TOKEN is unset or empty there. Set it, and start the server again.",
            ),
            (Asked::Refused(_), false) => refused(self.far),
        };
        let probed = match self.without {
            Asked::Refused(Words::Documented) => probed.with(Gravity::Good, "It refuses in the words of its document."),
            Asked::Refused(Words::Newer) => probed.with(Gravity::Good, "It refuses in the words of a server of version 1.7."),
            Asked::Answered => probed,
        };
        let probed = self.pages(probed);
        if self.no_agent {
            probed.with(Gravity::Note, "No agent runs there yet: /api/server/health says 503 until one does.")
        } else {
            probed
        }
    }

    /// "CORS errors with authentication".
    fn pages(&self, probed: Probed) -> Probed {
        let Preflight { status, cors, header } = self.preflight;
        let probed = match status {
            status if status.is_success() => {
                probed.with(Gravity::Good, "OPTIONS, the CORS preflight, is answered without a token, as it should be.")
            }
            // "CORS preflight (OPTIONS) requests are exempt from authentication".
            StatusCode::UNAUTHORIZED => probed.with(
                Gravity::Warning,
                "OPTIONS, the CORS preflight, is refused without a token. Browsers send none along, so web pages can't use this \
                 server: preflights must be exempt from authentication, also in a proxy in front of it.",
            ),
            status => probed.with(Gravity::Note, format!("OPTIONS, the CORS preflight, is answered with {}.", status.as_u16())),
        };
        match (cors, header) {
            (_, true) => probed.with(Gravity::Good, "Its CORS configuration includes X-API-KEY in the allowed headers."),
            // "Ensure your CORS configuration includes the X-API-KEY header in allowed headers".
            (true, false) => probed.with(
                Gravity::Warning,
                "Its CORS configuration does not include X-API-KEY in the allowed headers: browsers keep web pages from sending the \
                 token. Add it there.",
            ),
            (false, false) => {
                probed.with(Gravity::Note, "It sends no CORS headers: web pages of other origins can't use it. Programs can.")
            }
        }
    }
}

/// "Unauthorized: Invalid or missing X-API-KEY".
fn refused(far: bool) -> Probed {
    let probed = Probed::refused(None)
        // "Verify the API key is correctly set in environment variables".
        .with(
            Gravity::Warning,
            "The server refuses this token. Verify that ELIZA_SERVER_AUTH_TOKEN holds exactly this text in the server's environment, \
             and that the server was started again since.",
        )
        // "Check for typos in the API key".
        .with(Gravity::Note, "Check for typos where it was typed by hand: copy it from here as the whole line for the environment.");
    if far {
        // "Authentication works locally but not in production": "Verify environment variables are properly set in
        // production", "Check for proxy/load balancer header stripping", "Ensure HTTPS is properly configured".
        probed.with(
            Gravity::Note,
            "Where it works locally but not here: verify that the variable is set in production as well, and check whether a proxy or \
             load balancer strips the X-API-KEY header. HTTPS is configured: Keydeck came here by it.",
        )
    } else {
        // "Ensure the X-API-KEY header is included in requests".
        probed.with(Gravity::Note, "Keydeck sent it in the X-API-KEY header: see that the other clients do as well.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(body: &str) -> Option<Words> {
        Words::of(&serde_json::from_str(body).expect("JSON"))
    }

    fn seen() -> Seen {
        Seen {
            with: Asked::Answered,
            without: Asked::Refused(Words::Documented),
            preflight: Preflight { status: StatusCode::NO_CONTENT, cors: true, header: true },
            no_agent: false,
            far: false,
        }
    }

    fn warned(probed: &Probed) -> Vec<&str> {
        let warnings = probed.findings.iter().filter(|finding| finding.gravity == Gravity::Warning);
        warnings.map(|finding| finding.text.as_str()).collect()
    }

    fn says(probed: &Probed, what: &str) -> bool {
        probed.findings.iter().any(|finding| finding.text.contains(what))
    }

    /// ElizaOS: `{"status": 401, "message": "Unauthorized: Invalid or missing X-API-KEY"}`, and what its server of
    /// version 1.7 says.
    #[test]
    fn both_known_bodies_are_read() {
        assert_eq!(words(r#"{"status":401,"message":"Unauthorized: Invalid or missing X-API-KEY"}"#), Some(Words::Documented));
        assert_eq!(words(r#"{"error":"API key required","message":"Missing or invalid X-API-KEY header"}"#), Some(Words::Newer));
        for other in
            [r#"{"message":"Unauthorized"}"#, r#"{"error":"login required"}"#, "{}", "[]", r#"{"status":401,"message":7}"#]
        {
            assert_eq!(words(other), None, "{other}");
        }
    }

    /// "If valid, request proceeds to the endpoint".
    #[test]
    fn a_good_server_is_said_to_be_good() {
        let good = seen().told();
        assert!(good.accepted && warned(&good).is_empty(), "{:?}", good.findings);
        let newer = Seen { without: Asked::Refused(Words::Newer), ..seen() }.told();
        assert!(says(&newer, "version 1.7"));
        assert!(says(&Seen { no_agent: true, ..seen() }.told(), "503"));
    }

    /// "Leave unset or empty to disable authentication (not recommended for production)".
    #[test]
    fn an_open_server_is_warned_of() {
        for with in [Asked::Answered, Asked::Refused(Words::Documented)] {
            let open = Seen { with, without: Asked::Answered, ..seen() }.told();
            // Nothing was refused: a token that should be over is not.
            assert!(open.accepted);
            assert!(warned(&open)[0].starts_with("Everybody can use this server"), "{:?}", open.findings);
        }
    }

    /// "1. "Unauthorized: Invalid or missing X-API-KEY" - Verify the API key is correctly set in environment variables -
    /// Ensure the X-API-KEY header is included in requests - Check for typos in the API key".
    #[test]
    fn a_refused_token_is_diagnosed() {
        let near = Seen { with: Asked::Refused(Words::Documented), ..seen() }.told();
        assert!(!near.accepted);
        assert!(says(&near, "ELIZA_SERVER_AUTH_TOKEN") && says(&near, "typos") && says(&near, "in the X-API-KEY header"));
    }

    /// "2. Authentication works locally but not in production - Verify environment variables are properly set in production -
    /// Check for proxy/load balancer header stripping - Ensure HTTPS is properly configured".
    #[test]
    fn far_away_a_proxy_may_strip_the_header() {
        let far = Seen { with: Asked::Refused(Words::Newer), far: true, ..seen() }.told();
        assert!(says(&far, "set in production") && says(&far, "strips the X-API-KEY header") && says(&far, "HTTPS"));
    }

    /// "3. CORS errors with authentication - CORS preflight (OPTIONS) requests are exempt from authentication - Ensure your
    /// CORS configuration includes the X-API-KEY header in allowed headers".
    #[test]
    fn what_keeps_pages_out_is_said() {
        let preflight = |status, cors, header| Seen { preflight: Preflight { status, cors, header }, ..seen() }.told();
        let guarded = preflight(StatusCode::UNAUTHORIZED, true, true);
        assert!(warned(&guarded)[0].contains("exempt from authentication"));
        let lacking = preflight(StatusCode::NO_CONTENT, true, false);
        assert!(warned(&lacking)[0].contains("does not include X-API-KEY"));
        let none = preflight(StatusCode::NOT_FOUND, false, false);
        assert!(warned(&none).is_empty() && says(&none, "404") && says(&none, "no CORS headers"));
    }

    proptest! {
        #[test]
        fn any_body_is_read(body in "\\{\"(status|message|error)\":(\"\\PC{0,30}\"|[0-9]{1,4}|null|\\{\\})\\}") {
            if let Ok(body) = serde_json::from_str::<Loose>(&body) {
                let _ = Words::of(&body);
            }
        }
    }
}
