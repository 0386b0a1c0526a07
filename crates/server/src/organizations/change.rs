//! How organizations are made and changed.

use keydeck_domain::api::audit::Action;
use keydeck_domain::api::organizations::{NewOrganization, Organization, OrganizationChange};
use keydeck_domain::key::Person;
use keydeck_domain::{Permission, Role, Scopes};
use serde_json::{Map, Value, json};
use sqlx::{Row, SqliteConnection};

use super::index::Known;
use super::people::insert_organization;
use super::record::{self, OrganizationRecord};
use super::repeat::Repeatable;
use super::rules;
use crate::audit::chain::Event;
use crate::audit::difference::difference;
use crate::auth::member::Member;
use crate::error::Error;
use crate::server::{Parts, Server};
use crate::store::Writing;
use crate::subkeys::{Subkeys, Tag};
use crate::web::version::Expected;

/// Most organizations of one server.
pub(crate) const ORGANIZATIONS_MAX: i64 = 100;

/// How a request for a new organization ended.
pub(super) enum Made {
    /// There is a new one.
    New(Organization),
    /// It was a repeat: the organization as it is now.
    Repeated(Organization),
}

/// `POST /v1/organizations`.
pub(super) async fn create(server: Server, by: Person, token: Option<Tag>, wanted: NewOrganization) -> Result<Made, Error> {
    let parts = &server.parts;
    let repeatable = token.map(|token| Repeatable::new(by.id, token, &wanted));
    // A second request with the same token waits here until the first is done.
    let mut writing = parts.store.write().await?;
    if let Some(repeatable) = &repeatable
        && let Some(id) = repeatable.earlier(&mut writing).await?
    {
        // Who left it since may not know how it is now.
        let role = record::role(&mut writing, &parts.subkeys, id, by.id).await?.ok_or(Error::NotFound)?;
        let made = record::find(&mut writing, id).await?.ok_or_else(|| Error::Damaged(format!("organization {id} is gone")))?;
        return Ok(Made::Repeated(made.seen_by(role)));
    }
    let known = insert_as(parts, &mut writing, &by, &wanted).await?;
    if let Some(repeatable) = &repeatable {
        repeatable.made(&mut writing, known.id).await?;
    }
    let made = record::find(&mut writing, known.id).await?;
    let turn = writing.commit().await?;
    parts.organizations.put(known);
    drop(turn);
    let made = made.ok_or_else(|| Error::Internal("an organization was gone as soon as it was made".to_owned()))?;
    Ok(Made::New(made.seen_by(Role::Owner)))
}

/// Adds an organization that a person makes: who owns one on this server may, while there is room. What comes back is
/// put into the index when it is committed.
pub(crate) async fn insert_as(
    parts: &Parts,
    writing: &mut Writing,
    by: &Person,
    wanted: &NewOrganization,
) -> Result<Known, Error> {
    if !owns_one(writing, &parts.subkeys, by).await? {
        // There is no organization whose audit log it could stand in.
        tracing::warn!(user = %by.id, "a new organization was refused: the caller owns none");
        return Err(Error::Forbidden { missing: None });
    }
    let there: i64 = sqlx::query_scalar("SELECT count(*) FROM organizations").fetch_one(&mut **writing).await?;
    if there >= ORGANIZATIONS_MAX {
        return Err(Error::Conflict("this server has as many organizations as it takes"));
    }
    insert_organization(parts, writing, wanted, by, Some(by)).await
}

/// Whether a person may make another organization.
pub(crate) async fn owns_one(connection: &mut SqliteConnection, subkeys: &Subkeys, person: &Person) -> Result<bool, Error> {
    for organization in record::of_user(connection, person.id).await? {
        let role = record::role(connection, subkeys, organization, person.id).await?;
        if role.is_some_and(|role| role.may(Permission::CreateOrganization)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `PATCH /v1/organizations/{organization}`.
pub(super) async fn change(
    server: Server,
    caller: Member,
    expected: Expected,
    wanted: OrganizationChange,
) -> Result<Organization, Error> {
    let parts = &server.parts;
    let mut writing = parts.store.write().await?;
    let Member { person, role, organization: before, .. } = caller.asked_again(&mut writing, &parts.subkeys).await?;
    let renames = wanted.name.is_some() || wanted.prefix.is_some();
    if !role.may(Permission::EditCatalogue) || (renames && !role.may(Permission::RenameOrganization)) {
        return Err(Error::Forbidden { missing: None });
    }
    if !expected.is(before.version) {
        return Err(Error::OrganizationChanged(Box::new(before.seen_by(role))));
    }
    let mut after = apply(before.clone(), wanted);
    if after.prefix != before.prefix {
        rules::check_prefix(&after.prefix)?;
    }
    rules::check(&after)?;
    if after == before {
        return Ok(before.seen_by(role));
    }
    nothing_in_use_goes(&mut writing, &before, &after).await?;
    after.version += 1;
    record::update(&mut writing, &after).await?;
    let (old, new) = recorded_change(&before, &after);
    let event = Event {
        organization: after.id,
        actor: Some(&person),
        action: Action::OrganizationUpdated,
        target: after.id.to_string(),
        before: Some(old),
        after: Some(new),
    };
    parts.audit(&mut writing, event).await?;
    drop(writing.commit().await?);
    Ok(after.seen_by(role))
}

fn apply(mut organization: OrganizationRecord, wanted: OrganizationChange) -> OrganizationRecord {
    let OrganizationChange { name, prefix, scopes, presets } = wanted;
    organization.name = name.unwrap_or(organization.name);
    organization.prefix = prefix.unwrap_or(organization.prefix);
    organization.presets = presets.unwrap_or(organization.presets);
    if let Some(mut scopes) = scopes {
        for definition in &mut scopes {
            definition.description = definition.description.trim().to_owned();
        }
        organization.catalogue = scopes;
    }
    organization
}

/// Refuses to take a scope away that keys have. An expired key counts: it can be given more time.
async fn nothing_in_use_goes(
    connection: &mut SqliteConnection,
    before: &OrganizationRecord,
    after: &OrganizationRecord,
) -> Result<(), Error> {
    let kept: Scopes = after.scopes().cloned().collect();
    let gone: Vec<_> = before.scopes().filter(|scope| !kept.0.contains(*scope)).collect();
    if gone.is_empty() {
        return Ok(());
    }
    // One pass, whatever goes: many keys share few sets of scopes.
    let sets =
        sqlx::query("SELECT scopes, count(*) AS keys FROM keys WHERE organization_id = ? AND revoked_at IS NULL GROUP BY scopes")
            .bind(before.id.0)
            .fetch_all(connection)
            .await?;
    for scope in gone {
        let mut keys = 0_u32;
        for set in &sets {
            if set.try_get::<String, _>("scopes")?.split_ascii_whitespace().any(|word| word == scope.as_str()) {
                keys += set.try_get::<u32, _>("keys")?;
            }
        }
        if keys > 0 {
            return Err(Error::ScopeInUse { scope: scope.clone(), keys });
        }
    }
    Ok(())
}

/// The fields that differ, as the audit log holds them. Of scopes the names are enough; of those that
/// are only described otherwise, which they are.
fn recorded_change(before: &OrganizationRecord, after: &OrganizationRecord) -> (Value, Value) {
    let (old, mut new) = difference(recorded(before), recorded(after));
    let described: Vec<_> = after
        .catalogue
        .iter()
        .filter(|new| before.catalogue.iter().any(|old| old.scope == new.scope && old.description != new.description))
        .map(|definition| &definition.scope)
        .collect();
    if let (Value::Object(fields), false) = (&mut new, described.is_empty()) {
        fields.insert("described".to_owned(), json!(described));
    }
    (old, new)
}

fn recorded(organization: &OrganizationRecord) -> Value {
    let presets: Map<String, Value> =
        organization.presets.iter().map(|preset| (preset.name.to_string(), json!(preset.scopes))).collect();
    json!({
        "name": organization.name,
        "prefix": organization.prefix,
        "scopes": organization.scopes().collect::<Vec<_>>(),
        "presets": presets,
    })
}
