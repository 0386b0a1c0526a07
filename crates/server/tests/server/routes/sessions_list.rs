//! `GET /v1/sessions` and `DELETE /v1/sessions/{id}`.

use keydeck_domain::SessionId;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::sessions::{IssuedSession, Session, SessionEntry};
use serde_json::json;

use crate::support::database::run;
use crate::support::world::PASSWORD;
use crate::support::{As, World};

async fn sign_in_as(world: &World, program: &str) -> As {
    let body = json!({ "email": "owner@example.org", "password": PASSWORD });
    let headers = [("user-agent", program), ("x-forwarded-for", "203.0.113.7")];
    let issued: IssuedSession = world.anonymous.json("POST", "/v1/sessions", &headers, &body).await.is(201).read();
    // Exposed to be sent: the tests' own session.
    As::bearer(world.address, issued.token.expose())
}

async fn listed(by: &As) -> Vec<SessionEntry> {
    serde_json::from_value(by.get("/v1/sessions").await.is(200).value()["items"].clone()).unwrap()
}

#[tokio::test]
async fn everybody_sees_his_own_sessions_and_where_they_came_from() {
    let world = World::new().await;
    let here = sign_in_as(&world, "Keydeck/0.1 (Linux)").await;
    let all = listed(&here).await;
    assert_eq!(all.len(), 2, "not those of others");
    let this = &all[0];
    let session: Session = here.get("/v1/sessions/current").await.is(200).read();
    assert_eq!((this.id, this.created_at, this.expires_at), (session.id, session.created_at, session.expires_at));
    assert!(this.current && !all[1].current);
    assert_eq!(this.client.as_deref(), Some("Keydeck/0.1 (Linux)"));
    assert_eq!(this.address.as_deref(), Some("127.0.0.1"), "the peer's, whatever a header says");
    assert_eq!((all[1].client.as_deref(), all[1].address.as_deref()), (None, None), "made without a request");
    assert_eq!(this.last_used_at, this.created_at);
    assert_eq!(listed(&world.admin).await.len(), 1);

    // The last used first.
    run(world.data_dir(), "UPDATE sessions SET seen_at = seen_at - 1000000 WHERE client IS NOT NULL").await;
    assert_eq!(listed(&here).await[1].id, this.id);
}

#[tokio::test]
async fn what_a_program_calls_itself_is_cut_and_can_t_deceive() {
    let world = World::new().await;
    let here = sign_in_as(&world, &"x".repeat(300)).await;
    assert_eq!(listed(&here).await[0].client, Some("x".repeat(200)));
    // Also what was written into the database from outside.
    run(
        world.data_dir(),
        "UPDATE sessions SET client = 'a' || char(8238) || char(10) || 'b', address = '<b>' WHERE client IS NOT NULL",
    )
    .await;
    let shown = &listed(&here).await[0];
    assert_eq!((shown.client.as_deref(), shown.address.as_deref()), (Some("ab"), None));
}

#[tokio::test]
async fn behind_a_named_proxy_the_address_is_whom_it_speaks_for() {
    let world = World::with(|config| config.proxies = "127.0.0.1".parse().unwrap()).await;
    let here = sign_in_as(&world, "Keydeck").await;
    assert_eq!(listed(&here).await[0].address.as_deref(), Some("203.0.113.7"));
}

#[tokio::test]
async fn what_is_over_or_was_changed_from_outside_is_not_listed() {
    let world = World::new().await;
    let here = sign_in_as(&world, "Keydeck").await;
    let _late = sign_in_as(&world, "Late").await;
    let _forged = sign_in_as(&world, "Forged").await;
    run(world.data_dir(), "UPDATE sessions SET expires_at = created_at + 1 WHERE client = 'Late'").await;
    run(world.data_dir(), "UPDATE sessions SET created_at = created_at + 1 WHERE client = 'Forged'").await;
    let left: Vec<_> = listed(&here).await.into_iter().map(|entry| entry.client).collect();
    assert_eq!(left, [Some("Keydeck".to_owned()), None]);
}

#[tokio::test]
async fn t43_a_session_that_was_ended_is_refused_by_the_next_request() {
    let world = World::new().await;
    let other = sign_in_as(&world, "Lost laptop").await;
    let id = listed(&other).await[0].id;
    // Nobody else's, and nothing that is not there: one and the same answer.
    let foreign = world.admin.delete(&format!("/v1/sessions/{id}")).await;
    let unknown = world.admin.delete(&format!("/v1/sessions/{}", SessionId::generate())).await;
    let odd = world.admin.delete("/v1/sessions/nonsense").await;
    assert_eq!((&foreign.body, foreign.status), (&unknown.body, unknown.status));
    assert_eq!(foreign.body, odd.body);
    foreign.refused(404, ProblemCode::NotFound);
    other.get("/v1/sessions/current").await.is(200);

    world.owner.delete(&format!("/v1/sessions/{id}")).await.is(204);
    for path in ["/v1/sessions/current", "/v1/sessions", "/v1/organizations"] {
        other.get(path).await.refused(401, ProblemCode::Unauthenticated);
    }
    world.owner.delete(&format!("/v1/sessions/{id}")).await.refused(404, ProblemCode::NotFound);
    // One's own is signing out.
    let own = listed(&world.owner).await[0].id;
    world.owner.delete(&format!("/v1/sessions/{own}")).await.is(204);
    world.owner.get("/v1/sessions").await.refused(401, ProblemCode::Unauthenticated);
}
