//! How much a key and its organization may ask: so many in a window, so many in a day, so many at once.
//!
//! A credit is taken after [`crate::verify::decide`] has accepted the key: a refused key costs nothing. All is in
//! memory and exact: no lock, no database. The window is measured by a clock that is never set; the count of the day
//! is read from `usage.db` when the server starts.

mod change;
mod gauge;
pub(crate) mod handlers;
mod load;
mod near;
mod policy;
mod record;
mod rules;
mod spent;
pub(crate) mod taken;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use keydeck_domain::api::limits::{Burst, Limit, LimitOf};
use keydeck_domain::{Environment, KeyId, OrganizationId};

use near::Nearing;
use policy::Limited;

pub(crate) use near::Near;
pub(crate) use record::{insert_first, strange};
pub(crate) use taken::Taken;

/// The limits of every organization, and what was taken of them.
pub(crate) struct Limits {
    began: Instant,
    /// Organizations without limits are not here.
    by_organization: papaya::HashMap<OrganizationId, Arc<Limited>>,
    pub(crate) near: Nearing,
}

/// An instant by two clocks.
#[derive(Clone, Copy, Debug)]
struct Moment {
    /// Nanoseconds of a clock that is never set.
    steady: u64,
    /// The day is this one's.
    wall: DateTime<Utc>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { began: Instant::now(), by_organization: papaya::HashMap::new(), near: Nearing::new() }
    }
}

impl Limits {
    /// Takes a credit for a request of this key. Its [`taken::Running`] is to be held until the request has ended.
    pub(crate) fn take(&self, organization: OrganizationId, key: KeyId, environment: Environment, now: DateTime<Utc>) -> Taken {
        self.take_at(organization, key, environment, self.moment(now), true)
    }

    /// The same where nobody tells when the request has ended: it is not one of those at once.
    pub(crate) fn take_unheld(
        &self,
        organization: OrganizationId,
        key: KeyId,
        environment: Environment,
        now: DateTime<Utc>,
    ) -> Taken {
        self.take_at(organization, key, environment, self.moment(now), false)
    }

    /// The burst that an organization's keys have, where a system tells of each key how often it may ask: each key's own,
    /// else the organization's.
    pub(crate) fn burst(&self, organization: OrganizationId) -> Option<Burst> {
        let limited = self.by_organization.pin().get(&organization).cloned()?;
        let of = |of| limited.policies.iter().filter(move |policy| policy.of == of).find_map(|policy| policy.burst);
        let (requests, window_seconds, _) = of(LimitOf::Key).or_else(|| of(LimitOf::Organization))?;
        Some(Burst { requests, window_seconds })
    }

    fn moment(&self, wall: DateTime<Utc>) -> Moment {
        // 584 years fit.
        Moment { steady: u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX / 2), wall }
    }

    fn take_at(&self, organization: OrganizationId, key: KeyId, environment: Environment, now: Moment, held: bool) -> Taken {
        let Some(limited) = self.by_organization.pin().get(&organization).cloned() else { return Taken::default() };
        spent::take(&limited, organization, key, environment, now, held, &self.near)
    }

    /// Sets an organization's limits. What was taken stays taken.
    fn put(&self, organization: OrganizationId, items: &[Limit], now: DateTime<Utc>) -> Arc<Limited> {
        let known = self.by_organization.pin();
        let ledger = known.get(&organization).map(|limited| limited.ledger.clone()).unwrap_or_default();
        let limited = Arc::new(Limited::new(items, ledger));
        let now = self.moment(now).steady;
        for policy in &limited.policies {
            let within = |gauges: &gauge::Gauges| {
                gauges.of(policy.environment).burst.within(policy.burst.map(|(_, _, rate)| rate), now);
            };
            match policy.of {
                LimitOf::Organization => within(&limited.ledger.organization),
                LimitOf::Key => limited.ledger.keys.pin().values().for_each(|gauges| within(gauges)),
            }
        }
        if items.is_empty() {
            known.remove(&organization);
        } else {
            known.insert(organization, Arc::clone(&limited));
        }
        limited
    }

    /// Refuses every key of an organization whose limits are not as they were written.
    fn put_aside(&self, organization: OrganizationId) {
        self.by_organization.pin().insert(organization, Arc::new(Limited::set_aside()));
    }
}

/// The number of a UTC day since 1970.
fn day_of(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(crate::usage::periods::MINUTES_OF_DAY * 60)
}
