//! Memory API and ElizaOS in the real window: a key taken from the clipboard manages the others; a token is made, handed
//! over, tried and replaced.

use std::sync::{Arc, Mutex};

use keydeck_domain::api::organizations::NewOrganization;
use keydeck_domain::{Dialect, Email, Password, PresentedKey};
use keydeck_server::{Config, Pepper};
use keydeck_tests::page::Page;
use keydeck_tests::pictures::Album;
use keydeck_tests::process::until;
use keydeck_tests::walk::Walk;
use keydeck_tests::{Desktop, Machine, axe, canary};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Adds a server of this kind.
async fn add(page: &Page, kind: &str, address: &str) {
    page.press(&format!("connect-{kind}")).await;
    page.find("[data-testid='server-address']").await.clear().await.unwrap();
    page.write("server-address", address).await;
    page.press_at("form button[type='submit']").await;
    page.see("server-identity").await;
    page.press_at("form button[type='submit']").await;
}

/// A server with an account of the largest plan: its address, and a key that may do everything.
async fn served() -> (String, String, tokio::task::JoinHandle<()>) {
    let folder = tempfile::tempdir().unwrap();
    let server = keydeck_server::open(Config::new(folder.path()), Pepper::generate().unwrap()).await.unwrap();
    let email: Email = "ada@northwind.example".parse().unwrap();
    let password = Password::new("correct horse battery staple".to_owned());
    let ada = server.add_person(&email, &"Ada".parse().unwrap(), &password).await.unwrap();
    let (name, prefix) = ("Northwind".parse().unwrap(), "nw".parse().unwrap());
    let wanted = NewOrganization { name, prefix, dialect: Dialect::MemoryApi, tenant: None };
    let organization = server.add_organization_of(wanted, ada).await.unwrap();
    let session = server.issue_session(&email).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let _kept = folder;
        server.serve(listener, std::future::pending()).await.unwrap();
    });
    let at = |path: &str| format!("{origin}/v1/organizations/{organization}/{path}");
    // Exposed to be the owner who asks.
    let token = session.token.expose();
    let http = keydeck_tests::asking::client();
    let limits = http.get(at("limits")).bearer_auth(token).send().await.unwrap();
    let version = limits.headers()["etag"].clone();
    let limits: Value = limits.json().await.unwrap();
    let largest = limits["plans"].as_array().unwrap().iter().find(|plan| plan["name"] == "Enterprise").unwrap();
    let wanted = json!({ "items": largest["items"] });
    let set = http.put(at("limits")).bearer_auth(token).header("if-match", version).json(&wanted).send().await.unwrap();
    assert!(set.status().is_success(), "{}", set.status());
    let wanted = json!({ "name": "Console", "environment": "live", "scopes": ["read", "write", "delete", "admin"] });
    let unique = "0193aaaa-7000-7000-8000-000000000001";
    let made = http.post(at("keys")).bearer_auth(token).header("idempotency-key", unique).json(&wanted).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    let admin = made["secret"].as_str().expect("the secret").to_owned();
    (format!("{origin}/memory-api/v1"), admin, serving)
}

/// What the protected service says to a key.
async fn memories(address: &str, key: &str) -> StatusCode {
    let request = keydeck_tests::asking::client().get(format!("{address}/memories")).bearer_auth(key);
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_memory_api_makes_another_and_revokes_it() {
    let (address, admin, serving) = served().await;
    let machine = Machine::start();
    let mut album = Album::new("pictures/memory-api");
    let desktop = Desktop::start(&machine).await;
    let page = &desktop.page;
    add(page, "memory_api", &address).await;
    page.see("signin-clipboard").await;
    axe::check(page, "sign in to Memory API").await;
    machine.copy(&admin);
    album.take(page, "sign-in").await;
    page.press("signin-clipboard").await;
    page.see("create-open").await;
    let emptied = until("the clipboard is cleared", || Some(machine.paste()).filter(|text| *text != admin));
    assert!(!emptied.contains(&admin));

    page.press("create-open").await;
    page.write("create-name", "Analytics").await;
    page.press("create-submit").await;
    page.see("secret-dialog").await;
    page.press("secret-copy").await;
    let is_key = |text: &String| PresentedKey::parse(Dialect::MemoryApi, text).is_ok() && *text != admin;
    let secret = until("the secret is in the clipboard", || Some(machine.paste()).filter(is_key));
    page.press("secret-try").await;
    page.see("trial-outcome").await;
    album.take(page, "tried").await;
    page.press("secret-done").await;
    page.gone("secret-dialog").await;
    assert_eq!(memories(&address, &secret).await, StatusCode::OK);

    let mut walk = Walk::new(&machine, &desktop, &mut album);
    let id = walk.row_named("Analytics").await;
    walk.open(&id).await;
    axe::check(page, "a key of Memory API").await;
    walk.revoke().await;
    assert_eq!(memories(&address, &secret).await, StatusCode::UNAUTHORIZED);
    assert_eq!(memories(&address, &admin).await, StatusCode::OK);
    desktop.quit().await;
    serving.abort();
    let found = canary::find(&[admin, secret], &[machine.folder(), album.folder()]);
    assert!(found.is_empty(), "found in {found:?}");
}

/// A server that behaves as ElizaOS 1.7; its variable is as the person has set it.
async fn elizaos(variable: Arc<Mutex<String>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let variable = Arc::clone(&variable);
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.windows(4).any(|four| four == b"\r\n\r\n") {
                    if client.read_buf(&mut request).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                let answer = answered(&String::from_utf8_lossy(&request), &variable.lock().unwrap().clone());
                let _gone = client.write_all(answer.as_bytes()).await;
            });
        }
    });
    address
}

fn answered(request: &str, wanted: &str) -> String {
    let sent = request.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("x-api-key").then(|| value.trim())
    });
    let (status, body) = match request.split(' ').collect::<Vec<_>>()[..] {
        ["OPTIONS", ..] => ("204 No Content", ""),
        _ if sent != Some(wanted) => {
            ("401 Unauthorized", r#"{"error":"API key required","message":"Missing or invalid X-API-KEY header"}"#)
        }
        [_, "/api/agents", ..] => ("200 OK", r#"{"success":true,"data":{"agents":[]}}"#),
        _ => ("200 OK", r#"{"pong":true}"#),
    };
    let cors = "access-control-allow-origin: *\r\naccess-control-allow-headers: Content-Type, X-API-KEY";
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{cors}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// Makes a token and copies it as the line for the environment.
async fn made(machine: &Machine, page: &Page, name: &str) -> String {
    page.write("create-name", name).await;
    page.press("create-submit").await;
    page.see("secret-dialog").await;
    page.press("secret-copy-as").await;
    page.press_at("[aria-label='Copy as'] form button[type='submit']").await;
    let is_line = |text: &String| text.starts_with("ELIZA_SERVER_AUTH_TOKEN=");
    let line = until("the line is in the clipboard", || Some(machine.paste()).filter(is_line));
    page.press("secret-done").await;
    page.gone("secret-dialog").await;
    machine.copy("something else");
    line["ELIZA_SERVER_AUTH_TOKEN=".len()..].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_elizaos_is_made_tried_and_replaced() {
    let variable = Arc::new(Mutex::new("what it was started with".to_owned()));
    let address = elizaos(Arc::clone(&variable)).await;
    let machine = Machine::start();
    let mut album = Album::new("pictures/elizaos");
    let desktop = Desktop::start(&machine).await;
    let page = &desktop.page;
    add(page, "elizaos", &address).await;
    page.press("create-open").await;
    let first = made(&machine, page, "First").await;
    variable.lock().unwrap().clone_from(&first);
    let mut walk = Walk::new(&machine, &desktop, &mut album);
    let id = walk.row_named("First").await;
    walk.open(&id).await;
    page.press("entry-try").await;
    page.see("trial-finding").await;
    page.says("drawer", "takes this token").await;
    walk.picture("tried").await;
    axe::check(page, "a token of ElizaOS").await;

    // Step by step to another one; the old one is not over before the server refuses it.
    page.press("replace-open").await;
    page.press("replace-make").await;
    let second = made(&machine, page, "Second").await;
    assert!(first != second);
    walk.open(&id).await;
    page.press("drawer-revoke").await;
    page.press("revoke-confirm").await;
    page.see("revoke-outcome").await;
    page.says("revoke-outcome", "accepted").await;
    walk.picture("still-good").await;
    page.press("revoke-close").await;
    variable.lock().unwrap().clone_from(&second);
    page.press("drawer-revoke").await;
    page.press("revoke-confirm").await;
    page.says("revoke-outcome", "refuse").await;
    walk.picture("over").await;
    desktop.quit().await;
    let found = canary::find(&[first, second], &[machine.folder(), album.folder()]);
    assert!(found.is_empty(), "found in {found:?}");
}
