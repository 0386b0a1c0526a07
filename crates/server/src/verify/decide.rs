//! How a verification ends: the one place where that is decided.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use keydeck_domain::format::KEY_MAX;
use keydeck_domain::{Dialect, Digest, KeyFormat, KeyStatus, OrganizationId, Outcome, PresentedKey, Scopes};

use super::index::{Entry, Index};
use crate::subkeys::Subkeys;

/// What is asked.
pub(crate) struct Question<'a> {
    /// What the caller presented as a key.
    pub(crate) presented: &'a str,
    /// Whose keys count; `None` where a key speaks for itself.
    pub(crate) organization: Option<OrganizationId>,
    /// By whose rules it is read, and of whose dialect it must be; `None` where a key speaks for itself: then by
    /// its own organization's.
    pub(crate) dialect: Option<Dialect>,
    pub(crate) wanted: &'a Scopes,
    pub(crate) address: Option<IpAddr>,
    pub(crate) now: DateTime<Utc>,
}

/// How it ended.
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    /// The key, from `revoked` on: before that there is none.
    pub(crate) entry: Option<Arc<Entry>>,
    pub(crate) missing: Scopes,
}

impl Answer {
    pub(crate) fn without_key(outcome: Outcome) -> Self {
        Self { outcome, entry: None, missing: Scopes::default() }
    }
}

/// Decides. The order is part of the contract: what is said of a key never depends on what it
/// would be refused for later.
pub(crate) fn decide(index: &Index, subkeys: &Subkeys, question: &Question<'_>) -> Answer {
    if question.presented.is_empty() {
        return Answer::without_key(Outcome::Missing);
    }
    let read = match question.dialect {
        // Refused by its form alone, without a look-up.
        Some(dialect) => match PresentedKey::parse(dialect, question.presented) {
            Ok(read) => Some(read),
            Err(_) => return Answer::without_key(Outcome::Malformed),
        },
        None if question.presented.len() > KEY_MAX => return Answer::without_key(Outcome::Malformed),
        None => None,
    };
    let digest = subkeys.key_digest(&Digest::of_text(question.presented));
    let Some(entry) = index.find(&digest) else {
        let native = question.dialect.is_some() || KeyFormat::parse(question.presented).is_ok();
        return Answer::without_key(if native { Outcome::Unknown } else { Outcome::Malformed });
    };
    let ours = question.organization.is_none_or(|organization| organization == entry.key.organization_id)
        && question.dialect.is_none_or(|dialect| dialect == entry.dialect);
    // The hint holds what a key begins with: a record that was registered for another text is unknown.
    let fits = read.or_else(|| PresentedKey::parse(entry.dialect, question.presented).ok()).is_some_and(|read| {
        read.environment.is_none_or(|environment| environment == entry.key.environment)
            && read.kind.is_none_or(|kind| kind == entry.key.kind)
            && read.has_hint(&entry.hint)
    });
    if !ours || !fits {
        return Answer::without_key(Outcome::Unknown);
    }
    let (outcome, missing) = judge(&entry, question);
    Answer { outcome, entry: Some(entry), missing }
}

fn judge(entry: &Entry, question: &Question<'_>) -> (Outcome, Scopes) {
    let outcome = match KeyStatus::of(entry.revoked, entry.key.expires_at, entry.enabled, question.now) {
        KeyStatus::Revoked => Outcome::Revoked,
        KeyStatus::Expired => Outcome::Expired,
        KeyStatus::Disabled => Outcome::Disabled,
        KeyStatus::Active if !may_call_from(entry, question.address) => Outcome::AddressRefused,
        KeyStatus::Active if !entry.key.scopes.cover(question.wanted) && !has_full_access(entry) => {
            return (Outcome::MissingScope, entry.key.scopes.missing(question.wanted));
        }
        KeyStatus::Active => Outcome::Accepted,
    };
    (outcome, Scopes::default())
}

/// Where the dialect has a scope that stands for every other.
fn has_full_access(entry: &Entry) -> bool {
    let full = entry.dialect.contract().full_access;
    full.is_some_and(|full| entry.key.scopes.0.iter().any(|scope| scope.as_str() == full))
}

/// A key that is bound to addresses is refused where none is known.
fn may_call_from(entry: &Entry, address: Option<IpAddr>) -> bool {
    entry.allowed_addresses.is_empty()
        || address.is_some_and(|address| entry.allowed_addresses.iter().any(|range| range.contains(address)))
}
