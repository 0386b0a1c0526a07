//! How long a key lasts, in the days that Memory API counts in.

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::{Error, ErrorCode, Result};

/// Memory API: "`expires_in_days`". Never longer than was asked for; what is nearly a whole day is one, because a person
/// chooses days and some seconds have passed since.
pub(super) fn days_until(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<i64> {
    let days = (at - now + TimeDelta::hours(1)).num_days();
    if days < 1 {
        return Err(Error::new(
            ErrorCode::Invalid,
            "Memory API counts in whole days: choose an end that is a day away or later.",
        ));
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Memory API: "`-d '{"name": "Temp Key", "expires_in_days": 30}'`".
    #[test]
    fn days_are_whole_and_never_more_than_asked() {
        let now: DateTime<Utc> = "2026-11-22T09:15:00Z".parse().expect("a time");
        let check = |seconds: i64, days: Option<i64>| {
            assert_eq!(days_until(now + TimeDelta::seconds(seconds), now).ok(), days, "{seconds}");
        };
        check(30 * 86_400, Some(30));
        check(30 * 86_400 - 20, Some(30));
        check(30 * 86_400 + 43_200, Some(30));
        check(86_400, Some(1));
        check(3_600, None);
        check(-5, None);
    }
}
