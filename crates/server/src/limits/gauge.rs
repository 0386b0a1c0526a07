//! What was taken of a limit: three numbers, each changed by compare-and-swap, so that of many who want the last
//! credit exactly one gets it, and nobody waits.

use std::sync::atomic::{AtomicU32, Ordering};

/// What was taken by an organization or by a key, in all environments or in one.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    pub(super) at_once: AtOnce,
}

/// How many run.
#[derive(Debug, Default)]
pub(super) struct AtOnce(AtomicU32);

impl AtOnce {
    pub(super) fn give_back(&self) {
        // Only what was taken is given back, so it never falls below nothing.
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
