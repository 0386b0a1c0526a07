//! Who may call what. Every management route is asked by everybody who may not.

use keydeck_domain::KeyId;
use keydeck_domain::api::problem::ProblemCode;
use serde_json::{Value, json};

use crate::support::{Answer, As, World, new_key, register};

/// Every route that wants a session, with a request that would do something.
fn management(organization: &str, key: &str, verifier: &str) -> Vec<(&'static str, String, Option<Value>)> {
    let base = format!("/v1/organizations/{organization}");
    let (_, registered) = register("kd", new_key("Another"));
    vec![
        ("GET", base.clone(), None),
        ("PATCH", base.clone(), Some(json!({ "presets": [] }))),
        ("GET", format!("{base}/limits"), None),
        ("PUT", format!("{base}/limits"), Some(json!({ "items": [] }))),
        ("GET", format!("{base}/members"), None),
        ("PATCH", format!("{base}/members/{verifier}"), Some(json!({ "role": "viewer" }))),
        ("DELETE", format!("{base}/members/{verifier}"), None),
        ("GET", format!("{base}/keys"), None),
        ("POST", format!("{base}/keys"), Some(json!(new_key("Another")))),
        ("PUT", format!("{base}/keys/{}", KeyId::generate()), Some(json!(registered))),
        ("GET", format!("{base}/keys/{key}"), None),
        ("PATCH", format!("{base}/keys/{key}"), Some(json!({ "note": "changed" }))),
        ("POST", format!("{base}/keys/{key}/revoke"), None),
        ("GET", format!("{base}/verifiers"), None),
        ("POST", format!("{base}/verifiers"), Some(json!({ "name": "Another" }))),
        ("DELETE", format!("{base}/verifiers/{verifier}"), None),
        ("GET", format!("{base}/audit"), None),
        ("GET", format!("{base}/audit/head"), None),
        ("GET", format!("{base}/audit/export?format=csv"), None),
        ("GET", format!("{base}/audit/check"), None),
        ("GET", format!("{base}/invitations"), None),
        ("POST", format!("{base}/invitations"), Some(json!({ "email": "new@example.org", "role": "viewer" }))),
        ("DELETE", format!("{base}/invitations/{verifier}"), None),
    ]
}

async fn ask(by: &As, (method, path, body): &(&'static str, String, Option<Value>)) -> Answer {
    let headers = [("content-type", "application/json"), ("if-match", "\"1\""), ("idempotency-key", "access")];
    by.send(method, path, &headers, body.as_ref().map(|body| body.to_string().into_bytes())).await
}

/// All of an answer but its date.
fn bytes(answer: &Answer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    (answer.status.as_u16(), headers, answer.body.clone())
}

async fn first_verifier(world: &World) -> String {
    let list = world.owner.get(&format!("/v1/organizations/{}/verifiers", world.organization)).await.is(200).value();
    list["items"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn t12_an_ordinary_key_or_a_verifier_is_no_session() {
    let world = World::new().await;
    let (key, secret) = world.make(&world.owner, new_key("Ordinary")).await;
    let routes = management(&world.organization.to_string(), &key.id.to_string(), &first_verifier(&world).await);
    let extra = [
        ("GET", "/v1/organizations".to_owned(), None),
        ("GET", "/v1/sessions/current".to_owned(), None),
        ("DELETE", "/v1/sessions/current".to_owned(), None),
        ("GET", "/v1/sessions".to_owned(), None),
        ("DELETE", format!("/v1/sessions/{}", KeyId::generate()), None),
        ("PATCH", "/v1/account".to_owned(), Some(json!({ "name": "Another" }))),
        ("PUT", "/v1/account/password".to_owned(), Some(json!({ "current": "x", "new": "another password" }))),
    ];
    let nobody = As::bearer(world.address, &format!("kds_{}", "x".repeat(43)));
    // Exposed to be sent: a test's own secret.
    let ordinary = As::bearer(world.address, secret.expose());
    for route in routes.iter().chain(&extra) {
        let expected = ask(&nobody, route).await;
        expected.clone().refused(401, ProblemCode::Unauthenticated);
        assert_eq!(expected.header("www-authenticate"), r#"Bearer realm="keydeck", error="invalid_token""#);
        for caller in [&ordinary, &world.verifier] {
            assert_eq!(bytes(&ask(caller, route).await), bytes(&expected), "{} {}", route.0, route.1);
        }
        let anonymous = ask(&world.anonymous, route).await;
        assert_eq!(anonymous.header("www-authenticate"), r#"Bearer realm="keydeck""#);
        anonymous.refused(401, ProblemCode::Unauthenticated);
    }
    assert_eq!(world.verify(&secret).await.outcome, keydeck_domain::Outcome::Accepted, "nothing happened to it");
}

#[tokio::test]
async fn t07_a_foreign_id_is_the_same_404_as_an_unknown_one() {
    let world = World::new().await;
    let (key, _) = world.make(&world.owner, new_key("Ours")).await;
    let (ours, verifier) = (world.organization.to_string(), first_verifier(&world).await);
    let unknown = KeyId::generate().to_string();
    let expected = bytes(&world.stranger.get("/v1/organizations/nonsense").await.is(404));

    // Another's organization, an unknown one, and what is no id at all.
    for organization in [ours.as_str(), &unknown, "nonsense", "..%2F", "%FF", &ours.to_uppercase().replace('-', "")] {
        for route in management(organization, &key.id.to_string(), &verifier) {
            assert_eq!(bytes(&ask(&world.stranger, &route).await), expected, "{} {}", route.0, route.1);
        }
    }
    // Another organization's key, in one's own organization.
    let theirs = world.other_organization.to_string();
    for id in [key.id.to_string(), unknown.clone(), "nonsense".into(), "%00".into(), format!("%7B{}%7D", key.id)] {
        for route in management(&theirs, &id, &id).into_iter().filter(|(_, path, _)| path.contains(&id)) {
            assert_eq!(bytes(&ask(&world.stranger, &route).await), expected, "{} {}", route.0, route.1);
        }
    }
    let read: keydeck_domain::Key = world.owner.get(&world.key(key.id)).await.is(200).read();
    assert_eq!(read.version, 1, "nothing happened to it");
}

#[tokio::test]
async fn a_viewer_changes_nothing_and_each_refusal_is_audited() {
    let world = World::new().await;
    let (key, _) = world.make(&world.owner, new_key("Ours")).await;
    let verifier = first_verifier(&world).await;
    let routes = management(&world.organization.to_string(), &key.id.to_string(), &verifier);
    let mut refused = 0;
    for route in &routes {
        let answer = ask(&world.viewer, route).await;
        let for_admins = ["/audit", "/audit/export?format=csv", "/audit/check", "/invitations"];
        let reads = route.0 == "GET" && !for_admins.iter().any(|path| route.1.ends_with(path));
        if reads {
            answer.is(200);
        } else {
            answer.refused(403, ProblemCode::Forbidden);
            refused += 1;
        }
    }
    let log = world.admin.get(&format!("/v1/organizations/{}/audit", world.organization)).await.is(200).value();
    let entries = log["items"].as_array().unwrap();
    let by_viewer: Vec<_> = entries.iter().filter(|entry| entry["actor"]["email"] == "viewer@example.org").collect();
    assert_eq!(by_viewer.len(), refused);
    assert!(by_viewer.iter().all(|entry| entry["action"] == "refused"));
}

#[tokio::test]
async fn a_member_changes_his_own_keys_only() {
    let world = World::new().await;
    let (own, _) = world.make(&world.member, new_key("Mine")).await;
    let (others, _) = world.make(&world.other_member, new_key("Theirs")).await;
    world.member.patch(&world.key(own.id), 1, &json!({ "note": "x" })).await.is(200);
    world.member.patch(&world.key(others.id), 1, &json!({ "note": "x" })).await.refused(403, ProblemCode::Forbidden);
    let revoke = |id| format!("{}/revoke", world.key(id));
    world.member.send("POST", &revoke(others.id), &[], None).await.refused(403, ProblemCode::Forbidden);
    world.member.send("POST", &revoke(own.id), &[], None).await.is(200);
    world.admin.patch(&world.key(others.id), 1, &json!({ "note": "x" })).await.is(200);
    let verifiers = format!("/v1/organizations/{}/verifiers", world.organization);
    world.member.post(&verifiers, &json!({ "name": "No" })).await.refused(403, ProblemCode::Forbidden);
    world.member.get(&format!("/v1/organizations/{}/audit", world.organization)).await.refused(403, ProblemCode::Forbidden);
}

#[tokio::test]
async fn t11_nobody_grants_a_scope_that_he_lacks() {
    let world = World::new().await;
    let mut wanted = new_key("Powerful");
    wanted.scopes = ["admin", "read"].map(|scope| scope.parse().unwrap()).into_iter().collect();
    let (_, request) = register("kd", wanted.clone());
    let put = world.member.put(&world.key(KeyId::generate()), &request).await.refused(403, ProblemCode::Forbidden);
    assert_eq!(put.missing_scopes.unwrap().spaced(), "admin");
    let post = world.member.json("POST", &world.keys(), &[("idempotency-key", "a")], &wanted).await;
    assert_eq!(post.refused(403, ProblemCode::Forbidden).missing_scopes.unwrap().spaced(), "admin");

    let (own, _) = world.make(&world.member, new_key("Mine")).await;
    let widened = world.member.patch(&world.key(own.id), 1, &json!({ "scopes": ["admin", "read"] })).await;
    assert_eq!(widened.refused(403, ProblemCode::Forbidden).missing_scopes.unwrap().spaced(), "admin");

    // What an admin gave may stay when its maker changes something else, or takes something away.
    world.admin.patch(&world.key(own.id), 1, &json!({ "scopes": ["admin", "read"] })).await.is(200);
    world.member.patch(&world.key(own.id), 2, &json!({ "name": "Renamed", "scopes": ["admin", "read"] })).await.is(200);
    world.member.patch(&world.key(own.id), 3, &json!({ "scopes": ["admin"] })).await.is(200);
    world.member.patch(&world.key(own.id), 4, &json!({ "scopes": ["read", "write"] })).await.is(200);
}
