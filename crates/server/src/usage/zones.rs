//! Time zones, and where the steps of a query begin in them. Everything is in whole minutes since 1970:
//! the offsets of all zones are whole quarters of an hour now, and nothing was counted when they were not.

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat, Utc};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use keydeck_domain::api::usage::{POINTS_MAX, Step};

use super::periods::{MINUTES_OF_DAY as DAY, MINUTES_OF_HOUR as HOUR, MINUTES_OF_QUARTER as QUARTER, minute_of, month_of_day};
use crate::error::Error;

/// Longest name of a zone that is looked for.
const NAME_MAX: usize = 64;
/// The last year that is asked for.
const LAST_YEAR: i32 = 2199;

/// A zone of the IANA database: the system's, or the one that this program brings along.
#[derive(Clone, Debug)]
pub(super) struct Zone(TimeZone);

/// From this minute on the clocks of a zone are this many minutes ahead of UTC.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: i64,
    ahead: i64,
}

impl Zone {
    /// The zone of this name; UTC where none is named.
    ///
    /// # Errors
    /// 422 where there is no such zone.
    pub(super) fn named(name: Option<&str>) -> Result<Self, Error> {
        let Some(name) = name else { return Ok(Self(TimeZone::UTC)) };
        let known = (name.len() <= NAME_MAX).then(|| TimeZone::get(name).ok()).flatten();
        known.map(Self).ok_or_else(|| {
            Error::InvalidBody(
                "there is no such time zone: write one of the IANA database, such as Europe/Berlin, Asia/Kolkata or UTC"
                    .to_owned(),
            )
        })
    }

    /// An instant as the clocks of the zone show it, with their offset (ISO 8601).
    pub(super) fn shown(&self, at: DateTime<Utc>) -> String {
        let ahead = i32::try_from(self.ahead(minute_of(at)) * 60).unwrap_or_default();
        let local = FixedOffset::east_opt(ahead).map(|offset| at.with_timezone(&offset));
        local.unwrap_or_else(|| at.fixed_offset()).to_rfc3339_opts(SecondsFormat::Secs, false)
    }

    fn ahead(&self, minute: i64) -> i64 {
        let at = Timestamp::from_second(minute * 60).unwrap_or(Timestamp::UNIX_EPOCH);
        i64::from(self.0.to_offset(at).seconds()).div_euclid(60)
    }

    fn stretches(&self, from: i64, to: i64) -> Vec<Stretch> {
        let mut stretches = vec![Stretch { from, ahead: self.ahead(from) }];
        let at = Timestamp::from_second(from * 60).unwrap_or(Timestamp::UNIX_EPOCH);
        for change in self.0.following(at) {
            let from = change.timestamp().as_second().div_euclid(60);
            if from >= to {
                break;
            }
            stretches.push(Stretch { from, ahead: i64::from(change.offset().seconds()).div_euclid(60) });
        }
        stretches
    }

    /// Where the steps that hold these instants begin, and where the last one ends: one more than there
    /// are steps.
    ///
    /// # Errors
    /// 422 where the end is not after the beginning, they are no dates of this time, or the steps are too
    /// many.
    pub(super) fn edges(&self, step: Step, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<i64>, Error> {
        if from >= to {
            return Err(Error::InvalidBody("`to` must be after `from`".to_owned()));
        }
        if from.year() < 1970 || to.year() > LAST_YEAR {
            return Err(Error::InvalidBody(format!("`from` and `to` lie between 1970 and {LAST_YEAR}")));
        }
        let (from, to) = (minute_of(from), minute_of(to) + i64::from(to.timestamp_micros() % 60_000_000 != 0));
        // The shortest step there is, and how far before an instant its step can begin.
        let (shortest, longest) = match step {
            Step::Minute => (1, 1),
            Step::Quarter => (QUARTER, QUARTER),
            Step::Hour => (HOUR, 2 * HOUR),
            Step::Day => (DAY - HOUR, 2 * DAY),
            Step::Month => (28 * DAY, 33 * DAY),
        };
        if (to - from) / shortest > i64::try_from(POINTS_MAX).unwrap_or(i64::MAX) {
            return Err(too_many());
        }
        let (begin, end) = (from - longest, to + longest);
        let mut edges = match step {
            Step::Minute => (from..=to).collect(),
            Step::Quarter => {
                (from.div_euclid(QUARTER)..=(to + QUARTER - 1).div_euclid(QUARTER)).map(|quarter| quarter * QUARTER).collect()
            }
            Step::Hour => self.hours(begin, end),
            Step::Day => self.periods(begin, end, |minute| minute.div_euclid(DAY)),
            Step::Month => self.periods(begin, end, month),
        };
        let first = edges.partition_point(|&edge| edge <= from).saturating_sub(1);
        edges.drain(..first);
        edges.truncate(edges.partition_point(|&edge| edge < to) + 1);
        Ok(edges)
    }

    /// Where an hour is full on the zone's clocks. The hour that clocks repeat is one of its own.
    fn hours(&self, begin: i64, end: i64) -> Vec<i64> {
        let stretches = self.stretches(begin, end);
        let ends = stretches.iter().skip(1).map(|next| next.from).chain([end]);
        stretches
            .iter()
            .zip(ends)
            .flat_map(|(stretch, end)| {
                let first = stretch.from + (-(stretch.from + stretch.ahead)).rem_euclid(HOUR);
                (first..end).step_by(60)
            })
            .collect()
    }

    /// The first instants of periods of the local calendar. Where clocks skip a period's beginning it
    /// begins when they have; a time that they show again belongs to the period that began already.
    fn periods(&self, begin: i64, end: i64, period: fn(i64) -> i64) -> Vec<i64> {
        let stretches = self.stretches(begin, end);
        let ends = stretches.iter().skip(1).map(|next| next.from).chain([end]);
        let (mut edges, mut reached) = (Vec::new(), period(begin + stretches[0].ahead));
        for (stretch, end) in stretches.iter().zip(ends) {
            let midnight = stretch.from + (-(stretch.from + stretch.ahead)).rem_euclid(DAY);
            for at in std::iter::once(stretch.from).chain((midnight..end).step_by(24 * 60)) {
                let now = period(at + stretch.ahead);
                if now > reached && at < end {
                    edges.push(at);
                    reached = now;
                }
            }
        }
        edges
    }
}

/// The refusal of more figures than one answer has.
pub(super) fn too_many() -> Error {
    Error::InvalidBody(format!(
        "these are more than {POINTS_MAX} figures (steps times groups): ask for a shorter time, wider steps or fewer groups"
    ))
}

/// The instant at which a minute begins.
pub(super) fn instant(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(minute.saturating_mul(60), 0).unwrap_or_default()
}

/// The month of a minute, 0 for January 1970.
fn month(minute: i64) -> i64 {
    month_of_day(minute.div_euclid(DAY))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn edges(zone: &str, step: Step, from: &str, to: &str) -> Vec<String> {
        let zone = Zone::named(Some(zone)).unwrap();
        let edges = zone.edges(step, from.parse().unwrap(), to.parse().unwrap()).unwrap();
        edges.iter().map(|&edge| zone.shown(instant(edge))).collect()
    }

    #[test]
    fn days_begin_where_the_user_is() {
        for (zone, expected) in [
            ("UTC", ["2026-11-20T00:00:00+00:00", "2026-11-21T00:00:00+00:00", "2026-11-22T00:00:00+00:00"]),
            ("Asia/Kolkata", ["2026-11-20T00:00:00+05:30", "2026-11-21T00:00:00+05:30", "2026-11-22T00:00:00+05:30"]),
            ("Asia/Kathmandu", ["2026-11-20T00:00:00+05:45", "2026-11-21T00:00:00+05:45", "2026-11-22T00:00:00+05:45"]),
        ] {
            assert_eq!(edges(zone, Step::Day, "2026-11-20T10:00:00Z", "2026-11-21T10:00:30Z"), expected);
        }
    }

    #[test]
    fn days_are_as_long_as_clocks_make_them() {
        let lengths = |zone: &str, from: &str, to: &str| -> Vec<i64> {
            let zone = Zone::named(Some(zone)).unwrap();
            let edges = zone.edges(Step::Day, from.parse().unwrap(), to.parse().unwrap()).unwrap();
            edges.windows(2).map(|pair| pair[1] - pair[0]).collect()
        };
        assert_eq!(lengths("America/New_York", "2026-03-07T12:00:00Z", "2026-03-09T12:00:00Z"), [1440, 1380, 1440]);
        assert_eq!(lengths("America/New_York", "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z"), [1440, 1500, 1440]);
        // Half an hour.
        assert_eq!(lengths("Australia/Lord_Howe", "2026-10-03T14:00:00Z", "2026-10-03T20:00:00Z"), [1410]);
        // A day that was not: Samoa went over the date line.
        assert_eq!(lengths("Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-31T12:00:00Z"), [1440, 1440, 1440]);
    }

    #[test]
    fn a_day_without_midnight_begins_with_its_first_instant() {
        // Clocks in Santiago go from 24:00 to 01:00.
        assert_eq!(
            edges("America/Santiago", Step::Day, "2026-09-05T12:00:00Z", "2026-09-06T12:00:00Z"),
            ["2026-09-05T00:00:00-04:00", "2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00"]
        );
        // And in autumn from 24:00 to 23:00.
        assert_eq!(
            edges("America/Santiago", Step::Day, "2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z"),
            ["2026-04-04T00:00:00-03:00", "2026-04-05T00:00:00-04:00", "2026-04-06T00:00:00-04:00"]
        );
    }

    #[test]
    fn hours_are_full_on_the_clocks_there() {
        assert_eq!(
            edges("Asia/Kathmandu", Step::Hour, "2026-11-20T10:20:00Z", "2026-11-20T11:20:00Z"),
            ["2026-11-20T16:00:00+05:45", "2026-11-20T17:00:00+05:45", "2026-11-20T18:00:00+05:45"]
        );
        assert_eq!(
            edges("America/New_York", Step::Hour, "2026-11-01T05:00:00Z", "2026-11-01T07:00:00Z"),
            ["2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T02:00:00-05:00"]
        );
        assert_eq!(
            edges("Australia/Lord_Howe", Step::Hour, "2026-04-04T14:30:00Z", "2026-04-04T16:00:00Z"),
            ["2026-04-05T01:00:00+11:00", "2026-04-05T02:00:00+10:30", "2026-04-05T03:00:00+10:30"]
        );
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        assert_eq!(
            edges("Pacific/Apia", Step::Month, "2026-01-31T12:00:00Z", "2026-03-01T00:00:00Z"),
            ["2026-02-01T00:00:00+13:00", "2026-03-01T00:00:00+13:00", "2026-04-01T00:00:00+13:00"]
        );
        assert_eq!(edges("UTC", Step::Month, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z").len(), 2);
    }

    #[test]
    fn short_steps_hold_what_was_asked_for() {
        assert_eq!(
            edges("UTC", Step::Minute, "2026-01-31T12:00:59Z", "2026-01-31T12:01:01Z"),
            ["2026-01-31T12:00:00+00:00", "2026-01-31T12:01:00+00:00", "2026-01-31T12:02:00+00:00"]
        );
        assert_eq!(
            edges("Asia/Kathmandu", Step::Quarter, "2026-01-31T12:14:00Z", "2026-01-31T12:15:00Z"),
            ["2026-01-31T17:45:00+05:45", "2026-01-31T18:00:00+05:45"]
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let utc = Zone::named(None).unwrap();
        let refused = |step, from: &str, to: &str| utc.edges(step, from.parse().unwrap(), to.parse().unwrap()).is_err();
        assert!(refused(Step::Day, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"));
        assert!(refused(Step::Day, "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"));
        assert!(refused(Step::Day, "1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z"));
        assert!(refused(Step::Day, "2026-12-31T00:00:00Z", "2200-01-01T00:00:00Z"));
        assert!(refused(Step::Minute, "2000-01-01T00:00:00Z", "2026-01-01T00:00:00Z"));
        for bad in ["", "Berlin", "Europe/Berlin ", "../../etc/passwd", "/etc/localtime", "UTC+1", &"x".repeat(300)] {
            assert!(Zone::named(Some(bad)).is_err(), "{bad:?}");
        }
        assert!(Zone::named(Some("UTC")).is_ok());
    }
}
