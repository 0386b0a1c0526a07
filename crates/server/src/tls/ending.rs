//! When it is told that the certificate in use ends soon, or is over: nobody looks at a server that works.

use chrono::{DateTime, TimeDelta, Utc};

/// How long before its end it is told of.
const BEFORE: TimeDelta = TimeDelta::days(14);
/// How often.
const EVERY: TimeDelta = TimeDelta::days(1);

/// When the certificate in use ends, and when that was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    pub(super) at: DateTime<Utc>,
    told: Option<DateTime<Utc>>,
}

/// What is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It ends in so many whole days.
    Soon(i64),
    /// It is over: clients refuse it.
    Over,
}

impl Ending {
    pub(super) fn new(at: DateTime<Utc>) -> Self {
        Self { at, told: None }
    }

    /// What is to be told now, once a day from two weeks before the end, and at the end itself.
    pub(super) fn due(&mut self, now: DateTime<Utc>) -> Option<Told> {
        let over = now >= self.at;
        if now < self.at - BEFORE {
            return None;
        }
        // A clock that was set back must not silence it.
        let told_lately = self.told.is_some_and(|told| told <= now && now - told < EVERY && over == (told >= self.at));
        if told_lately {
            return None;
        }
        self.told = Some(now);
        Some(if over { Told::Over } else { Told::Soon((self.at - now).num_days()) })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn an_end_is_told_once_a_day_from_two_weeks_before() {
        let end = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut ending = Ending::new(end);
        let mut check = |before: TimeDelta, expected| assert_eq!(ending.due(end - before), expected, "{before} before the end");
        let (days, seconds) = (TimeDelta::days, TimeDelta::seconds);
        check(days(400), None);
        check(days(14) + seconds(1), None);
        check(days(14), Some(Told::Soon(14)));
        check(days(14) - seconds(10), None);
        check(days(13) + seconds(1), None);
        check(days(13), Some(Told::Soon(13)));
        // The server was asleep in between.
        check(days(2) - seconds(60), Some(Told::Soon(1)));
        check(seconds(61), Some(Told::Soon(0)));
        // The end is told at once, and goes on being told.
        check(seconds(1), None);
        check(seconds(0), Some(Told::Over));
        check(seconds(-10), None);
        check(days(-1), Some(Told::Over));
        // The clock was wrong, and is set back.
        check(days(5), Some(Told::Soon(5)));
        check(days(5) - seconds(10), None);
    }
}
