//! What is counted of a verification, as `usage.db` holds it.

use std::path::Path;

use keydeck_server::USAGE_FILE;
use serde_json::json;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::support::{As, World, new_key, register};

async fn connect(folder: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(folder.join(USAGE_FILE)).connect().await.unwrap()
}

/// What was counted, after all that was verified has been written.
async fn counted<T>(world: &World, question: &'static str) -> Vec<T>
where
    T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin,
{
    world.server.flush_usage().await.unwrap();
    sqlx::query_as(question).fetch_all(&mut connect(world.data_dir()).await).await.unwrap()
}

const BY_OUTCOME: &str = "SELECT outcome, sum(count) FROM key_hours GROUP BY outcome ORDER BY outcome";

#[tokio::test]
async fn every_verification_is_counted_once_with_its_outcome() {
    let world = World::new().await;
    let ask = async |body: serde_json::Value| world.verifier.post("/v1/verify", &body).await.is(200);
    let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
    let (never, _) = register("kd", new_key("Never"));
    // Exposed to be sent: a test's own secrets.
    let (text, never) = (secret.expose(), never.expose());
    for _ in 0..3 {
        ask(json!({ "key": text, "scopes": ["read"] })).await;
    }
    ask(json!({ "key": "" })).await;
    ask(json!({ "key": "odd" })).await;
    ask(json!({ "key": never })).await;
    ask(json!({ "key": text, "scopes": ["delete"] })).await;
    world.owner.patch(&world.key(key.id), 1, &json!({ "allowed_addresses": ["203.0.113.0/24"] })).await.is(200);
    ask(json!({ "key": text, "address": "198.51.100.1" })).await;
    world.owner.patch(&world.key(key.id), 2, &json!({ "enabled": false })).await.is(200);
    ask(json!({ "key": text })).await;
    world.owner.send("POST", &format!("{}/revoke", world.key(key.id)), &[], None).await.is(200);
    ask(json!({ "key": text })).await;
    // Nobody's verification: a verifier that is none, a body that is no question.
    world.anonymous.post("/v1/verify", &json!({ "key": text })).await.is(401);
    world.verifier.post("/v1/verify", &json!({})).await.is(422);

    let expected = [(0, 3), (1, 1), (2, 1), (3, 1), (4, 1), (6, 1), (8, 1), (9, 1)];
    assert_eq!(counted::<(i64, i64)>(&world, BY_OUTCOME).await, expected);
    for table in ["minutes", "route_hours"] {
        let question = match table {
            "minutes" => "SELECT outcome, sum(count) FROM minutes GROUP BY outcome ORDER BY outcome",
            _ => "SELECT outcome, sum(count) FROM route_hours GROUP BY outcome ORDER BY outcome",
        };
        assert_eq!(counted::<(i64, i64)>(&world, question).await, expected, "{table}");
    }
    // What names no key has neither key nor environment; the key is a test key.
    let environments =
        counted::<(i64, i64)>(&world, "SELECT environment, sum(count) FROM minutes GROUP BY environment ORDER BY environment");
    assert_eq!(environments.await, [(0, 3), (2, 7)]);
    let keys = counted::<(i64, i64)>(&world, "SELECT key > 0, sum(count) FROM key_hours GROUP BY 1 ORDER BY 1");
    assert_eq!(keys.await, [(0, 3), (1, 7)]);
    let organizations: Vec<(Vec<u8>,)> = counted(&world, "SELECT organization_id FROM organizations").await;
    assert_eq!(organizations, [(world.organization.as_bytes().to_vec(),)]);
}

#[tokio::test]
async fn a_key_that_asks_about_itself_is_counted_in_its_organization() {
    let world = World::new().await;
    let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
    world.about_itself(&secret).await.is(200);
    world.about_itself(&secret).await.is(200);
    world.owner.patch(&world.key(key.id), 1, &json!({ "enabled": false })).await.is(200);
    world.about_itself(&secret).await.is(401);
    // Nobody's: no key, a text that is none, a key that nobody made, two that differ.
    let (never, _) = register("kd", new_key("Never"));
    world.anonymous.get("/v1/self").await.is(401);
    As::bearer(world.address, "odd").get("/v1/self").await.is(401);
    // Exposed to be sent: a test's own secret.
    As::bearer(world.address, never.expose()).get("/v1/self").await.is(401);
    As::bearer(world.address, "odd").send("GET", "/v1/self", &[("x-api-key", "other")], None).await.is(401);

    let question = "SELECT organization > 0, key > 0, outcome, sum(count) FROM key_hours GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
    let expected = [(0, 0, 1, 1), (0, 0, 2, 2), (0, 0, 3, 1), (1, 1, 0, 2), (1, 1, 6, 1)];
    assert_eq!(counted::<(i64, i64, i64, i64)>(&world, question).await, expected);
}

#[tokio::test]
async fn an_organization_has_a_hundred_routes_and_the_rest_is_together() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
    // Exposed to be sent: a test's own secret.
    let text = secret.expose();
    for number in (0..105).chain(0..3) {
        let body = json!({ "key": text, "route": format!("GET:/v1/{number}") });
        world.verifier.post("/v1/verify", &body).await.is(200);
    }
    world.verifier.post("/v1/verify", &json!({ "key": text })).await.is(200);
    world.verifier.post("/v1/verify", &json!({ "key": text, "route": "a b" })).await.is(422);
    world.other_verifier.post("/v1/verify", &json!({ "key": "", "route": "GET:/v1/104" })).await.is(200);

    let question = "SELECT CASE WHEN route > 0 THEN 1 ELSE route END, sum(count) FROM route_hours \
                    WHERE organization = (SELECT min(id) FROM organizations) GROUP BY 1 ORDER BY 1";
    let by_route = counted::<(i64, i64)>(&world, question).await;
    assert_eq!(by_route, [(-1, 5), (0, 1), (1, 103)]);
    let names: Vec<(String,)> = counted(&world, "SELECT route FROM routes ORDER BY id").await;
    assert_eq!((names.len(), names[0].0.as_str(), names[100].0.as_str()), (101, "GET:/v1/0", "GET:/v1/104"));

    // After a start they are the same hundred.
    let verifier = world.verifier.clone();
    let folder = world.stop().await;
    let again = crate::support::world::open(keydeck_server::Config::new(folder.path())).await;
    let (address, running) = crate::support::world::serve(&again).await;
    let verifier = verifier.at_address(address);
    verifier.post("/v1/verify", &json!({ "key": "", "route": "GET:/v1/7" })).await.is(200);
    verifier.post("/v1/verify", &json!({ "key": "", "route": "new" })).await.is(200);
    running.stop().await;
    let rows: Vec<(Option<String>,)> =
        sqlx::query_as("SELECT r.route FROM route_hours h LEFT JOIN routes r ON r.id = h.route WHERE outcome = 1 ORDER BY 1")
            .fetch_all(&mut connect(folder.path()).await)
            .await
            .unwrap();
    assert_eq!(rows, [(None,), (Some("GET:/v1/104".to_owned()),), (Some("GET:/v1/7".to_owned()),)]);
}

#[tokio::test]
async fn the_last_use_is_noted_with_address_program_scopes_and_networks() {
    let world = World::new().await;
    let (key, secret) = world.make(&world.owner, new_key("Worker")).await;
    let (_, idle) = world.make(&world.owner, new_key("Refused")).await;
    let ask = async |address: &str, program: &str, scopes: &[&str]| {
        // Exposed to be verified: a test's own secret.
        let body = json!({ "key": secret.expose(), "address": address, "user_agent": program, "scopes": scopes });
        world.verifier.post("/v1/verify", &body).await.is(200);
    };
    ask("203.0.113.7", "first", &["read"]).await;
    ask("203.0.113.9", "\u{202e}curl/8.5\r\n", &["read"]).await;
    // Refused: it is no use of the key.
    ask("198.51.100.1", "refused", &["delete"]).await;
    world.verify_for(&idle, &["delete"]).await;

    let question = "SELECT last_at IS NOT NULL, last_address, last_user_agent FROM keys ORDER BY last_at DESC";
    let expected = [(true, Some("203.0.113.9".to_owned()), Some("curl/8.5".to_owned())), (false, None, None)];
    assert_eq!(counted::<(bool, Option<String>, Option<String>)>(&world, question).await, expected);
    let scopes = counted::<(String, i64)>(&world, "SELECT scope, count FROM key_scopes").await;
    assert_eq!(scopes, [("read".to_owned(), 2)]);

    // Another network is noticed, the first one is not: a key has to begin somewhere.
    ask("2001:db8::7", "curl/8.5", &[]).await;
    ask("2001:db8::8", "curl/8.5", &[]).await;
    let noticed =
        counted::<(i64, Option<i64>, Option<String>)>(&world, "SELECT kind, before_at, address FROM noticed ORDER BY id");
    assert_eq!(noticed.await, [(1, None, None), (2, None, Some("2001:db8::/48".to_owned()))]);
    let networks = counted::<(String,)>(&world, "SELECT network FROM key_networks ORDER BY network").await;
    assert_eq!(networks, [("2001:db8::/48".to_owned(),), ("203.0.113.0/24".to_owned(),)]);

    // About itself a key is asked with the program that it calls with; where it calls from is known.
    let headers = [("user-agent", "itself/1")];
    // Exposed to be sent: a test's own secret.
    As::bearer(world.address, secret.expose()).send("GET", "/v1/self", &headers, None).await.is(200);
    let last = counted::<(String, String)>(&world, "SELECT last_address, last_user_agent FROM keys WHERE last_at > 0").await;
    assert_eq!(last, [("127.0.0.1".to_owned(), "itself/1".to_owned())]);
    let of: Vec<(Vec<u8>,)> = counted(&world, "SELECT key_id FROM keys WHERE last_at > 0").await;
    assert_eq!(of, [(key.id.as_bytes().to_vec(),)]);
}

#[tokio::test]
async fn of_a_key_that_calls_from_everywhere_64_networks_are_kept() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.owner, new_key("Public")).await;
    for round in 0..2 {
        for number in 0..50 {
            // Exposed to be verified: a test's own secret.
            let body = json!({ "key": secret.expose(), "address": format!("10.{round}.{number}.1") });
            world.verifier.post("/v1/verify", &body).await.is(200);
        }
        world.server.flush_usage().await.unwrap();
    }
    let rows = counted::<(i64, i64)>(&world, "SELECT count(*), sum(network LIKE '10.1.%') FROM key_networks").await;
    assert_eq!(rows, [(64, 50)], "those that were not seen for the longest time go");
    let noticed = counted::<(i64,)>(&world, "SELECT count(*) FROM noticed WHERE kind = 2").await;
    // The second flush begins with fifty known: from the sixty-fourth on, no place is new.
    assert!((14..64).contains(&noticed[0].0), "{noticed:?}");
}
