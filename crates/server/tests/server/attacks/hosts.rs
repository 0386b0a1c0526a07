//! Another name for this server's address.

use keydeck_domain::api::problem::ProblemCode;

use crate::support::World;
use crate::support::raw::{exchange, status};

#[tokio::test]
async fn t46_a_foreign_host_is_refused() {
    // The port is the system's choice, so the names are without one here.
    let world = World::with(|config| config.allowed_hosts = Some(vec!["127.0.0.1:8300".into(), "localhost:8300".into()])).await;
    let get = |lines: &str| format!("GET /livez HTTP/1.1\r\n{lines}Connection: close\r\n\r\n");
    for good in ["Host: 127.0.0.1:8300\r\n", "Host: localhost:8300\r\n", "Host: LocalHost:8300\r\n"] {
        assert_eq!(status(&exchange(world.address, get(good).as_bytes()).await), 204, "{good}");
    }
    for bad in [
        "Host: evil.example\r\n",
        "Host: localhost.evil.example:8300\r\n",
        "Host: 127.0.0.1\r\n",
        "Host: 127.0.0.1:8301\r\n",
        "Host: \r\n",
        "Host: localhost:8300\r\nHost: evil.example\r\n",
        "Host: evil.example\r\nX-Forwarded-Host: localhost:8300\r\n",
        "",
    ] {
        let answer = exchange(world.address, get(bad).as_bytes()).await;
        assert!(matches!(status(&answer), 400 | 421), "{bad}: {answer}");
    }
    let absolute = "GET http://evil.example/livez HTTP/1.1\r\nHost: localhost:8300\r\nConnection: close\r\n\r\n";
    assert_eq!(status(&exchange(world.address, absolute.as_bytes()).await), 421);
    // Before anybody is asked who he is.
    world.owner.get(&world.keys()).await.refused(421, ProblemCode::Misdirected);
    world.anonymous.get("/v1/nothing").await.refused(421, ProblemCode::Misdirected);
}
