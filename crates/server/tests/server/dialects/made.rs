//! Organizations of other dialects, and keys in them.

use keydeck_domain::api::keys::{IssuedKey, NewKey};
use keydeck_domain::api::organizations::NewOrganization;
use keydeck_domain::{Dialect, Environment, Key, KeyId, KeyKind, OrganizationId, Outcome};
use serde_json::{Value, json};

use crate::support::{Answer, World, new_key};

/// An organization of this dialect, owned by the world's owner.
pub async fn organization(world: &World, dialect: Dialect, tenant: Option<&str>) -> OrganizationId {
    let wanted = NewOrganization {
        name: dialect.contract().title.parse().unwrap(),
        prefix: "kd".parse().unwrap(),
        dialect,
        tenant: tenant.map(|tenant| tenant.parse().unwrap()),
    };
    world.server.add_organization_of(wanted, world.id_of("owner").await).await.unwrap()
}

/// A secret key for live data with these scopes.
pub fn wanted(scopes: &str) -> NewKey {
    let scopes = scopes.split_whitespace().map(|scope| scope.parse().unwrap()).collect();
    NewKey { environment: Environment::Live, kind: KeyKind::Secret, scopes, ..new_key("Worker") }
}

/// Makes a key as its owner does; gives its record and its text.
pub async fn key(world: &World, organization: OrganizationId, wanted: NewKey) -> (Key, String) {
    let once = KeyId::generate().to_string();
    let path = format!("/v1/organizations/{organization}/keys");
    let answer = world.owner.json("POST", &path, &[("idempotency-key", &once)], &wanted).await.is(201);
    let issued: IssuedKey = answer.read();
    // Exposed to be sent: a test's own secret.
    (issued.key, issued.secret.unwrap().expose().to_owned())
}

/// Where a key is changed.
pub fn path(organization: OrganizationId, id: KeyId) -> String {
    format!("/v1/organizations/{organization}/keys/{id}")
}

/// Keys of this organization that are not good: unknown, revoked, disabled, expired, of an address that is not ours.
pub async fn refused(world: &World, organization: OrganizationId, wanted: &NewKey) -> Vec<(&'static str, String)> {
    let make = async || key(world, organization, wanted.clone()).await;
    let (revoked, revoked_text) = make().await;
    world.owner.send("POST", &format!("{}/revoke", path(organization, revoked.id)), &[], None).await.is(200);
    let (disabled, disabled_text) = make().await;
    world.owner.patch(&path(organization, disabled.id), 1, &json!({ "enabled": false })).await.is(200);
    let (bound, bound_text) = make().await;
    let elsewhere = json!({ "allowed_addresses": ["203.0.113.0/24"] });
    world.owner.patch(&path(organization, bound.id), 1, &elsewhere).await.is(200);
    let expires = crate::support::soon();
    let (_, expired_text) = key(world, organization, NewKey { expires_at: Some(expires), ..wanted.clone() }).await;
    crate::support::passed(expires).await;
    let unknown = format!("{}{}", &revoked_text[..revoked_text.len() - 4], "0000");
    vec![
        ("unknown", unknown),
        ("revoked", revoked_text),
        ("expired", expired_text),
        ("disabled", disabled_text),
        ("from elsewhere", bound_text),
    ]
}

/// How the verifications of an organization ended, as its owner sees them: by the outcomes' words.
pub async fn counted(world: &World, organization: OrganizationId) -> Vec<(Outcome, u64)> {
    world.server.flush_usage().await.unwrap();
    let stamp = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (from, to) = (chrono::Utc::now() - chrono::TimeDelta::days(1), chrono::Utc::now() + chrono::TimeDelta::hours(1));
    let query = format!("from={}&to={}&step=hour&group=outcome", stamp(from), stamp(to));
    let usage = world.owner.get(&format!("/v1/organizations/{organization}/usage?{query}")).await.is(200).value();
    let mut series = usage["series"].as_array().unwrap().clone();
    series.sort_by_key(|one| one["group"]["outcome"].to_string());
    series
        .iter()
        .map(|one| (serde_json::from_value(one["group"]["outcome"].clone()).unwrap(), one["total"].as_u64().unwrap()))
        .filter(|(_, total)| *total > 0)
        .collect()
}

/// The body, as it stands.
pub fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

/// The body as JSON, without regard to the order of its fields.
#[track_caller]
pub fn is_json(answer: &Answer, expected: &Value) {
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(&answer.value(), expected);
}
