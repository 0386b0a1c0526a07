//! Quotas that are nearly used up: noted by the request that came so far, and told by the alerts.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use keydeck_domain::{Environment, KeyId, OrganizationId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How much of a quota is said to be used up.
const PERCENTS: [u8; 3] = [50, 80, 95];

/// So much of a day's quota is used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Near {
    pub(crate) organization: OrganizationId,
    /// Whose quota it is, where each key has its own.
    pub(crate) key: Option<KeyId>,
    pub(crate) environment: Option<Environment>,
    pub(crate) percent: u8,
    pub(crate) quota: u64,
    pub(crate) at: DateTime<Utc>,
}

/// What was noted and not told yet: a few a day and quota.
pub(crate) struct Nearing {
    sender: UnboundedSender<Near>,
    receiver: Mutex<UnboundedReceiver<Near>>,
}

impl Nearing {
    pub(super) fn new() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self { sender, receiver: Mutex::new(receiver) }
    }

    /// Notes it, without waiting.
    pub(crate) fn note(&self, near: Near) {
        // Fails only where the receiver is gone, and it lives as long as this sender.
        let _ = self.sender.send(near);
    }

    /// Takes what was noted.
    pub(crate) fn take(&self) -> Vec<Near> {
        let mut receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| receiver.try_recv().ok()).collect()
    }
}

/// How much of the quota was reached between two counts: the highest that is worth saying.
pub(super) fn crossed(before: u64, after: u64, quota: u64) -> Option<u8> {
    let reached = |percent: &&u8| {
        let count = quota.saturating_mul(u64::from(**percent)).div_ceil(100);
        before < count && count <= after
    };
    PERCENTS.iter().rev().find(reached).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_reached_once() {
        let said =
            |quota: u64| (1..=quota).filter_map(|count| Some((count, crossed(count - 1, count, quota)?))).collect::<Vec<_>>();
        assert_eq!(said(100), [(50, 50), (80, 80), (95, 95)]);
        assert_eq!(said(7), [(4, 50), (6, 80), (7, 95)]);
        assert_eq!(said(1), [(1, 95)]);
        assert_eq!(crossed(0, 90, 100), Some(80), "after a start the highest is said");
        assert_eq!(crossed(95, 100, 100), None);
    }
}
