//! The matrix of `docs/roles.md` through real requests: every route, asked by everybody. A route that is
//! not in the table is found by the first test here.

use std::collections::BTreeSet;

use keydeck_domain::api::invitations::IssuedInvitation;
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::sessions::IssuedSession;
use keydeck_domain::{Key, KeyId, Role};
use serde_json::{Value, json};

use crate::support::world::{PASSWORD, email};
use crate::support::{As, World, new_key, register};

/// Who asks, in the order of the cells. The stranger owns another organization.
const CALLERS: [&str; 8] = ["owner", "admin", "member", "viewer", "stranger", "anonymous", "key", "verifier"];

/// What is made anew for each cell, so that no cell depends on another. Its id stands for `{id}` in the
/// path, or its token or secret in the body.
#[derive(Clone, Copy)]
enum Target {
    /// Nothing is needed.
    None,
    /// A key that another member made.
    Key,
    /// A key that the caller made, where he can.
    OwnKey,
    /// A key that is to be.
    NewKey,
    Verifier,
    /// A further member with this role.
    Member(Role),
    /// The caller himself; where he is no member, somebody else who is none either.
    Himself,
    /// An invitation to be this.
    Invitation(Role),
    Webhook,
    /// A further session of the caller's, where he is a person.
    Session,
}

struct Row {
    method: &'static str,
    route: &'static str,
    target: Target,
    body: fn(&Prepared) -> Value,
    expected: [u16; 8],
}

/// What a cell has to ask with.
struct Prepared {
    id: String,
    secret: String,
    /// Different in every cell.
    unique: String,
}

const fn row(method: &'static str, route: &'static str, target: Target, body: fn(&Prepared) -> Value, expected: [u16; 8]) -> Row {
    Row { method, route, target, body, expected }
}

fn nothing(_: &Prepared) -> Value {
    Value::Null
}

fn key_with(prefix: &str, scope: &str) -> Value {
    let mut key = new_key("A key");
    key.scopes = [scope.parse().unwrap()].into_iter().collect();
    json!(register(prefix, key).1)
}

fn table() -> Vec<Row> {
    use Target::{Himself, Invitation, Key, Member, NewKey, None, OwnKey, Session, Verifier, Webhook};
    const EVERYBODY: [u16; 8] = [200; 8];
    // Whoever is signed in.
    const PERSONS: [u16; 8] = [200, 200, 200, 200, 200, 401, 401, 401];
    const PERSONS_END: [u16; 8] = [204, 204, 204, 204, 204, 401, 401, 401];
    // Within the organization.
    const VIEWERS: [u16; 8] = [200, 200, 200, 200, 404, 401, 401, 401];
    const LEAVING: [u16; 8] = [204, 204, 204, 204, 404, 401, 401, 401];
    const MEMBERS: [u16; 8] = [200, 200, 200, 403, 404, 401, 401, 401];
    const MEMBERS_MAKE: [u16; 8] = [201, 201, 201, 403, 404, 401, 401, 401];
    const ADMINS: [u16; 8] = [200, 200, 403, 403, 404, 401, 401, 401];
    const ADMINS_MAKE: [u16; 8] = [201, 201, 403, 403, 404, 401, 401, 401];
    const ADMINS_END: [u16; 8] = [204, 204, 403, 403, 404, 401, 401, 401];
    const OWNERS: [u16; 8] = [200, 403, 403, 403, 404, 401, 401, 401];
    const OWNERS_MAKE: [u16; 8] = [201, 403, 403, 403, 404, 401, 401, 401];
    const OWNERS_END: [u16; 8] = [204, 403, 403, 403, 404, 401, 401, 401];
    const O: &str = "/v1/organizations/{organization}";
    const MEMBER: &str = "/v1/organizations/{organization}/members/{id}";
    const INVITATIONS: &str = "/v1/organizations/{organization}/invitations";
    const INVITATION: &str = "/v1/organizations/{organization}/invitations/{id}";
    const KEYS: &str = "/v1/organizations/{organization}/keys";
    const KEY: &str = "/v1/organizations/{organization}/keys/{id}";
    const REVOKE: &str = "/v1/organizations/{organization}/keys/{id}/revoke";
    const VERIFIERS: &str = "/v1/organizations/{organization}/verifiers";
    const WEBHOOKS: &str = "/v1/organizations/{organization}/webhooks";
    vec![
        // What a person does about himself.
        row("post", "/v1/sessions", None, |_| json!({ "email": email("viewer"), "password": PASSWORD }), [201; 8]),
        row("get", "/v1/sessions", None, nothing, PERSONS),
        row("get", "/v1/sessions/current", None, nothing, PERSONS),
        row("delete", "/v1/sessions/current", None, nothing, PERSONS_END),
        row("delete", "/v1/sessions/{id}", Session, nothing, PERSONS_END),
        row("patch", "/v1/account", None, |cell| json!({ "name": cell.unique }), PERSONS),
        row("put", "/v1/account/password", None, |_| json!({ "current": PASSWORD, "new": PASSWORD }), PERSONS_END),
        // How one comes in.
        row(
            "post",
            "/v1/claim",
            None,
            |_| json!({ "token": format!("kdc_{}", "x".repeat(43)), "email": "a@example.org", "name": "A", "password": PASSWORD, "organization": "A", "prefix": "aa" }),
            [409; 8],
        ),
        row("post", "/v1/invitations/look", Invitation(Role::Viewer), |cell| json!({ "token": cell.secret }), EVERYBODY),
        row(
            "post",
            "/v1/invitations/accept",
            Invitation(Role::Viewer),
            |cell| json!({ "token": cell.secret, "name": "New", "password": PASSWORD }),
            [201; 8],
        ),
        row("get", "/join", None, nothing, EVERYBODY),
        row("get", INVITATIONS, None, nothing, ADMINS),
        row("post", INVITATIONS, None, |cell| json!({ "email": email(&cell.unique), "role": "viewer" }), ADMINS_MAKE),
        row("post", INVITATIONS, None, |cell| json!({ "email": email(&cell.unique), "role": "admin" }), ADMINS_MAKE),
        row("post", INVITATIONS, None, |cell| json!({ "email": email(&cell.unique), "role": "owner" }), OWNERS_MAKE),
        row("delete", INVITATION, Invitation(Role::Viewer), nothing, ADMINS_END),
        row("delete", INVITATION, Invitation(Role::Owner), nothing, OWNERS_END),
        // Organizations and their members.
        row("get", "/v1/organizations", None, nothing, PERSONS),
        row(
            "post",
            "/v1/organizations",
            None,
            |cell| json!({ "name": cell.unique, "prefix": "more" }),
            [201, 403, 403, 403, 201, 401, 401, 401],
        ),
        row("get", O, None, nothing, VIEWERS),
        row("patch", O, None, |cell| json!({ "presets": [{ "name": cell.unique, "scopes": ["read"] }] }), ADMINS),
        row("patch", O, None, |cell| json!({ "name": cell.unique }), OWNERS),
        row("patch", O, None, |_| json!({ "prefix": "kd" }), OWNERS),
        row("get", "/v1/organizations/{organization}/limits", None, nothing, VIEWERS),
        row("put", "/v1/organizations/{organization}/limits", None, |_| json!({ "items": [] }), ADMINS),
        row("get", "/v1/organizations/{organization}/members", None, nothing, VIEWERS),
        row("patch", MEMBER, Member(Role::Viewer), |_| json!({ "role": "admin" }), ADMINS),
        row("patch", MEMBER, Member(Role::Viewer), |_| json!({ "role": "owner" }), OWNERS),
        row("patch", MEMBER, Member(Role::Owner), |_| json!({ "role": "viewer" }), OWNERS),
        row("patch", MEMBER, Himself, |_| json!({ "role": "owner" }), OWNERS),
        row("delete", MEMBER, Member(Role::Admin), nothing, ADMINS_END),
        row("delete", MEMBER, Member(Role::Owner), nothing, OWNERS_END),
        row("delete", MEMBER, Himself, nothing, LEAVING),
        // Keys.
        row("get", KEYS, None, nothing, VIEWERS),
        row("post", KEYS, None, |_| json!(new_key("A key")), MEMBERS_MAKE),
        row("put", KEY, NewKey, |_| key_with("kd", "read"), MEMBERS_MAKE),
        row("put", KEY, NewKey, |_| key_with("kd", "admin"), ADMINS_MAKE),
        row("get", KEY, Key, nothing, VIEWERS),
        row("patch", KEY, Key, |_| json!({ "note": "changed" }), ADMINS),
        row("patch", KEY, OwnKey, |_| json!({ "note": "changed" }), MEMBERS),
        row("patch", KEY, OwnKey, |_| json!({ "scopes": ["admin"] }), ADMINS),
        row("post", REVOKE, Key, nothing, ADMINS),
        row("post", REVOKE, OwnKey, nothing, MEMBERS),
        // Verifiers and the log.
        row("get", VERIFIERS, None, nothing, VIEWERS),
        row("post", VERIFIERS, None, |cell| json!({ "name": cell.unique }), ADMINS_MAKE),
        row("delete", "/v1/organizations/{organization}/verifiers/{id}", Verifier, nothing, ADMINS_END),
        // Alerts and webhooks.
        row("get", "/v1/organizations/{organization}/alerts", None, nothing, VIEWERS),
        row("get", WEBHOOKS, None, nothing, ADMINS),
        row("post", WEBHOOKS, None, |cell| json!({ "name": cell.unique, "url": "https://hooks.example.org/" }), ADMINS_MAKE),
        row("delete", "/v1/organizations/{organization}/webhooks/{id}", Webhook, nothing, ADMINS_END),
        row("post", "/v1/organizations/{organization}/webhooks/{id}/test", Webhook, nothing, ADMINS),
        row("get", "/v1/organizations/{organization}/audit", None, nothing, ADMINS),
        row("get", "/v1/organizations/{organization}/audit/head", None, nothing, VIEWERS),
        row("get", "/v1/organizations/{organization}/audit/export", None, nothing, ADMINS),
        row("get", "/v1/organizations/{organization}/audit/check", None, nothing, ADMINS),
        // What was counted.
        row("get", "/v1/organizations/{organization}/usage", None, nothing, VIEWERS),
        row("get", "/v1/organizations/{organization}/usage/export", None, nothing, VIEWERS),
        row("get", "/v1/organizations/{organization}/usage/stale", None, nothing, VIEWERS),
        row("get", "/v1/organizations/{organization}/usage/sparklines", None, nothing, VIEWERS),
        row("get", "/v1/organizations/{organization}/usage/keys/{id}", Key, nothing, VIEWERS),
        // What is asked about keys, and about the server.
        row("post", "/v1/verify", Key, |cell| json!({ "key": cell.secret }), [401, 401, 401, 401, 401, 401, 401, 200]),
        row("get", "/v1/self", None, nothing, [401, 401, 401, 401, 401, 401, 200, 401]),
        row("get", "/v1/meta", None, nothing, EVERYBODY),
        row("get", "/livez", None, nothing, [204; 8]),
        row("get", "/readyz", None, nothing, [204; 8]),
        row("get", "/openapi.json", None, nothing, EVERYBODY),
    ]
}

#[tokio::test]
async fn every_route_is_in_the_table() {
    let world = World::new().await;
    let document = world.anonymous.get("/openapi.json").await.is(200).value();
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| methods.as_object().unwrap().keys().map(|method| (method.clone(), path.clone())))
        .collect();
    let tested: BTreeSet<_> = table().iter().map(|row| (row.method.to_owned(), row.route.to_owned())).collect();
    assert_eq!(tested, described);
}

#[tokio::test]
async fn every_route_as_everybody_cell_by_cell() {
    let world = World::new().await;
    // So that the owner is not the last one, which is another test's.
    world.person("heir", Role::Owner).await;
    let mut wrong = Vec::new();
    for (number, row) in table().iter().enumerate() {
        for (caller, expected) in CALLERS.into_iter().zip(row.expected) {
            let unique = format!("row-{number}-{caller}");
            let got = ask(&world, row, caller, unique).await;
            if got != expected {
                wrong.push(format!("{} {} (row {number}) as {caller}: {got}, not {expected}", row.method, row.route));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Asks once, and puts the caller's role back as it was.
async fn ask(world: &World, row: &Row, caller: &str, unique: String) -> u16 {
    let prepared = prepare(world, row.target, caller, unique).await;
    let path = row.route.replace("{organization}", &world.organization.to_string()).replace("{id}", &prepared.id);
    let path = format!("{path}{}", needed(row.route));
    let organization: Organization =
        world.sign_in("heir").await.get(&format!("/v1/organizations/{}", world.organization)).await.is(200).read();
    let version = match row.route.rsplit('/').next() {
        Some("{organization}") => organization.version,
        // Never set to anything else than they are.
        Some("limits") => 0,
        _ => 1,
    };
    let if_match = format!("\"{version}\"");
    let headers = [("content-type", "application/json"), ("if-match", &if_match), ("idempotency-key", &prepared.unique)];
    let body = (row.body)(&prepared);
    let body = (!body.is_null()).then(|| body.to_string().into_bytes());
    let by = as_caller(world, caller).await;
    let status = by.send(&row.method.to_uppercase(), &path, &headers, body).await.status.as_u16();
    if let Some(role) = role_of(caller) {
        world.server.add_member(world.organization, world.id_of(caller).await, role).await.unwrap();
    }
    status
}

/// The query without which a route says nothing.
fn needed(route: &str) -> String {
    const DAY: &str = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&step=hour";
    match route.split_once("/{organization}/").map(|(_, rest)| rest) {
        Some("audit/export") => "?format=json".to_owned(),
        Some("usage") => format!("?{DAY}"),
        Some("usage/export") => format!("?{DAY}&format=csv"),
        Some("usage/stale") => "?days=90".to_owned(),
        Some("usage/sparklines") => format!("?keys={}", KeyId::generate()),
        _ => String::new(),
    }
}

fn role_of(caller: &str) -> Option<Role> {
    caller.parse().ok()
}

/// A session or a secret of its own for each cell: some rows end it.
async fn as_caller(world: &World, caller: &str) -> As {
    match caller {
        "anonymous" => world.anonymous.clone(),
        "verifier" => world.verifier.clone(),
        "key" => {
            let (_, secret) = make(world, "heir").await;
            As::bearer(world.address, &secret)
        }
        person => world.sign_in(person).await,
    }
}

/// A key that this person made, with its secret.
async fn make(world: &World, by: &str) -> (Key, String) {
    let (key, secret) = world.make(&world.sign_in(by).await, new_key("A key")).await;
    // Exposed to be sent: a test's own secret.
    (key, secret.expose().to_owned())
}

async fn prepare(world: &World, target: Target, caller: &str, unique: String) -> Prepared {
    let heir = world.sign_in("heir").await;
    let base = format!("/v1/organizations/{}", world.organization);
    let (id, secret) = match target {
        Target::None => (String::new(), String::new()),
        Target::Key => {
            let (key, secret) = make(world, "other_member").await;
            (key.id.to_string(), secret)
        }
        Target::OwnKey => {
            let can = role_of(caller).is_some_and(|role| role >= Role::Member);
            let (key, secret) = make(world, if can { caller } else { "other_member" }).await;
            (key.id.to_string(), secret)
        }
        Target::NewKey => (KeyId::generate().to_string(), String::new()),
        Target::Verifier => {
            let made = heir.post(&format!("{base}/verifiers"), &json!({ "name": unique })).await.is(201).value();
            (made["verifier"]["id"].as_str().unwrap().to_owned(), String::new())
        }
        Target::Webhook => {
            // It leads to this machine, and so nowhere.
            let wanted = json!({ "name": unique, "url": "https://localhost/" });
            let made = heir.post(&format!("{base}/webhooks"), &wanted).await.is(201).value();
            (made["webhook"]["id"].as_str().unwrap().to_owned(), String::new())
        }
        Target::Member(role) => (world.person(&unique, role).await.to_string(), String::new()),
        Target::Himself => {
            let person = if role_of(caller).is_some() { caller } else { "stranger" };
            (world.id_of(person).await.to_string(), String::new())
        }
        Target::Invitation(role) => {
            let wanted = json!({ "email": email(&unique), "role": role });
            let issued: IssuedInvitation = heir.post(&format!("{base}/invitations"), &wanted).await.is(201).read();
            // Exposed to be sent: a test's own invitation.
            (issued.invitation.id.to_string(), issued.token.expose().to_owned())
        }
        Target::Session => {
            let person = if role_of(caller).is_some() || caller == "stranger" { caller } else { "heir" };
            let issued: IssuedSession = world.server.issue_session(&email(person)).await.unwrap();
            (issued.session.id.to_string(), String::new())
        }
    };
    Prepared { id, secret, unique }
}
