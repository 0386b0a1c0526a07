//! Times as they are stored: microseconds since 1970, in UTC.

use chrono::{DateTime, SubsecRound, Utc};

use crate::error::Error;

/// The instant, no finer than it is stored, so that what is answered now is what is read later.
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// As it is stored.
pub(crate) fn stored(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// As it was stored.
pub(crate) fn read(micros: i64) -> Result<DateTime<Utc>, Error> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| Error::Damaged(format!("{micros} is no time")))
}
