//! One call for every dialect's route: is the key in this request good for what it wants here? Decided in memory,
//! taken from the limits, counted.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::HeaderMap;
use keydeck_domain::tenant::TenantId;
use keydeck_domain::{Dialect, OrganizationId, Outcome, RouteTag, Scopes};

use super::carried::{Carried, carried};
use crate::limits::{Limits, Taken};
use crate::server::Server;
use crate::usage::cell::{CountedKey, Verification};
use crate::verify::decide::{Answer, Question, decide};
use crate::verify::index::Entry;

/// What is asked of a request.
pub(crate) struct Ask<'a> {
    /// Whose keys count; `None` for those of every organization of the dialect.
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) headers: &'a HeaderMap,
    /// The tenant that the request names. Where the dialect has a header for it and this is `None`, no key is good.
    pub(crate) tenant: Option<&'a TenantId>,
    /// What the route needs.
    pub(crate) wanted: &'a Scopes,
    pub(crate) address: Option<IpAddr>,
    pub(crate) user_agent: Option<&'a str>,
    /// What is called, as the usage figures name it.
    pub(crate) route: Option<&'a RouteTag>,
    pub(crate) now: DateTime<Utc>,
}

/// How it ended.
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    /// The key, where there is one: never for missing, malformed and unknown.
    pub(crate) entry: Option<Arc<Entry>>,
    /// What was wanted and the key lacks; empty but for `MissingScope`.
    pub(crate) missing: Scopes,
    /// What the limits say, where they were asked: for a key that is good apart from them. To be held while the
    /// request runs, because it counts among those at once.
    pub(crate) taken: Option<Taken>,
}

/// Judges a request by its headers, and counts it.
pub(crate) fn judge(server: &Server, dialect: Dialect, ask: &Ask<'_>) -> Verdict {
    judge_held(server, dialect, ask, true)
}

/// The same where nobody tells when the request has ended: it is not one of those at once.
pub(crate) fn judge_unheld(server: &Server, dialect: Dialect, ask: &Ask<'_>) -> Verdict {
    judge_held(server, dialect, ask, false)
}

fn judge_held(server: &Server, dialect: Dialect, ask: &Ask<'_>, held: bool) -> Verdict {
    let parts = &server.parts;
    let mut answer = match carried(dialect.contract(), ask.headers) {
        Carried::Nothing => Answer::without_key(Outcome::Missing),
        Carried::Disagreeing | Carried::Unusable => Answer::without_key(Outcome::Malformed),
        Carried::Key(presented) => {
            let question = Question {
                presented,
                organization: ask.organization,
                dialect: Some(dialect),
                wanted: ask.wanted,
                address: ask.address,
                now: ask.now,
            };
            decide(&parts.index, &parts.subkeys, &question)
        }
    };
    if let Some(entry) = &answer.entry {
        match parts.organizations.find(entry.key.organization_id) {
            // Set aside, because it was changed from outside: none of its keys is good.
            None => answer = Answer::without_key(Outcome::Unknown),
            Some(organization) => {
                let rightly = dialect.contract().tenant_header.is_none()
                    || (ask.tenant.is_some() && ask.tenant == organization.tenant.as_ref());
                // After what is said of the key itself, before what it may do.
                let later = matches!(answer.outcome, Outcome::Accepted | Outcome::AddressRefused | Outcome::MissingScope);
                if later && !rightly {
                    (answer.outcome, answer.missing) = (Outcome::WrongTenant, Scopes::default());
                }
            }
        }
    }
    let Answer { mut outcome, entry, missing } = answer;
    // Asked only of a key that is good: one that is refused costs its organization nothing.
    let taken = match (&entry, outcome) {
        (Some(entry), Outcome::Accepted) => {
            let key = &entry.key;
            let limits = &parts.limits;
            let take = if held { Limits::take } else { Limits::take_unheld };
            Some(take(limits, key.organization_id, key.id, key.environment, ask.now))
        }
        _ => None,
    };
    if let Some(refused) = taken.as_ref().and_then(|taken| taken.refused.as_ref()) {
        outcome = refused.outcome;
    }
    parts.usage.note(&Verification {
        // An id that anybody wrote into a URL is nobody's, and counted nowhere.
        organization: entry
            .as_ref()
            .map(|entry| entry.key.organization_id)
            .or_else(|| ask.organization.filter(|id| parts.organizations.find(*id).is_some())),
        key: entry.as_deref().map(counted),
        outcome,
        at: ask.now,
        route: ask.route,
        scopes: Some(ask.wanted),
        address: ask.address,
        user_agent: ask.user_agent,
    });
    if let (Outcome::Accepted, Some(entry)) = (outcome, &entry) {
        parts.last_used.note(&entry.last_used, ask.now);
    }
    Verdict { outcome, entry, missing, taken }
}

/// What is counted of a key. Asked before its last use is noted, which is then still the one before.
fn counted(entry: &Entry) -> CountedKey {
    CountedKey { id: entry.key.id, environment: entry.key.environment, before: entry.last_used.get() }
}
