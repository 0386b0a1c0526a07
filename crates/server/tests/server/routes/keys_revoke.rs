//! `POST /v1/organizations/{organization}/keys/{id}/revoke`.

use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::{Key, KeyId, KeyStatus, Outcome};

use crate::support::{World, new_key};

#[tokio::test]
async fn a_revoked_key_is_over_at_once_and_for_good() {
    let world = World::new().await;
    let (key, secret) = world.make(&world.member, new_key("Worker")).await;
    let path = format!("{}/revoke", world.key(key.id));
    let answer = world.member.send("POST", &path, &[], None).await.is(200);
    assert_eq!(answer.header("etag"), "\"2\"");
    let revoked: Key = answer.read();
    assert_eq!((revoked.status, revoked.version), (KeyStatus::Revoked, 2));
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Revoked);

    let again: Key = world.admin.send("POST", &path, &[], None).await.is(200).read();
    assert_eq!(again, revoked, "a second time changes nothing");
    let folder = world.stop().await;
    let audited = crate::support::database::count(folder.path(), "SELECT count(*) FROM audit WHERE action = 'key_revoked'").await;
    assert_eq!(audited, 1);
    let server = crate::support::world::open(keydeck_server::Config::new(folder.path())).await;
    let (address, running) = crate::support::world::serve(&server).await;
    // Exposed to be sent: a test's own secret.
    crate::support::As::bearer(address, secret.expose()).get("/v1/self").await.refused(401, ProblemCode::InvalidKey);
    running.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_revoked() {
    let world = World::new().await;
    let path = format!("{}/revoke", world.key(KeyId::generate()));
    world.owner.send("POST", &path, &[], None).await.refused(404, ProblemCode::NotFound);
}
