//! `/v1/verify` against a handler that does nothing, and the first page of a long list.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::post;
use keydeck_domain::{Digest, Environment, KeyFormat, KeyId, OrganizationId, Password, SessionToken, format};
use keydeck_server::config::Counting;
use keydeck_server::{Config, Pepper, Server};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::table::{Row, median};
use crate::{load, timing};

/// Keys in the server that is measured.
pub const KEYS: usize = 10_000;
const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "a password for measuring only";

/// A server with [`KEYS`] keys, on loopback, in this process.
pub struct Filled {
    /// Where it listens.
    pub address: SocketAddr,
    organization: OrganizationId,
    token: SessionToken,
    verifier: String,
    keys: Vec<String>,
    server: Server,
    stop: Vec<oneshot::Sender<()>>,
    _folder: TempDir,
}

impl Filled {
    /// Starts it and makes the keys, each as a person's console would, over HTTP.
    pub async fn start() -> Self {
        Self::counting(Counting::default()).await
    }

    /// The same, counting otherwise.
    pub async fn counting(counting: Counting) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = Config { counting, ..Config::new(folder.path().to_owned()) };
        let server = keydeck_server::open(config, Pepper::generate().expect("the system's generator works"))
            .await
            .expect("a fresh server opens");
        let email = EMAIL.parse().expect("a valid address");
        let name = "Ada".parse().expect("a valid name");
        let owner = server.add_person(&email, &name, &Password::new(PASSWORD.into())).await.expect("a fresh server");
        let organization = server
            .add_organization(&"Northwind".parse().expect("valid"), &"kd".parse().expect("valid"), owner)
            .await
            .expect("a fresh server");
        let issued = server.add_verifier(organization, &"Bench".parse().expect("valid"), owner).await.expect("a fresh server");
        // Exposed to stand in the requests of the load.
        let verifier = issued.secret.expose().to_owned();
        let token = server.issue_session(&email).await.expect("the owner is there").token;
        let mut stop = Vec::new();
        let address = listen(&server, None, &mut stop).await;
        let mut filled = Self { address, organization, token, verifier, keys: Vec::new(), server, stop, _folder: folder };
        filled.fill().await;
        filled
    }

    /// How the person of this server signs in.
    pub fn credentials(&self) -> (&'static str, &'static str) {
        (EMAIL, PASSWORD)
    }

    async fn fill(&mut self) {
        let client = keydeck_tests::asking::client();
        let prefix = "kd".parse().expect("a valid prefix");
        for number in 0..KEYS {
            let environment = if number % 3 == 0 { Environment::Live } else { Environment::Test };
            let secret = format::generate(&prefix, environment).expect("the system's generator works");
            // Exposed to be presented under load later.
            let text = secret.expose().to_owned();
            let hint = KeyFormat::parse(&text).expect("well-formed").hint();
            let body = json!({
                "key": { "name": format!("Worker {number:05}"), "environment": environment, "scopes": ["read"] },
                "digest": Digest::of(&secret), "hint": hint,
            });
            let url = format!("http://{}/v1/organizations/{}/keys/{}", self.address, self.organization, KeyId::generate());
            // The token is exposed in the header that exists to carry it.
            let answer = client.put(url).bearer_auth(self.token.expose()).json(&body).send().await.expect("the server answers");
            assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap_or_default());
            self.keys.push(text);
        }
    }

    /// Throughput and median of `/v1/verify` over those of a handler that reads the same body and
    /// sends an answer of the same length, in rounds that alternate.
    pub async fn verify(&mut self) -> Vec<Row> {
        let length = self.length_of_an_answer().await;
        let baseline = listen(&self.server, Some(length), &mut self.stop).await;
        let requests = self.requests(&self.keys);
        let (mut ratios, mut medians, mut rates, mut processor) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for round in 0..8 {
            let length = Duration::from_secs(2);
            let nothing = load::round(baseline, requests, 8, length).await;
            let verify = load::round(self.address, requests, 8, length).await;
            // The first round warms both up.
            if round > 0 {
                ratios.push(verify.per_second / nothing.per_second);
                medians.push(verify.median.as_secs_f64() / nothing.median.as_secs_f64());
                rates.push(verify.per_second);
                processor.push(nothing.processor.as_secs_f64() / verify.processor.as_secs_f64());
            }
        }
        vec![
            Row::new(
                "`/v1/verify` throughput ÷ a handler that reads the same body and answers the same length, 10 k keys",
                format!("{:.2} ({:.0} a second, load and server on the same cores)", median(ratios), median(rates)),
                "≥ 0.85 later",
            ),
            Row::new(
                "the same by processor time of an answer instead of answers a second: other work on the machine doesn't count",
                format!("{:.2}", median(processor)),
                "recorded",
            ),
            Row::new("the same, median time of an answer", format!("{:.2}", median(medians)), "recorded"),
        ]
    }

    /// What a known key's time tells, and what a flood of unknown ones does.
    pub async fn timing(&self) -> Vec<Row> {
        let prefix = "kd".parse().expect("a valid prefix");
        let unknown: Vec<String> = (0..KEYS)
            .map(|_| {
                let secret = format::generate(&prefix, Environment::Test).expect("the system's generator works");
                // Exposed to be presented: nobody has it.
                secret.expose().to_owned()
            })
            .collect();
        let (known, unknown) = (self.requests(&self.keys), self.requests(&unknown));
        vec![
            timing::known_against_unknown(self.address, known, unknown).await,
            timing::under_a_flood(self.address, known, unknown).await,
        ]
    }

    /// The median of `/v1/verify` while what was counted is written every second, over that while nothing is
    /// written, in rounds that alternate. For a server that does not write by itself.
    pub async fn while_counts_are_written(&self) -> Row {
        let requests = self.requests(&self.keys);
        let mut ratios = Vec::new();
        for round in 0..8 {
            let length = Duration::from_secs(3);
            let calm = load::round(self.address, requests, 8, length).await;
            let server = self.server.clone();
            let writing = tokio::spawn(async move {
                let mut ticks = tokio::time::interval(Duration::from_secs(1));
                loop {
                    ticks.tick().await;
                    server.flush_usage().await.expect("counts can be written");
                }
            });
            let busy = load::round(self.address, requests, 8, length).await;
            writing.abort();
            // The first round warms both up.
            if round > 0 {
                ratios.push(busy.median.as_secs_f64() / calm.median.as_secs_f64());
            }
        }
        Row::new(
            "`/v1/verify`: median time of an answer while counts are written every second ÷ while none are, 10 k keys",
            format!("{:.2}", median(ratios)),
            "≤ 1.1",
        )
    }

    /// One request for each key, as they go over the wire.
    fn requests(&self, keys: &[String]) -> &'static [Vec<u8>] {
        let requests = keys.iter().map(|key| {
            let body = json!({ "key": key, "scopes": ["read"] }).to_string();
            format!(
                "POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                self.verifier,
                body.len(),
            )
            .into_bytes()
        });
        requests.collect::<Vec<_>>().leak()
    }

    async fn length_of_an_answer(&self) -> usize {
        let answer = keydeck_tests::asking::client()
            .post(format!("http://{}/v1/verify", self.address))
            .bearer_auth(&self.verifier)
            .json(&json!({ "key": self.keys[0], "scopes": ["read"] }))
            .send()
            .await
            .expect("the server answers");
        assert_eq!(answer.status(), 200);
        answer.text().await.expect("a body").len()
    }

    /// The first page of the list of all keys, at the server.
    pub async fn first_page(&self) -> Row {
        let client = keydeck_tests::asking::client();
        let url = format!("http://{}/v1/organizations/{}/keys?limit=100", self.address, self.organization);
        let mut took = Vec::new();
        for _ in 0..50 {
            let begin = Instant::now();
            // The token is exposed in the header that exists to carry it.
            let answer = client.get(&url).bearer_auth(self.token.expose()).send().await.expect("the server answers");
            let page: Value = answer.json().await.expect("a page");
            took.push(begin.elapsed().as_secs_f64() * 1000.0);
            assert_eq!(page["total"], KEYS);
            assert_eq!(page["items"].as_array().map(Vec::len), Some(100));
        }
        Row::new("list of 10 k keys: first page of 100 at the server, over HTTP", format!("{:.1} ms", median(took)), "recorded")
    }

    /// Ends the servers.
    pub fn stop(self) {
        for stop in self.stop {
            // A server that has ended by itself no longer hears it.
            let _ended = stop.send(());
        }
    }
}

/// Serves the real routes, or one that only reads its body and sends `length` bytes, on the same
/// accept loop.
pub async fn listen(server: &Server, length: Option<usize>, stop: &mut Vec<oneshot::Sender<()>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let (end, ended) = oneshot::channel();
    stop.push(end);
    let routes = match length {
        None => server.router(),
        Some(length) => {
            let answer = Bytes::from(vec![b' '; length]);
            let nothing = move |_body: Bytes| {
                let answer = answer.clone();
                async move { ([(header::CONTENT_TYPE, "application/json")], answer) }
            };
            Router::new().route("/v1/verify", post(nothing))
        }
    };
    let server = server.clone();
    tokio::spawn(async move {
        let shutdown = async move { drop(ended.await) };
        server.serve_routes(routes, listener, shutdown).await.expect("a server that ends when it is told to");
    });
    address
}
