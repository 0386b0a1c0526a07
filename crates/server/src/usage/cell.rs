//! What is counted of one verification, and to which cell.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use keydeck_domain::{Environment, KeyId, OrganizationId, Outcome, RouteTag, Scopes};

use super::periods;

/// The route of verifications that named none.
pub(crate) const NO_ROUTE: i64 = 0;
/// The route of every tag beyond an organization's hundredth.
pub(crate) const OTHER_ROUTE: i64 = -1;

/// One verification, as it is handed over to be counted.
pub(crate) struct Verification<'a> {
    /// The verifier's, or the key's own; `None` where an unknown key asked about itself.
    pub(crate) organization: Option<OrganizationId>,
    /// `None` where it names none: missing, malformed, unknown.
    pub(crate) key: Option<CountedKey>,
    pub(crate) outcome: Outcome,
    pub(crate) at: DateTime<Utc>,
    pub(crate) route: Option<&'a RouteTag>,
    /// The scopes that were wanted.
    pub(crate) scopes: Option<&'a Scopes>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) user_agent: Option<&'a str>,
}

/// The key of a verification.
#[derive(Clone, Copy)]
pub(crate) struct CountedKey {
    pub(crate) id: KeyId,
    pub(crate) environment: Environment,
    /// When it was accepted before, as the main database knows.
    pub(crate) before: Option<DateTime<Utc>>,
}

/// Verifications that are counted together: all that the tables tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cell {
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) key: Option<KeyId>,
    /// Since 1970.
    pub(crate) minute: i64,
    /// [`NO_ROUTE`], [`OTHER_ROUTE`] or the place among the organization's routes, from 1 on.
    pub(crate) route: i16,
    pub(crate) environment: u8,
    pub(crate) outcome: u8,
}

impl Cell {
    /// Where there are too many cells: still told apart by organization, outcome and hour, but no longer by
    /// key. So it is unattributed, in every table alike.
    pub(crate) fn overflow(self) -> Self {
        let minute = self.minute - self.minute.rem_euclid(periods::MINUTES_OF_HOUR);
        let route = if self.route == 0 { 0 } else { -1 };
        Self { key: None, environment: 0, minute, route, ..self }
    }
}

/// The number of an outcome in the tables.
pub(crate) const fn outcome_number(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Accepted => 0,
        Outcome::Missing => 1,
        Outcome::Malformed => 2,
        Outcome::Unknown => 3,
        Outcome::Revoked => 4,
        Outcome::Expired => 5,
        Outcome::Disabled => 6,
        Outcome::WrongTenant => 7,
        Outcome::MissingScope => 8,
        Outcome::AddressRefused => 9,
        Outcome::RateLimited => 10,
        Outcome::QuotaExhausted => 11,
    }
}

/// The number of a key's environment in the tables; 0 is what names no key.
pub(crate) const fn environment_number(environment: Environment) -> u8 {
    match environment {
        Environment::Live => 1,
        Environment::Test => 2,
    }
}
