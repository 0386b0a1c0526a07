//! `/v1/meta`, `/livez`, `/readyz`, `/openapi.json`.

use keydeck_domain::api::meta::{Meta, PROTOCOL, SERVER_NAME};

use crate::support::World;

#[tokio::test]
async fn the_server_says_who_it_is_and_how_it_is() {
    let world = World::new().await;
    let meta: Meta = world.anonymous.get("/v1/meta").await.is(200).read();
    assert_eq!((meta.name.as_str(), meta.protocol), (SERVER_NAME, PROTOCOL));
    world.anonymous.get("/livez").await.is(204);
    world.anonymous.get("/readyz").await.is(204);
    // Where the database is gone the process lives on, but is not ready.
    world.server.close().await;
    world.anonymous.get("/livez").await.is(204);
    let refused = world.anonymous.get("/readyz").await;
    assert!(!refused.header("retry-after").is_empty());
    refused.refused(503, keydeck_domain::api::problem::ProblemCode::Unavailable);
}

#[tokio::test]
async fn every_described_route_is_there() {
    let world = World::new().await;
    let document = world.anonymous.get("/openapi.json").await.is(200).value();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for (path, methods) in document["paths"].as_object().unwrap() {
        let concrete = path.replace("{organization}", &world.organization.to_string()).replace("{id}", "nonsense");
        for method in methods.as_object().unwrap().keys() {
            let answer = world.anonymous.send(&method.to_uppercase(), &concrete, &[], None).await;
            assert!(![404, 405].contains(&answer.status.as_u16()), "{method} {path}: {}", answer.status);
        }
        let other = world.anonymous.send("TRACE", &concrete, &[], None).await;
        assert_eq!(other.status, 405, "{path}");
    }
    // Every reference leads somewhere.
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}
