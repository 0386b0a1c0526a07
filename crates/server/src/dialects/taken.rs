//! What the limits answer, until there are limits: nothing is refused.

use std::time::Duration;

use http::HeaderMap;
use keydeck_domain::Outcome;

pub(crate) struct Taken {
    pub(crate) refused: Option<Refusal>,
}

pub(crate) struct Refusal {
    pub(crate) outcome: Outcome,
    pub(crate) which: Which,
    pub(crate) retry_after: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Burst,
    Daily,
    AtOnce,
}

impl Taken {
    pub(crate) fn headers(&self, _: &mut HeaderMap) {}
}
