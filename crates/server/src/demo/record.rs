//! The main database of a demonstration: organization, people, verifiers and keys, each with the audit
//! entries of its past.

use chrono::{DateTime, TimeDelta, Utc};
use keydeck_domain::api::audit::Action;
use keydeck_domain::api::keys::NewKey;
use keydeck_domain::api::organizations::{Preset, ScopeDefinition};
use keydeck_domain::api::verifiers::Verifier;
use keydeck_domain::format::random_base62;
use keydeck_domain::key::Person;
use keydeck_domain::{
    Dialect, Digest, Email, KeyFormat, KeyKind, Name, OrganizationId, Outcome, Password, Prefix, Role, Scopes, VerifierId, format,
};
use serde_json::{Map, Value, json};

use super::cast::{CATALOGUE, ORGANIZATION, PEOPLE, PRESETS, VERIFIERS};
use super::plan::{Fate, Planned};
use super::stream::Use;
use super::{Demo, DemoError};
use crate::audit::chain::{Event, append_at};
use crate::audit::difference::difference;
use crate::error::Error;
use crate::keys::row::KeyRow;
use crate::keys::{creation, recorded};
use crate::organizations::people::insert_person;
use crate::organizations::record::{self, OrganizationRecord, member_mac};
use crate::server::Server;
use crate::store::Writing;
use crate::times;
use crate::verifiers::record::StoredVerifier;

/// Rows of one transaction.
const BATCH: usize = 2_000;
/// Who makes keys in the place of one who has left, and who revokes those of others.
const ADMIN: usize = 2;

/// The past, as it goes into the audit log.
type Past<'a> = Vec<(DateTime<Utc>, Event<'a>)>;

/// Somebody of the organization.
struct Somebody {
    person: Person,
    /// `None` has left.
    role: Option<Role>,
    joined_at: DateTime<Utc>,
}

/// Writes all of it into a fresh database.
pub(super) async fn write(
    server: &Server,
    demo: &Demo,
    id: OrganizationId,
    keys: &[Planned],
    uses: &[Use],
) -> Result<(), DemoError> {
    let span = TimeDelta::days(demo.days.into());
    let begun = times::read(times::stored(demo.until - span * 2))?;
    let left_at = demo.until - span / 5;
    let organization = organization(id)?;
    let mut writing = server.parts.store.write().await?;
    insert_organization(&mut writing, &organization, begun).await?;
    let people = people(server, &mut writing, demo, id, begun).await?;
    let verifiers = verifiers(server, &mut writing, id, &people[ADMIN], begun).await?;
    drop(writing.commit().await?);
    tracing::info!(people = people.len(), "people are there");

    let mut past = founding(&organization, &people, begun, left_at);
    past.extend(verifiers.iter().map(|verifier| (verifier.verifier.created_at, verifier.created())));
    for keys in keys.chunks(BATCH).zip(uses.chunks(BATCH)) {
        let mut writing = server.parts.store.write().await?;
        for (key, used) in keys.0.iter().zip(keys.1) {
            let maker = match &people[key.creator] {
                gone if gone.role.is_none() && key.created_at > left_at => &people[ADMIN],
                maker => maker,
            };
            let row = row(server, &organization, key, used, maker)?;
            row.insert(&mut writing, &server.parts.subkeys).await.map_err(Error::from)?;
            tell(&mut past, row, key, &people);
        }
        drop(writing.commit().await?);
    }
    tracing::info!(keys = keys.len(), "keys are made");

    past.sort_by_key(|(at, _)| *at);
    let entries = past.len();
    let mut past = past.into_iter().peekable();
    while past.peek().is_some() {
        let mut writing = server.parts.store.write().await?;
        for (at, event) in past.by_ref().take(BATCH) {
            append_at(&mut writing, &server.parts.subkeys.audit, event, at).await?;
        }
        drop(writing.commit().await?);
    }
    tracing::info!(entries, "the audit log is written");
    Ok(())
}

fn fixed<T: std::str::FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Internal(format!("`{text}` of the demonstration does not fit its rules")))
}

fn scopes(words: &[&str]) -> Result<Scopes, Error> {
    words.iter().map(|word| fixed(word)).collect()
}

fn organization(id: OrganizationId) -> Result<OrganizationRecord, Error> {
    let definition =
        |(scope, description): (&str, &str)| Ok(ScopeDefinition { scope: fixed(scope)?, description: description.to_owned() });
    let preset = |(name, words): (&str, &[&str])| Ok(Preset { name: fixed(name)?, scopes: scopes(words)? });
    Ok(OrganizationRecord {
        id,
        name: fixed::<Name>(ORGANIZATION.0)?,
        prefix: fixed::<Prefix>(ORGANIZATION.1)?,
        dialect: Dialect::Keydeck,
        tenant: None,
        catalogue: CATALOGUE.into_iter().map(definition).collect::<Result<_, Error>>()?,
        presets: PRESETS.into_iter().map(preset).collect::<Result<_, Error>>()?,
        version: 2,
    })
}

async fn insert_organization(writing: &mut Writing, wanted: &OrganizationRecord, begun: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query("INSERT INTO organizations (id, name, prefix, created_at) VALUES (?, ?, ?, ?)")
        .bind(wanted.id.0)
        .bind(wanted.name.as_str())
        .bind(wanted.prefix.as_str())
        .bind(times::stored(begun))
        .execute(&mut **writing)
        .await?;
    record::update(writing, wanted).await
}

/// The owner, who signs in with the password that was given, and the others, with passwords that nobody has.
async fn people(
    server: &Server,
    writing: &mut Writing,
    demo: &Demo,
    id: OrganizationId,
    begun: DateTime<Utc>,
) -> Result<Vec<Somebody>, Error> {
    let owner = (demo.name.clone(), demo.email.clone(), Some(Role::Owner), demo.password.duplicate());
    let mut wanted = vec![owner];
    for (name, email, role) in PEOPLE {
        // Exposed to become a password, of which only the hash is kept.
        let password = Password::new(random_base62(43)?.expose().to_owned());
        wanted.push((fixed(name)?, fixed::<Email>(&format!("{email}@northwind.example"))?, role, password));
    }
    let mut people = Vec::with_capacity(wanted.len());
    for (place, (name, email, role, password)) in (0..).zip(wanted) {
        let joined_at = begun + TimeDelta::hours(2 * place);
        let hash = server.parts.passwords.hash(&password).await?;
        let user = insert_person(writing, &server.parts.subkeys, email, name, &hash).await?;
        sqlx::query("UPDATE users SET created_at = ? WHERE id = ?")
            .bind(times::stored(joined_at))
            .bind(user.id.0)
            .execute(&mut **writing)
            .await?;
        if let Some(role) = role {
            sqlx::query("INSERT INTO members (organization_id, user_id, role, joined_at, mac) VALUES (?, ?, ?, ?, ?)")
                .bind(id.0)
                .bind(user.id.0)
                .bind(role.as_str())
                .bind(times::stored(joined_at))
                .bind(member_mac(&server.parts.subkeys, id, user.id, role).as_slice())
                .execute(&mut **writing)
                .await?;
        }
        people.push(Somebody { person: Person { id: user.id, email: user.email }, role, joined_at });
    }
    Ok(people)
}

/// With secrets that nobody has: who wants to ask makes a verifier of his own.
async fn verifiers(
    server: &Server,
    writing: &mut Writing,
    id: OrganizationId,
    by: &Somebody,
    begun: DateTime<Utc>,
) -> Result<Vec<StoredVerifier>, Error> {
    let mut made = Vec::new();
    for (place, name) in (1..).zip(VERIFIERS) {
        let stored = StoredVerifier {
            organization: id,
            digest: server.parts.subkeys.verifier_digest(&random_base62(43)?),
            verifier: Verifier {
                id: VerifierId::generate(),
                name: fixed(name)?,
                created_at: begun + TimeDelta::hours(40 + 30 * place),
                created_by: by.person.clone(),
                revoked_at: None,
            },
        };
        stored.insert(writing, &server.parts.subkeys).await?;
        made.push(stored);
    }
    Ok(made)
}

/// How the organization began.
fn founding<'a>(
    organization: &OrganizationRecord,
    people: &'a [Somebody],
    begun: DateTime<Utc>,
    left_at: DateTime<Utc>,
) -> Past<'a> {
    let id = organization.id;
    let event = |actor, action, target, before, after| Event { organization: id, actor, action, target, before, after };
    let made = json!({ "name": organization.name, "prefix": organization.prefix });
    let mut past = vec![(begun, event(None, Action::OrganizationCreated, id.to_string(), None, Some(made)))];
    let owner = &people[0].person;
    for somebody in people {
        let role = somebody.role.unwrap_or(Role::Member);
        let added = json!({ "email": somebody.person.email, "role": role });
        let target = somebody.person.id.to_string();
        let actor = (somebody.person != *owner).then_some(owner);
        past.push((somebody.joined_at, event(actor, Action::MemberAdded, target.clone(), None, Some(added.clone()))));
        if somebody.role.is_none() {
            past.push((left_at, event(Some(owner), Action::MemberRemoved, target, Some(added), None)));
        }
    }
    let presets: Map<String, Value> =
        organization.presets.iter().map(|preset| (preset.name.to_string(), json!(preset.scopes))).collect();
    let before = json!({ "scopes": Dialect::Keydeck.contract().catalogue.iter().map(|(scope, _)| scope).collect::<Vec<_>>(), "presets": {} });
    let after = json!({ "scopes": organization.scopes().collect::<Vec<_>>(), "presets": presets });
    let changed = event(Some(owner), Action::OrganizationUpdated, id.to_string(), Some(before), Some(after));
    past.push((begun + TimeDelta::hours(36), changed));
    past
}

/// A key as it is today. Its secret is made as every other's and dropped here: nobody has it.
fn row(
    server: &Server,
    organization: &OrganizationRecord,
    key: &Planned,
    used: &Use,
    maker: &Somebody,
) -> Result<KeyRow, DemoError> {
    let secret = format::generate(&organization.prefix, key.environment).map_err(Error::from)?;
    // Exposed to take the hint, which is what may be shown of it.
    let hint = KeyFormat::parse(secret.expose())
        .map_err(|error| Error::Internal(format!("a generated key was malformed: {error}")))?
        .hint();
    let bound = key.addresses.first().filter(|_| key.bound);
    let range = |address: &std::net::IpAddr| fixed(&format!("{address}/{}", if address.is_ipv4() { 24 } else { 48 }));
    let wanted = NewKey {
        name: fixed(&key.name)?,
        environment: key.environment,
        kind: key.kind,
        scopes: scopes(key.scopes)?,
        expires_at: key.expires_at,
        note: fixed(&key.note)?,
        metadata: key.team.map(|team| ("team".to_owned(), team.to_owned())).into_iter().collect(),
        allowed_addresses: bound.map(range).transpose()?.into_iter().collect(),
    };
    let over = |outcome: Outcome| key.over_at.filter(|_| key.fate == Fate::Over(outcome));
    let (revoked_at, disabled_at) = (over(Outcome::Revoked), over(Outcome::Disabled));
    let changed_at = revoked_at.or(disabled_at);
    Ok(KeyRow {
        organization: organization.id,
        dialect: organization.dialect,
        id: key.id,
        digest: server.parts.subkeys.key_digest(&Digest::of(&secret)),
        creation: creation(&wanted, Some(&hint.to_string())),
        hint,
        name: wanted.name,
        environment: wanted.environment,
        kind: wanted.kind,
        scopes: wanted.scopes,
        note: wanted.note,
        metadata: wanted.metadata,
        allowed_addresses: wanted.allowed_addresses,
        enabled: disabled_at.is_none(),
        expires_at: wanted.expires_at,
        revoked_at,
        created_at: key.created_at,
        created_by: maker.person.clone(),
        creator_left: maker.role.is_none(),
        updated_at: changed_at.unwrap_or(key.created_at),
        last_used_at: used.last_at.map(times::read).transpose()?,
        version: if changed_at.is_some() { 2 } else { 1 },
    })
}

/// How a key came to be as it is.
fn tell<'a>(past: &mut Past<'a>, row: KeyRow, key: &Planned, people: &'a [Somebody]) {
    let place = people.iter().position(|somebody| somebody.person == row.created_by).unwrap_or(ADMIN);
    let made = KeyRow { enabled: true, revoked_at: None, ..row.clone() };
    let event = |by: usize, action, before, after| Event {
        organization: row.organization,
        actor: Some(&people[by].person),
        action,
        target: row.id.to_string(),
        before,
        after: Some(after),
    };
    past.push((row.created_at, event(place, Action::KeyCreated, None, recorded(&made))));
    if row.version > 1 {
        let action = if row.revoked_at.is_some() { Action::KeyRevoked } else { Action::KeyUpdated };
        // Publishable ones stand for all that an admin ends; others are ended by who made them, while he is there.
        let by = if row.creator_left || key.kind == KeyKind::Publishable { ADMIN } else { place };
        let (before, after) = difference(recorded(&made), recorded(&row));
        past.push((row.updated_at, event(by, action, Some(before), after)));
    }
}
