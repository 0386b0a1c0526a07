//! The clock: expiry is decided by it.

use chrono::{DateTime, TimeDelta, Utc};

use super::Finding;
use crate::times;

const WHAT: &str = "clock";
/// What the clocks of two machines may differ by.
const TOLERANCE: TimeDelta = TimeDelta::minutes(2);

/// Compares the clock with the newest change that the database knows of.
pub(super) fn examine(newest: Option<DateTime<Utc>>) -> Finding {
    compare(times::now(), newest)
}

fn compare(now: DateTime<Utc>, newest: Option<DateTime<Utc>>) -> Finding {
    match newest {
        Some(newest) if newest > now + TOLERANCE => Finding::ill(
            WHAT,
            format!(
                "it is {} here, but the database holds a change of {}: the clock went back, and keys would live longer than they \
                 should. Set it right (systemd-timesyncd or chrony keep it so)",
                now.format("%Y-%m-%d %H:%M UTC"),
                newest.format("%Y-%m-%d %H:%M UTC"),
            ),
        ),
        Some(_) => Finding::well(WHAT, format!("{}, not before the newest change", now.format("%Y-%m-%d %H:%M UTC"))),
        None => Finding::well(WHAT, format!("{}; no change is known to compare it with", now.format("%Y-%m-%d %H:%M UTC"))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::doctor::Health;

    #[test]
    fn a_clock_that_went_back_is_seen() {
        let at = |seconds| DateTime::from_timestamp(1_800_000_000_i64 + seconds, 0).unwrap();
        let check = |newest, expected| assert_eq!(compare(at(0), newest).health, expected);
        check(None, Health::Well);
        check(Some(at(-5)), Health::Well);
        check(Some(at(119)), Health::Well);
        check(Some(at(121)), Health::Ill);
    }
}
