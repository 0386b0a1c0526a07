//! How much a key and its organization may ask: so many in a window, so many in a day, so many at once.
//!
//! A credit is taken after [`crate::verify::decide`] has accepted the key: a refused key costs nothing.

mod gauge;
pub(crate) mod taken;

use chrono::{DateTime, Utc};
use keydeck_domain::{Environment, KeyId, OrganizationId};

pub(crate) use taken::Taken;

/// The limits of every organization, and what was taken of them.
#[derive(Default)]
pub(crate) struct Limits {}

impl Limits {
    /// Takes a credit for a request of this key. Its [`taken::Running`] is to be held until the request has ended.
    #[allow(dead_code, clippy::unused_self, reason = "called by the routes of the dialects, which come next")]
    pub(crate) fn take(&self, _: OrganizationId, _: KeyId, _: Environment, _: DateTime<Utc>) -> Taken {
        Taken::default()
    }
}
