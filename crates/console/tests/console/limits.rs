//! Limits, from the window's side, against the real server.

use keydeck_console::error::ErrorCode;
use keydeck_console::team::LimitsUpdate;
use keydeck_domain::api::limits::{Limit, LimitOf, NewLimits, OnFailure};

use crate::support::proxy::{answer, json};
use crate::support::{Act, Desk, Proxy, World};

fn per_day(quota: u64) -> NewLimits {
    let limit = Limit {
        of: LimitOf::Key,
        environment: None,
        burst: None,
        per_day: Some(quota),
        at_once: None,
        on_failure: OnFailure::Closed,
    };
    NewLimits { items: vec![limit] }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_are_set_on_the_version_that_was_read_and_a_lost_answer_is_no_conflict() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let at = desk.signed_in(&proxy.origin()).await;
    let (id, organization) = (at.id, world.organization);
    assert_eq!(desk.console.limits(id, organization).await.unwrap().version, 0);

    let set = desk.console.set_limits(id, organization, 0, per_day(10)).await.unwrap();
    let LimitsUpdate::Saved { limits } = set else { panic!("{set:?}") };
    assert_eq!((limits.items, limits.version), (per_day(10).items, 1));
    // Somebody was faster: what is there is shown, and nothing is set.
    let late = desk.console.set_limits(id, organization, 0, per_day(20)).await.unwrap();
    let LimitsUpdate::Changed { limits } = late else { panic!("{late:?}") };
    assert_eq!(limits.items, per_day(10).items);
    // What was sent twice, because its answer was lost, is what is there.
    let again = desk.console.set_limits(id, organization, 0, per_day(10)).await.unwrap();
    assert!(matches!(again, LimitsUpdate::Saved { .. }), "{again:?}");
    let nonsense = desk.console.set_limits(id, organization, 1, per_day(0)).await.unwrap_err();
    assert_eq!((nonsense.code, nonsense.message.contains("per_day")), (ErrorCode::Invalid, true), "{nonsense:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_server_has_none_and_is_not_asked() {
    const META: &str = r#"{"name":"keydeck-server","version":"0.1.0","protocol":1,"features":["team","usage"]}"#;
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    proxy.rule(|seen| match seen.path.rsplit('/').next() {
        Some("meta") => json("200 OK", "", META),
        Some("limits") => answer("404 Not Found", "", b""),
        _ => Act::Pass,
    });
    let desk = Desk::start().await;
    let at = desk.signed_in(&proxy.origin()).await;
    let refused = desk.console.limits(at.id, world.organization).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Incompatible);
    assert_eq!(proxy.count("GET", "/limits"), 0);
}
