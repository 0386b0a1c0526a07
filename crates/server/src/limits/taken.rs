//! What a request was given of its limits, and how that is told in headers.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};
use keydeck_domain::api::limits::LimitState;
use keydeck_domain::{Environment, Outcome};

use super::gauge::Gauges;

/// draft-ietf-httpapi-ratelimit-headers: what is left.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// The same document: what there is.
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Which part of a limit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// So many in a window.
    Burst,
    /// So many in a day of UTC.
    Daily,
    /// So many that run at the same time.
    AtOnce,
}

impl Which {
    /// The policy's name in the headers.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Burst => "burst",
            Self::Daily => "daily",
            Self::AtOnce => "at-once",
        }
    }
}

/// Why a request was refused that its key alone would have let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// `RateLimited` or `QuotaExhausted`.
    pub(crate) outcome: Outcome,
    pub(crate) which: Which,
    /// Before that it would be refused again.
    pub(crate) retry_after: Duration,
}

/// How one part of a limit stands after the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// Requests that fit.
    pub(crate) limit: u64,
    /// Requests that still fit.
    pub(crate) remaining: u64,
    /// Until all of it is there again.
    pub(crate) reset: Duration,
    /// What `limit` is for; zero where it is for what runs at the same time.
    pub(crate) window: Duration,
    /// The policy's name, as in the headers.
    pub(crate) policy: &'static str,
}

/// A request that runs. Dropped when it has ended: then another may take its place.
#[derive(Debug, Default)]
#[must_use = "dropped at once it holds no place"]
pub(crate) struct Running {
    /// Where it has a place.
    pub(super) places: Vec<(Arc<Gauges>, Option<Environment>)>,
}

impl Drop for Running {
    fn drop(&mut self) {
        for (gauges, environment) in &self.places {
            gauges.of(*environment).at_once.give_back();
        }
    }
}

/// What a request was given.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// `None` where it may go on.
    pub(crate) refused: Option<Refusal>,
    /// How its limits stand: of a refusal the part that refused, else the tightest burst, else the tightest quota, else
    /// what runs at once. `None` where there are no limits.
    pub(crate) state: Option<State>,
    /// To be held while the request runs, where so many at once are limited.
    #[allow(dead_code, reason = "held for what its drop does")]
    pub(crate) running: Option<Running>,
    /// What is told in the headers beside it.
    pub(super) beside: Option<State>,
}

impl Taken {
    /// How the limits stand, as a verifier is told.
    pub(crate) fn told(&self) -> Option<LimitState> {
        let state = self.state.as_ref()?;
        Some(LimitState {
            limit: state.limit,
            remaining: state.remaining,
            reset_seconds: seconds(state.reset),
            retry_after_seconds: self.refused.map(|refusal| seconds(refusal.retry_after).max(1)),
        })
    }

    /// Writes `RateLimit` and `RateLimit-Policy`, and of a refusal `Retry-After`; nothing where there are no limits.
    pub(crate) fn headers(&self, headers: &mut HeaderMap) {
        let (mut left, mut policy) = (String::new(), String::new());
        for State { limit, remaining, reset, window, policy: name } in self.state.iter().chain(&self.beside) {
            let comma = if left.is_empty() { "" } else { ", " };
            // Writing to a string can't fail.
            let _ = write!(left, "{comma}\"{name}\";r={remaining};t={}", seconds(*reset));
            let _ = match seconds(*window) {
                0 => write!(policy, "{comma}\"{name}\";q={limit};qu=\"concurrent-requests\""),
                window => write!(policy, "{comma}\"{name}\";q={limit};w={window}"),
            };
        }
        for (name, value) in [(RATE_LIMIT, left), (RATE_LIMIT_POLICY, policy)] {
            if let (false, Ok(value)) = (value.is_empty(), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        if let Some(refusal) = &self.refused {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds(refusal.retry_after).max(1)));
        }
    }
}

/// Whole seconds, rounded up: who waits so long does not come too early.
pub(crate) fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(which: Which, window: u64) -> State {
        State {
            limit: 100,
            remaining: 50,
            reset: Duration::from_millis(29_001),
            window: Duration::from_secs(window),
            policy: which.name(),
        }
    }

    fn written(taken: &Taken) -> Vec<(String, String)> {
        let mut headers = HeaderMap::new();
        taken.headers(&mut headers);
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
    }

    #[test]
    fn what_is_left_is_told_as_the_draft_says() {
        let taken = Taken { state: Some(state(Which::Burst, 60)), beside: Some(state(Which::Daily, 86_400)), ..Taken::default() };
        let expected = [
            ("ratelimit", r#""burst";r=50;t=30, "daily";r=50;t=30"#),
            ("ratelimit-policy", r#""burst";q=100;w=60, "daily";q=100;w=86400"#),
        ];
        assert_eq!(written(&taken), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_refusal_says_when_to_come_again() {
        let refused = |millis| Taken {
            refused: Some(Refusal {
                outcome: Outcome::RateLimited,
                which: Which::AtOnce,
                retry_after: Duration::from_millis(millis),
            }),
            state: Some(state(Which::AtOnce, 0)),
            ..Taken::default()
        };
        let expected = [
            ("ratelimit", r#""at-once";r=50;t=30"#),
            ("ratelimit-policy", r#""at-once";q=100;qu="concurrent-requests""#),
            ("retry-after", "2"),
        ];
        assert_eq!(written(&refused(1_001)), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        // Never 'at once': that would be a storm.
        assert_eq!(written(&refused(0))[2].1, "1");
    }

    #[test]
    fn no_limits_say_nothing() {
        assert_eq!(written(&Taken::default()), []);
    }
}
