//! Subscriptions, which stand for the service behind the key. They are in memory alone: they show that a tenant sees
//! nothing of another, and test data nothing of live data. Their shape is ours.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use keydeck_domain::{Environment, Name, OrganizationId};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::web::body::parse;

/// Most that are kept for a tenant in an environment.
const SUBSCRIPTIONS_MAX: usize = 100;

/// Whose, and whether of test or live data.
pub(super) type Place = (OrganizationId, Environment);

/// One subscription.
#[derive(Clone, Serialize)]
pub(super) struct Subscription {
    id: String,
    plan: Name,
    environment: Environment,
    created_at: DateTime<Utc>,
}

/// The body of a new one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    plan: Name,
}

/// Reads the body of a new one.
pub(super) fn wish(body: &[u8]) -> Result<Wish, Error> {
    parse(body)
}

/// Those of every tenant. At most as many places as twice the organizations that a server takes.
#[derive(Default)]
pub(crate) struct Subscriptions(Mutex<HashMap<Place, Vec<Subscription>>>);

impl Subscriptions {
    /// In the order in which they were made.
    pub(super) fn list(&self, place: Place) -> Vec<Subscription> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&place).cloned().unwrap_or_default()
    }

    /// Adds one; none where there are as many as are kept.
    pub(super) fn create(&self, place: Place, wish: Wish, now: DateTime<Utc>) -> Option<Subscription> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let there = kept.entry(place).or_default();
        if there.len() >= SUBSCRIPTIONS_MAX {
            return None;
        }
        let id = format!("sub_{}", uuid::Uuid::now_v7().simple());
        let made = Subscription { id, plan: wish.plan, environment: place.1, created_at: now };
        there.push(made.clone());
        Some(made)
    }
}
