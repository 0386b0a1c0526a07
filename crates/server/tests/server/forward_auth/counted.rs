//! Each question about a key is counted, with the outcome and under the route that the URL names.

use keydeck_domain::{KeyId, Outcome};

use super::{ask, key};
use crate::dialects::made::counted;
use crate::support::World;

#[tokio::test]
async fn every_question_about_a_key_is_counted_once() {
    let world = World::new().await;
    let (record, secret) = key(&world, "read", |_| {}).await;
    let target =
        format!("/forward-auth/keydeck?organization={}&scope=by-method&preflight=allow&route=orders", world.organization);
    let good = ("x-api-key", &*secret);
    let asked = async |method: &str, headers: &[(&str, &str)]| ask(world.address, method, &target, headers).await.status;
    assert_eq!([asked("GET", &[good]).await, asked("HEAD", &[good]).await], [200, 200]);
    assert_eq!(asked("DELETE", &[good]).await, 403);
    assert_eq!(asked("GET", &[]).await, 401);
    assert_eq!(asked("GET", &[("x-api-key", "odd")]).await, 401);
    // What deceives is malformed.
    assert_eq!(asked("GET", &[good, ("x-key-id", "forged")]).await, 401);
    assert_eq!(asked("GET", &[good, ("authorization", "Bearer other")]).await, 401);
    // No question about a key: a preflight, a method that stands for nothing, a URL that is not understood.
    assert_eq!(asked("OPTIONS", &[("access-control-request-method", "GET")]).await, 200);
    assert_eq!(asked("BREW", &[good]).await, 405);
    ask(world.address, "GET", "/forward-auth/keydeck?scope=read", &[good]).await.is(400);
    // An id that anybody can write into a URL is nobody's.
    let nobodys = format!("/forward-auth/keydeck?organization={}&route=odd", KeyId::generate());
    ask(world.address, "GET", &nobodys, &[good]).await.is(401);

    let expected = [(Outcome::Accepted, 2), (Outcome::Malformed, 3), (Outcome::Missing, 1), (Outcome::MissingScope, 1)];
    assert_eq!(counted(&world, world.organization).await, expected);
    let usage = world.folder.path().join(keydeck_server::USAGE_FILE);
    use sqlx::ConnectOptions;
    let mut usage = sqlx::sqlite::SqliteConnectOptions::new().filename(usage).connect().await.unwrap();
    let by_route: Vec<(String, i64)> =
        sqlx::query_as("SELECT r.route, sum(h.count) FROM route_hours h JOIN routes r ON r.id = h.route GROUP BY 1 ORDER BY 1")
            .fetch_all(&mut usage)
            .await
            .unwrap();
    assert_eq!(by_route, [("orders".to_owned(), 7)]);
    let organizations: (i64,) = sqlx::query_as("SELECT count(*) FROM organizations").fetch_one(&mut usage).await.unwrap();
    assert_eq!(organizations.0, 1, "the one that is not there is not there either");

    // The times of last use are shown before they are written.
    let shown = world.owner.get(&world.key(record.id)).await.is(200).value();
    assert!(shown["last_used_at"].is_string(), "{shown}");
}
