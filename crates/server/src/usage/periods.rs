//! Whole minutes, quarters of an hour, hours, UTC days and months since the beginning of 1970: how times are
//! written in `usage.db`.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

pub(crate) const MINUTES_OF_QUARTER: i64 = 15;
pub(crate) const MINUTES_OF_HOUR: i64 = 60;
pub(crate) const MINUTES_OF_DAY: i64 = 24 * MINUTES_OF_HOUR;
pub(crate) const HOURS_OF_DAY: i64 = 24;
pub(crate) const QUARTERS_OF_DAY: i64 = 96;

/// The minute of an instant.
pub(crate) fn minute_of(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(60)
}

/// The month of a UTC day, 0 for January 1970.
pub(crate) fn month_of_day(day: i64) -> i64 {
    let date = date(day);
    12 * (i64::from(date.year()) - 1970) + i64::from(date.month0())
}

/// The first UTC day of a month.
pub(crate) fn first_day_of_month(month: i64) -> i64 {
    let year = i32::try_from(1970 + month.div_euclid(12)).unwrap_or(i32::MAX);
    let month = u32::try_from(month.rem_euclid(12)).expect("it is 0 to 11") + 1;
    let date = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(NaiveDate::MAX);
    (date - EPOCH).num_days()
}

const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("it is a day");

fn date(day: i64) -> NaiveDate {
    let bounded = day.clamp((NaiveDate::MIN - EPOCH).num_days(), (NaiveDate::MAX - EPOCH).num_days());
    EPOCH + TimeDelta::days(bounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_with_their_first_day() {
        assert_eq!((month_of_day(0), month_of_day(30), month_of_day(31), month_of_day(365)), (0, 0, 1, 12));
        for month in 0..2_400 {
            let first = first_day_of_month(month);
            assert_eq!((month_of_day(first), month_of_day(first - 1)), (month, month - 1), "{month}");
        }
    }
}
