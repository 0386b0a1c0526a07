//! Better Auth wants to know after how many seconds a key expires, between 1 and 365 days unless its owner says otherwise.

use chrono::{DateTime, Utc};

/// How exactly it is told, in seconds: what a person calls a day has become a little less until it arrives.
const STEP: i64 = 60;

/// Seconds until then, in whole minutes, never fewer than one.
pub(crate) fn seconds_until(at: DateTime<Utc>) -> i64 {
    seconds(at, Utc::now())
}

fn seconds(at: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    let left = (at - now).num_milliseconds();
    (left.div_euclid(1_000 * STEP) + i64::from(left.rem_euclid(1_000 * STEP) > 0)).max(1) * STEP
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_day_stays_a_day() {
        let now = DateTime::UNIX_EPOCH;
        let check = |left: TimeDelta, expected| assert_eq!(seconds(now + left, now), expected, "{left}");
        check(TimeDelta::days(1), 86_400);
        check(TimeDelta::days(1) - TimeDelta::milliseconds(2_500), 86_400);
        check(TimeDelta::days(365) - TimeDelta::milliseconds(1), 365 * 86_400);
        check(TimeDelta::days(1) + TimeDelta::milliseconds(1), 86_460);
        check(TimeDelta::seconds(-5), 60);
    }
}
