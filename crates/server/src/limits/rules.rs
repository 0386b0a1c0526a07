//! What limits may be.

use std::collections::HashSet;

use keydeck_domain::api::limits::{AT_ONCE_MAX, BURST_MAX, LIMITS_MAX, Limit, PER_DAY_MAX, WINDOW_MAX_SECONDS};

use crate::error::Error;

/// Checks limits as they are to be.
pub(super) fn check(items: &[Limit]) -> Result<(), Error> {
    if items.len() > LIMITS_MAX {
        return Err(invalid(format!("`items` must have at most {LIMITS_MAX} entries")));
    }
    let mut seen = HashSet::new();
    for (index, limit) in items.iter().enumerate() {
        let at = |what: &str| invalid(format!("`items[{index}]{what}"));
        if !seen.insert((limit.of, limit.environment)) {
            return Err(at("`: there is one already for the same keys and environment: make one of both"));
        }
        if limit.burst.is_none() && limit.per_day.is_none() && limit.at_once.is_none() {
            return Err(at("`: limits nothing: leave it out"));
        }
        if let Some(burst) = limit.burst {
            if !(1..=BURST_MAX).contains(&burst.requests) {
                return Err(at(&format!(".burst.requests`: must be 1 to {BURST_MAX}")));
            }
            if !(1..=WINDOW_MAX_SECONDS).contains(&burst.window_seconds) {
                return Err(at(&format!(".burst.window_seconds`: must be 1 to {WINDOW_MAX_SECONDS}")));
            }
        }
        if limit.per_day.is_some_and(|quota| !(1..=PER_DAY_MAX).contains(&quota)) {
            return Err(at(&format!(".per_day`: must be 1 to {PER_DAY_MAX}")));
        }
        if limit.at_once.is_some_and(|places| !(1..=AT_ONCE_MAX).contains(&places)) {
            return Err(at(&format!(".at_once`: must be 1 to {AT_ONCE_MAX}")));
        }
    }
    Ok(())
}

fn invalid(text: String) -> Error {
    Error::InvalidBody(text)
}
