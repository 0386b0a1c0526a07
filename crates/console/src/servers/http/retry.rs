//! When a request is sent again: only where repeating is safe, at most three times in all, after a
//! random wait (full jitter, so that many consoles don't come back at once) or as long as told.

use std::time::Duration;

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

/// Reads a `Retry-After` in seconds. The other form, a date, needs clocks that agree: it counts as
/// not said.
#[must_use]
pub fn retry_after(value: &str) -> Option<Duration> {
    value.trim().parse().ok().map(Duration::from_secs)
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
    fn only_seconds_are_understood() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        for other in ["", "-1", "soon", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert_eq!(retry_after(other), None, "{other}");
        }
    }
}
