//! Searches, filters and sorts a list that is kept here, by the rules of the server: see
//! [`KeyQuery`].

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use keydeck_domain::api::keys::{Direction, KeyQuery, KeySort};
use keydeck_domain::{Key, KeyStatus};

/// The rows that match, sorted, each with its status of now. One page: all that is kept.
#[must_use]
pub fn select(keys: &[Key], query: &KeyQuery, now: DateTime<Utc>) -> Vec<Key> {
    let mut rows: Vec<Key> = keys.iter().map(|key| seen(key, now)).filter(|key| matches(key, query)).collect();
    rows.sort_by(|a, b| {
        let order = compare(a, b, query.sort).then_with(|| a.id.cmp(&b.id));
        match query.direction {
            Direction::Ascending => order,
            Direction::Descending => order.reverse(),
        }
    });
    rows
}

fn seen(key: &Key, now: DateTime<Utc>) -> Key {
    let status = KeyStatus::of(key.revoked_at.is_some(), key.expires_at, key.enabled, now);
    Key { status, ..key.clone() }
}

fn matches(key: &Key, query: &KeyQuery) -> bool {
    let search = query.search.as_deref().map(|search| search.trim().to_lowercase()).filter(|search| !search.is_empty());
    query.environment.is_none_or(|environment| key.environment == environment)
        && query.kind.is_none_or(|kind| key.kind == kind)
        && query.status.is_none_or(|status| key.status == status)
        && query.created_by.is_none_or(|user| key.created_by.id == user)
        && query.creator_left.is_none_or(|left| key.creator_left == left)
        && search.is_none_or(|search| holds(key, &search))
}

fn holds(key: &Key, search: &str) -> bool {
    let parts =
        [key.name.as_str(), &key.hint.to_string(), key.note.as_str(), &key.scopes.spaced(), key.created_by.email.as_str()];
    parts.iter().any(|part| part.to_lowercase().contains(search))
}

fn compare(a: &Key, b: &Key, sort: KeySort) -> Ordering {
    match sort {
        KeySort::CreatedAt => a.created_at.cmp(&b.created_at),
        KeySort::Name => a.name.as_str().to_lowercase().cmp(&b.name.as_str().to_lowercase()),
        // `None` is the smallest: never used counts as longest ago.
        KeySort::LastUsedAt => a.last_used_at.cmp(&b.last_used_at),
        KeySort::ExpiresAt => {
            let at = |key: &Key| key.expires_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
            at(a).cmp(&at(b))
        }
    }
}
