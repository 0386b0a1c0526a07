//! When there is traffic: hours of a day, days of a week, a year that grows, and days on which something
//! went wrong.

use chrono::{DateTime, Datelike, Utc};

use super::chance::Chance;

/// Monday, 0 o'clock, lies this many hours before 1970: that year began on a Thursday.
const MONDAY: i64 = 72;
/// Hours in a week.
const WEEK: usize = 168;

/// How a key is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Machines, day and night.
    Service,
    /// People behind it: busy by day, less so at weekends.
    Application,
    /// One run a day, at this hour.
    Daily {
        /// In UTC.
        hour: u8,
    },
    /// Tests that run when somebody works, a burst at a time.
    Builds,
    /// Somebody who tries things, on some days.
    Person,
}

/// How busy each kind of work is in each hour of a week; 1 is its busiest.
pub(super) struct Rhythm {
    service: [f64; WEEK],
    application: [f64; WEEK],
    builds: [f64; WEEK],
    person: [f64; WEEK],
}

impl Rhythm {
    pub(super) fn new() -> Self {
        let week = |level: fn(f64, bool) -> f64| std::array::from_fn(|hour| level((hour % 24) as f64 + 0.5, hour >= 5 * 24));
        Self {
            service: week(|hour, weekend| {
                let day = 0.78 + 0.22 * ((hour - 14.5) / 24.0 * std::f64::consts::TAU).cos();
                day * if weekend { 0.84 } else { 1.0 }
            }),
            application: week(|hour, weekend| {
                let bell = |middle: f64, width: f64| (-((hour - middle) / width).powi(2) / 2.0).exp();
                let day = 0.05 + 0.85 * bell(11.0, 2.8).max(bell(15.5, 2.9)) + 0.35 * bell(20.5, 2.0);
                (day * if weekend { 0.42 } else { 1.0 }).min(1.0)
            }),
            builds: week(|hour, weekend| match (weekend, hour) {
                (false, 8.0..19.0) => 1.0,
                (true, 9.0..18.0) => 0.08,
                _ => 0.03,
            }),
            person: week(|hour, weekend| match (weekend, hour) {
                (false, 9.0..12.0 | 13.0..18.0) => 1.0,
                (true, 10.0..22.0) => 0.15,
                _ => 0.02,
            }),
        }
    }

    /// How busy it is in an hour since 1970, where the clock is this many hours ahead of UTC.
    pub(super) fn level(&self, work: Work, hour: i64, ahead: i64) -> f64 {
        let place = (hour + MONDAY + ahead).rem_euclid(WEEK as i64) as usize;
        match work {
            Work::Service => self.service[place],
            Work::Application => self.application[place],
            Work::Builds => self.builds[place],
            Work::Person => self.person[place],
            Work::Daily { hour: at } => f64::from(u8::from(hour.rem_euclid(24) == i64::from(at))),
        }
    }
}

/// What the whole organization goes through.
pub(super) struct Weather {
    first: i64,
    hours: f64,
    /// Nothing but a few calls came through.
    outage: std::ops::Range<i64>,
    /// Somebody presented a great many keys that nobody has.
    pub(super) wave: std::ops::Range<i64>,
    /// One key's program ran in a loop.
    pub(super) jump: std::ops::Range<i64>,
    today: f64,
}

impl Weather {
    /// From an hour on up to another, in hours since 1970.
    pub(super) fn new(first: i64, end: i64) -> Self {
        let days = (end - first) as f64 / 24.0;
        // At this hour of a day so many days ago, or of the middle part where the whole is shorter.
        let at = |ago: f64, hour: i64| (end - (ago.min(days * ago / 50.0) * 24.0) as i64).div_euclid(24) * 24 + hour;
        let span = |from: i64, hours: i64| from..from + hours;
        Self {
            first,
            hours: (end - first).max(1) as f64,
            outage: span(at(23.0, 13), 3),
            wave: span(at(38.0, 1), 5),
            jump: span(at(9.0, 15), 7),
            today: 1.0,
        }
    }

    /// How much there is in an hour, beside what the rhythm says.
    pub(super) fn level(&mut self, hour: i64, chance: &mut Chance) -> f64 {
        if hour.rem_euclid(24) == 0 || hour == self.first {
            self.today = holidays(hour) * (1.0 + 0.04 * chance.normal());
        }
        let grown = 0.6 + 0.4 * (hour - self.first) as f64 / self.hours;
        let incident = if self.outage.contains(&hour) {
            0.04
        } else if hour == self.outage.end {
            // What could not be sent is sent now.
            1.6
        } else {
            1.0
        };
        (grown * self.today * incident * (1.0 + 0.03 * chance.normal())).max(0.0)
    }
}

fn holidays(hour: i64) -> f64 {
    let day = DateTime::<Utc>::from_timestamp(hour * 3_600, 0).unwrap_or_default();
    match (day.month(), day.day()) {
        (12, 24..) | (1, 1) => 0.55,
        (11, 24..=30) => 1.25,
        (8, _) => 0.9,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday_where_the_clock_is() {
        let rhythm = Rhythm::new();
        let hour = |text: &str| text.parse::<DateTime<Utc>>().map(|at| at.timestamp() / 3_600).unwrap_or_default();
        // A Sunday and the Monday after it.
        let (sunday, monday) = (hour("2026-11-22T11:00:00Z"), hour("2026-11-23T11:00:00Z"));
        let level = |hour, ahead| rhythm.level(Work::Application, hour, ahead);
        assert!(level(sunday, 0) < 0.5 && level(monday, 0) > 0.8);
        // Sunday evening in Europe is Monday morning in Japan.
        assert!(level(hour("2026-11-23T02:00:00Z"), 9) > level(hour("2026-11-23T02:00:00Z"), 1));
        assert!(rhythm.level(Work::Daily { hour: 11 }, sunday, 0) > 0.0);
        assert!(rhythm.level(Work::Daily { hour: 12 }, sunday, 0) == 0.0);
    }

    #[test]
    fn every_incident_lies_in_what_is_told() {
        for days in [5, 40, 365] {
            let (first, end) = (480_000, 480_000 + days * 24);
            let weather = Weather::new(first, end);
            for span in [&weather.outage, &weather.wave, &weather.jump] {
                assert!(span.start >= first && span.end <= end + 24, "{span:?} of {first}..{end}");
            }
        }
    }
}
