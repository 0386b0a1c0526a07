//! When a request is sent again: only where repeating is safe, at most three times in all, after a
//! random wait (full jitter, so that many consoles don't come back at once) or as long as told.

use std::time::{Duration, SystemTime};

/// Most times that a request is sent.
pub const ATTEMPTS: u32 = 3;
/// Longest `Retry-After` that is waited for; a longer one is told to the person.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);

const BASE: Duration = Duration::from_millis(250);
const CAP: Duration = Duration::from_secs(5);

/// Whether a request can be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Sending it twice is the same as once.
    Safe,
    /// It may do its work twice.
    Never,
}

/// How long to wait before the next try: anything between nothing and the doubled base.
#[must_use]
pub fn wait(tries_so_far: u32, random: u64) -> Duration {
    let ceiling = BASE.saturating_mul(2_u32.saturating_pow(tries_so_far)).min(CAP);
    let nanos = u64::try_from(ceiling.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(random % (nanos + 1))
}

/// Reads a `Retry-After`: seconds, or a date. A date is taken from the answer's own `Date`, so that
/// the two clocks need not agree; `now` counts where the answer has none. A date that is over says
/// nothing: the wait is then as random as ever.
#[must_use]
pub fn retry_after(value: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let from = date.and_then(|date| httpdate::parse_http_date(date.trim()).ok()).unwrap_or(now);
    let wait = until.duration_since(from).ok().filter(|wait| !wait.is_zero())?;
    // Told in whole seconds: never less than was asked for.
    Some(Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
}

/// A random number; where the system's generator fails, a wait needs no better one.
#[must_use]
pub fn random() -> u64 {
    getrandom::u64().unwrap_or(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_are_bounded(tries in 0_u32..1_000, random: u64) {
            prop_assert!(wait(tries, random) <= CAP);
            prop_assert!(wait(0, random) <= BASE);
        }
    }

    #[test]
    fn waits_are_spread_over_the_whole_range() {
        assert_eq!(wait(1, 0), Duration::ZERO);
        assert_eq!(wait(1, 500_000_000), Duration::from_millis(500));
    }

    #[test]
    fn seconds_are_understood() {
        let now = SystemTime::now();
        assert_eq!(retry_after(" 7 ", None, now), Some(Duration::from_secs(7)));
        for other in ["", "-1", "soon", "1.5", "Sun, 06 Nov 1994", "18446744073709551616"] {
            assert_eq!(retry_after(other, None, now), None, "{other}");
        }
    }

    #[test]
    fn a_date_is_understood_by_the_servers_own_clock() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:00 GMT").expect("a date");
        let check = |value: &str, date: Option<&str>, seconds: Option<u64>| {
            assert_eq!(retry_after(value, date, now), seconds.map(Duration::from_secs), "{value} at {date:?}");
        };
        // The three forms that HTTP knows.
        check("Sun, 06 Nov 1994 08:49:37 GMT", None, Some(37));
        check("Sunday, 06-Nov-94 08:49:37 GMT", None, Some(37));
        check("Sun Nov  6 08:49:37 1994", None, Some(37));
        // A server whose clock is an hour late means its own hour.
        check("Sun, 06 Nov 1994 07:49:37 GMT", Some("Sun, 06 Nov 1994 07:49:30 GMT"), Some(7));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some("yesterday"), Some(37));
        check("Sun, 06 Nov 1994 08:49:00 GMT", None, None);
        check("Sun, 06 Nov 1994 08:48:00 GMT", None, None);
        let begun = now + Duration::from_millis(500);
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", None, begun), Some(Duration::from_secs(37)));
    }
}
