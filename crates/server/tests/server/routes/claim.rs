//! `POST /v1/claim`, and how a fresh server is taken over by nobody else.

use std::time::Duration;

use keydeck_domain::Role;
use keydeck_domain::api::limits::FEATURE_LIMITS;
use keydeck_domain::api::meta::{FEATURE_TEAM, Meta};
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::sessions::IssuedSession;
use keydeck_domain::api::usage::FEATURE_USAGE;
use keydeck_domain::api::webhooks::FEATURE_WEBHOOKS;
use keydeck_server::{Config, Server};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Child;

use crate::support::database::count;
use crate::support::process::{command, run};
use crate::support::world::{Running, open, serve};
use crate::support::{Answer, As};

const PASSWORD: &str = "correct horse battery";

struct Fresh {
    server: Server,
    anonymous: As,
    folder: tempfile::TempDir,
    running: Running,
}

impl Fresh {
    async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path());
        configure(&mut config);
        let server = open(config).await;
        let (address, running) = serve(&server).await;
        Self { server, anonymous: As::anonymous(address), folder, running }
    }

    async fn offer(&self) -> String {
        // Exposed to be sent: the tests' own token.
        self.server.offer_claim().await.unwrap().unwrap().expose().to_owned()
    }

    async fn claimed(&self) -> bool {
        self.anonymous.get("/v1/meta").await.is(200).read::<Meta>().claimed
    }
}

fn body(token: &str) -> Value {
    json!({
        "token": token, "email": "ada@example.org", "name": "Ada", "password": PASSWORD, "organization": "Northwind", "prefix": "nw",
    })
}

async fn claim(by: &As, token: &str) -> Answer {
    by.post("/v1/claim", &body(token)).await
}

#[tokio::test]
async fn who_has_the_token_owns_the_server() {
    let fresh = Fresh::with(|_| {}).await;
    let token = fresh.offer().await;
    assert!(token.starts_with("kdc_") && token.len() == 47);
    assert!(!fresh.claimed().await);
    let issued: IssuedSession = claim(&fresh.anonymous, &token).await.is(201).read();
    assert_eq!(issued.session.user.email.as_str(), "ada@example.org");
    // Exposed to be sent: the tests' own session.
    let ada = fresh.anonymous.with_bearer(issued.token.expose());
    let all = ada.get("/v1/organizations").await.is(200).value();
    let organization: Organization = serde_json::from_value(all["items"][0].clone()).unwrap();
    assert_eq!((organization.name.as_str(), organization.prefix.as_str(), organization.role), ("Northwind", "nw", Role::Owner));
    let scopes: Vec<_> = organization.scopes.iter().map(|definition| definition.scope.to_string()).collect();
    assert_eq!(scopes, ["read", "write", "delete", "admin"], "the first catalogue");
    let log = ada.get(&format!("/v1/organizations/{}/audit", organization.id)).await.is(200).value();
    let actions: Vec<_> =
        log["items"].as_array().unwrap().iter().map(|entry| (&entry["action"], &entry["actor"]["email"])).collect();
    assert_eq!(
        actions,
        [(&json!("member_added"), &json!("ada@example.org")), (&json!("organization_created"), &json!("ada@example.org"))]
    );
    assert!(fresh.claimed().await);
    assert!(fresh.server.offer_claim().await.unwrap().is_none(), "never again");
    claim(&fresh.anonymous, &token).await.refused(409, ProblemCode::Conflict);
    claim(&fresh.anonymous, "kdc_x").await.refused(409, ProblemCode::Conflict);
    ada.post("/v1/sessions", &json!({ "email": "ada@example.org", "password": PASSWORD })).await.is(201);
    fresh.running.stop().await;
}

#[tokio::test]
async fn a_wrong_token_or_field_claims_nothing() {
    let fresh = Fresh::with(|config| config.sign_in.free_failures = 100).await;
    // A server that nobody has offered, as that inside the app, can't be claimed at all.
    assert!(fresh.claimed().await);
    claim(&fresh.anonymous, "").await.refused(409, ProblemCode::Conflict);
    let before = fresh.offer().await;
    let token = fresh.offer().await;
    assert_ne!(before, token);
    for wrong in [before.as_str(), "", "kdc_", &token[..46], &format!("{token}x"), &token.to_uppercase(), &"x".repeat(5_000)] {
        let problem = claim(&fresh.anonymous, wrong).await.refused(401, ProblemCode::InvalidCredentials);
        assert!(problem.title.contains("token"), "{}", problem.title);
    }
    for (field, bad) in [
        ("password", json!("short")),
        ("email", json!("ada")),
        ("name", json!("")),
        ("organization", json!("a\nb")),
        ("prefix", json!("X")),
        ("role", json!("owner")),
        ("token", json!([token])),
    ] {
        let mut body = body(&token);
        body[field] = bad;
        let refused = fresh.anonymous.post("/v1/claim", &body).await.refused(422, ProblemCode::InvalidBody);
        let said = refused.detail.unwrap();
        assert!(!said.contains(&token) && !said.contains(PASSWORD), "{said}");
    }
    assert_eq!(count(fresh.folder.path(), "SELECT count(*) FROM users").await, 0);
    assert!(!fresh.claimed().await);
    claim(&fresh.anonymous, &token).await.is(201);
    fresh.running.stop().await;
}

#[tokio::test]
async fn t40_guessing_the_token_is_slowed_for_an_address() {
    let fresh = Fresh::with(|config| {
        config.sign_in.free_failures = 3;
        config.sign_in.first_wait = Duration::from_secs(60);
    })
    .await;
    let token = fresh.offer().await;
    for _ in 0..4 {
        claim(&fresh.anonymous, "kdc_guess").await.refused(401, ProblemCode::InvalidCredentials);
    }
    let slowed = claim(&fresh.anonymous, &token).await;
    assert!(slowed.header("retry-after").parse::<u64>().unwrap() >= 1);
    slowed.refused(429, ProblemCode::RateLimited);
    fresh.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_claim_at_once_one_does() {
    let fresh = Fresh::with(|config| config.sign_in.free_failures = 100).await;
    let token = fresh.offer().await;
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let (by, mut body) = (fresh.anonymous.clone(), body(&token));
            body["email"] = json!(format!("claimer{number}@example.org"));
            tokio::spawn(async move { by.post("/v1/claim", &body).await.status.as_u16() })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers.sort_unstable();
    assert_eq!(answers, [201, 409, 409, 409, 409, 409, 409, 409]);
    for table in ["users", "organizations", "members", "sessions"] {
        assert_eq!(count(fresh.folder.path(), &format!("SELECT count(*) FROM {table}")).await, 1, "{table}");
    }
    fresh.running.stop().await;
}

/// Starts `serve` in an empty folder and reads what it says: the address, and all that follows until the
/// token was told.
async fn start(folder: &std::path::Path) -> (Started, As, String) {
    let mut child = command(folder).args(["serve", "--listen", "127.0.0.1:0"]).env("KEYDECK_LOG", "trace").spawn().unwrap();
    let log = reading(&mut child);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next_line().await.unwrap().unwrap();
    let address = first.strip_prefix("listening on http://").unwrap().parse().unwrap();
    let mut said = String::new();
    while !said.contains("works once") {
        said.push_str(&lines.next_line().await.unwrap().unwrap());
        said.push('\n');
    }
    // Kept open: who writes to a pipe that nobody reads is ended.
    child.stdout = Some(lines.into_inner().into_inner());
    (Started { child, log }, As::anonymous(address), said)
}

fn token(said: &str) -> String {
    said.split_whitespace().find(|word| word.starts_with("kdc_")).unwrap().to_owned()
}

/// A process and what it logs, which is read all along: a pipe that is full would hold it up.
struct Started {
    child: Child,
    log: tokio::task::JoinHandle<String>,
}

fn reading(child: &mut Child) -> tokio::task::JoinHandle<String> {
    let mut stderr = child.stderr.take().unwrap();
    tokio::spawn(async move {
        let mut log = String::new();
        stderr.read_to_string(&mut log).await.unwrap();
        log
    })
}

async fn stop(Started { mut child, log }: Started) -> String {
    let id = child.id().unwrap().to_string();
    assert!(tokio::process::Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    assert!(child.wait().await.unwrap().success());
    log.await.unwrap()
}

#[tokio::test]
async fn t26_a_fresh_server_tells_its_token_where_it_runs_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let (first, _, said) = start(folder.path()).await;
    let old = token(&said);
    let log = stop(first).await;
    assert!(log.lines().count() > 3 && !log.contains(&old[4..20]));

    let (second, anonymous, said) = start(folder.path()).await;
    let token = token(&said);
    assert_ne!(token, old, "new at each start");
    assert!(said.contains("Add server") && said.contains("http://127.0.0.1:"), "{said}");
    // There is nobody with a default password, and the token of the start before is over.
    for (email, password) in
        [("admin@example.org", "admin"), ("admin@localhost.localdomain", "password"), ("ada@example.org", PASSWORD)]
    {
        anonymous.post("/v1/sessions", &json!({ "email": email, "password": password })).await.is(401);
    }
    claim(&anonymous, &old).await.refused(401, ProblemCode::InvalidCredentials);
    let mut answers = Vec::new();
    for path in ["/v1/meta", "/openapi.json", "/join", "/readyz", "/v1/organizations", "/v1/claim"] {
        answers.push(anonymous.get(path).await);
    }
    assert_eq!(answers[0].value()["claimed"], false);
    assert_eq!(answers[0].value()["features"], json!([FEATURE_TEAM, FEATURE_USAGE, FEATURE_LIMITS, FEATURE_WEBHOOKS]));
    answers.push(claim(&anonymous, &token).await.is(201));
    answers.push(claim(&anonymous, &token).await.is(409));
    answers.push(anonymous.get("/v1/meta").await);
    assert_eq!(answers.last().unwrap().value()["claimed"], true);
    for answer in &answers {
        assert!(!String::from_utf8_lossy(&answer.body).contains(&token[4..20]));
    }
    let log = stop(second).await;
    assert!(log.lines().count() > 10 && !log.contains(&token[4..20]), "not in the log");
    for file in std::fs::read_dir(folder.path().join("data")).unwrap() {
        let content = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!content.windows(16).any(|window| window == &token.as_bytes()[4..20]), "nor on disk");
    }
    // A server with people tells none.
    let mut child = command(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]).spawn().unwrap();
    let log = reading(&mut child);
    let mut stdout = child.stdout.take().unwrap();
    let mut byte = [0];
    stdout.read_exact(&mut byte).await.unwrap();
    stop(Started { child, log }).await;
    let mut said = String::new();
    stdout.read_to_string(&mut said).await.unwrap();
    assert!(said.contains("istening on") && !said.contains("kdc_"), "{said}");
    let (done, _, said) = run(folder.path(), &["init", "--email", "eve@example.org", "--organization", "Mine"], PASSWORD).await;
    assert!(!done && said.contains("set up already"), "{said}");
}

#[tokio::test]
async fn a_first_start_never_puts_a_pepper_beside_a_database_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (child, anonymous, said) = start(folder.path()).await;
    claim(&anonymous, &token(&said)).await.is(201);
    stop(child).await;
    std::fs::remove_file(folder.path().join("pepper")).unwrap();
    let (done, said, error) = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"], "").await;
    assert!(!done && error.contains("restore it") && said.is_empty(), "{error}");
    assert!(!folder.path().join("pepper").exists());
}
