//! Connections that are held.

use std::time::Duration;

use keydeck_domain::Outcome;
use keydeck_server::config::Limits;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::raw::{read_to_end, status};
use crate::support::{World, new_key};

/// 5,000, or as many as this process may open: each takes a descriptor at either end.
fn sockets() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let open = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let most: usize = open.split_whitespace().next().unwrap().parse().unwrap_or(usize::MAX);
    (most.saturating_sub(400) / 3).min(5_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn t19_slow_headers_are_closed_and_verification_goes_on() {
    assert!(Limits::default().header_timeout <= Duration::from_secs(10));
    let sockets = sockets();
    let world = World::with(|config| {
        config.limits.header_timeout = Duration::from_millis(700);
        config.limits.connections = 2 * sockets;
    })
    .await;
    let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
    let mut slow = Vec::new();
    for number in 0..sockets {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
        slow.push(stream);
        if number % 100 == 0 {
            assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
        }
    }
    for _ in 0..20 {
        assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
    }
    // Each is closed by the server: reading ends, though nothing more was sent.
    for mut stream in slow {
        let answer = read_to_end(&mut stream).await;
        assert!(matches!(status(&answer), 0 | 408), "{answer}");
    }
    assert_eq!(world.verify(&secret).await.outcome, Outcome::Accepted);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let world = World::with(|config| config.limits.body_timeout = Duration::from_millis(200)).await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let head = "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert_eq!(status(&answer), 408, "{answer}");
}

#[tokio::test]
async fn connections_over_the_limit_wait_for_a_place() {
    let world = World::with(|config| {
        config.limits.connections = 3;
        config.limits.header_timeout = Duration::from_millis(300);
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(b"GET /livez HTTP/1.1\r\n").await.unwrap();
        held.push(stream);
    }
    // It is served as soon as the others were given up.
    world.anonymous.get("/livez").await.is(204);
}
