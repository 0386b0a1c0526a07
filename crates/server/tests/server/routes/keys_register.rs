//! `PUT /v1/organizations/{organization}/keys/{id}`.

use keydeck_domain::api::keys::IssuedKey;
use keydeck_domain::{KeyId, Outcome};

use crate::support::{World, new_key, register};

#[tokio::test]
async fn a_registered_key_is_good_at_once() {
    let world = World::new().await;
    let (secret, request) = register("kd", new_key("Billing worker"));
    let id = KeyId::generate();
    let answer = world.member.put(&world.key(id), &request).await.is(201);
    assert_eq!(answer.header("etag"), "\"1\"");
    let issued: IssuedKey = answer.read();
    assert_eq!(issued.key.id, id);
    assert!(issued.secret.is_none());
    let verified = world.verify(&secret).await;
    assert_eq!(verified.outcome, Outcome::Accepted);
    assert_eq!(verified.key.unwrap().id, id);
    world.about_itself(&secret).await.is(200);
    world.owner.send("POST", &format!("{}/revoke", world.key(id)), &[], None).await.is(200);
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Revoked);
    world.about_itself(&secret).await.is(401);
}
