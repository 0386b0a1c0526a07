//! How limits are set.

use keydeck_domain::Permission;
use keydeck_domain::api::limits::{Limits, NewLimits};

use super::record::{self, Stored};
use super::rules;
use crate::auth::member::Member;
use crate::error::Error;
use crate::organizations::record::OrganizationRecord;
use crate::server::Server;
use crate::times;
use crate::web::version::Expected;

/// `PUT /v1/organizations/{organization}/limits`. Who may change what a key can do may change how often.
pub(super) async fn set(server: Server, caller: Member, expected: Expected, wanted: NewLimits) -> Result<Limits, Error> {
    let parts = &server.parts;
    let mut writing = parts.store.write().await?;
    let Member { person, role, organization, .. } = caller.asked_again(&mut writing, &parts.subkeys).await?;
    if !role.may(Permission::EditCatalogue) {
        return Err(Error::Forbidden { missing: None });
    }
    let before = record::find(&mut writing, &parts.subkeys, organization.id).await?;
    if !expected.is(before.version) {
        return Err(Error::LimitsChanged(Box::new(shown(&organization, before))));
    }
    let items = wanted.items;
    rules::check(&items)?;
    if before.items.as_ref() == Some(&items) {
        return Ok(shown(&organization, before));
    }
    let after = record::set(parts, &mut writing, organization.id, Some(&person), &before, &items).await?;
    let turn = writing.commit().await?;
    let now = times::now();
    let limited = parts.limits.put(organization.id, &items, now);
    drop(turn);
    if limited.counts_days() {
        // What was accepted today counts, also from before there was a quota.
        if let Err(error) = server.flush_usage().await {
            tracing::warn!(%error, "counts of usage could not be written before limits were set");
        }
        parts.limits.catch_up(&parts.usage, organization.id, &limited, now).await;
    }
    Ok(shown(&organization, after))
}

/// Limits as a member sees them.
pub(super) fn shown(organization: &OrganizationRecord, stored: Stored) -> Limits {
    let set_aside = stored.items.is_none();
    let items = stored.items.unwrap_or_default();
    Limits { items, plans: organization.dialect.plans(), set_aside, version: stored.version }
}
