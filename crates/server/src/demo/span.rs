//! Which time is told of, in the units of the tables.

use chrono::{DateTime, Datelike, Utc};

/// Microseconds in an hour.
pub(super) const HOUR: i64 = 3_600_000_000;
const MINUTE: i64 = 60_000_000;
/// How long keys and routes are kept by hours, and the organization by minutes.
const HOUR_DAYS: i64 = 90;
const MINUTE_HOURS: i64 = 24 * keydeck_domain::api::usage::MINUTE_DAYS as i64;

/// From the beginning of a day to an instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// The first day, since 1970.
    pub(super) first_day: i64,
    /// The end, in microseconds since 1970; a full minute.
    pub(super) until: i64,
}

impl Span {
    pub(super) fn new(until: DateTime<Utc>, days: u32) -> Self {
        let until = until.timestamp_micros().div_euclid(MINUTE) * MINUTE;
        Self { first_day: until.div_euclid(24 * HOUR) - i64::from(days), until }
    }

    pub(super) fn first_hour(&self) -> i64 {
        self.first_day * 24
    }

    /// The hour after the last one, which runs.
    pub(super) fn end_hour(&self) -> i64 {
        (self.until + HOUR - 1).div_euclid(HOUR)
    }

    /// How much of an hour has passed: 1 for all but the last.
    pub(super) fn elapsed(&self, hour: i64) -> f64 {
        (self.until - hour * HOUR).clamp(0, HOUR) as f64 / HOUR as f64
    }

    /// The minute, quarter, day and month that run: nothing of them is in a roll-up.
    pub(super) fn minute(&self) -> i64 {
        self.until.div_euclid(MINUTE)
    }

    pub(super) fn quarter(&self) -> i64 {
        self.until.div_euclid(15 * MINUTE)
    }

    pub(super) fn day(&self) -> i64 {
        self.until.div_euclid(24 * HOUR)
    }

    pub(super) fn month(&self) -> i64 {
        month(self.day())
    }

    /// From here on keys and routes are told by hours.
    pub(super) fn hours_from(&self) -> i64 {
        ((self.day() - HOUR_DAYS) * 24).max(self.first_hour())
    }

    /// From here on, in hours, the organization is told by minutes.
    pub(super) fn minutes_from(&self) -> i64 {
        (self.until.div_euclid(HOUR) - MINUTE_HOURS).max(self.first_hour())
    }
}

/// The month of a day, 0 for January 1970.
pub(super) fn month(day: i64) -> i64 {
    let date = DateTime::<Utc>::from_timestamp(day * 86_400, 0).unwrap_or_default();
    12 * (i64::from(date.year()) - 1970) + i64::from(date.month0())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hour_that_runs_counts_as_far_as_it_has_come() {
        let until: DateTime<Utc> = "2026-11-22T10:15:40Z".parse().unwrap_or_default();
        let span = Span::new(until, 1);
        assert_eq!(span.end_hour() - span.first_hour(), 24 + 11);
        assert!((span.elapsed(span.end_hour() - 1) - 0.25).abs() < 1e-9);
        assert!((span.elapsed(span.end_hour() - 2) - 1.0).abs() < 1e-9);
        assert_eq!(span.minute() * 60, "2026-11-22T10:15:00Z".parse::<DateTime<Utc>>().unwrap_or_default().timestamp());
        assert_eq!(span.month(), 12 * 56 + 10);
    }
}
