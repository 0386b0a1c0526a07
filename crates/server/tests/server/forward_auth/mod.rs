//! `/forward-auth/{dialect}`: asked directly, as a proxy asks, and behind the real nginx and the real Caddy.

mod answers;
mod behind;
mod bound;
mod counted;
mod dialects;
mod site;
mod upstream;

use crate::support::raw::{exchange, status};
use crate::support::{World, new_key};
use keydeck_domain::Key;
use keydeck_domain::api::keys::NewKey;
use std::net::SocketAddr;

/// What the server alone says of a caller.
const IDENTITY: [&str; 4] = ["x-key-id", "x-organization-id", "x-key-scopes", "x-key-environment"];

/// An answer, taken apart.
struct Told {
    status: u16,
    head: String,
    body: String,
}

impl Told {
    fn read(answer: &str) -> Self {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
        Self { status: status(answer), head: head.to_owned(), body: body.to_owned() }
    }

    /// The only header of this name; empty where there is none.
    #[track_caller]
    fn header(&self, name: &str) -> &str {
        let of_name = |line: &'_ str| line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name));
        let mut lines = self.head.lines().filter(|line| of_name(line));
        let value = lines.next().and_then(|line| line.split_once(':')).map_or("", |(_, value)| value.trim());
        assert_eq!(lines.next(), None, "{name} is there twice");
        value
    }

    #[track_caller]
    fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.head, self.body);
        self
    }
}

/// Asks in these words: neither method nor headers are made better by a library.
async fn ask(at: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)]) -> Told {
    Told::read(&exchange(at, request(at, method, target, headers).as_bytes()).await)
}

fn request(at: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{method} {target} HTTP/1.1\r\nHost: {at}\r\n{headers}Connection: close\r\n\r\n")
}

/// A key of the world's organization; gives its record and its text.
async fn key(world: &World, scopes: &str, change: impl FnOnce(&mut NewKey)) -> (Key, String) {
    let mut wanted = new_key("Caller");
    wanted.scopes = scopes.split_whitespace().map(|scope| scope.parse().unwrap()).collect();
    change(&mut wanted);
    let (key, secret) = world.make(&world.owner, wanted).await;
    // Exposed to be sent: a test's own secret.
    (key, secret.expose().to_owned())
}

fn bearer(secret: &str) -> String {
    format!("Bearer {secret}")
}
