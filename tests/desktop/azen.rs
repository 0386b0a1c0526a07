//! Azen, on a real Better Auth: sign in, an organization's keys, a new one that may only read, copied, used at the
//! protected service, switched off, deleted. `KEYDECK_TEST_BETTER_AUTH` says where the servers are installed
//! (`scripts/test.sh` does it); without it there is nothing to ask.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use keydeck_domain::{Dialect, PresentedKey};
use keydeck_tests::page::Page;
use keydeck_tests::pictures::Album;
use keydeck_tests::process::until;
use keydeck_tests::walk::{Walk, row};
use keydeck_tests::{Desktop, Machine, axe, canary};
use reqwest::Method;
use serde_json::{Value, json};

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "a good long password";

/// The Azen-like server. It ends with this.
struct Azen {
    address: String,
    running: Child,
}

impl Drop for Azen {
    fn drop(&mut self) {
        let _ended = self.running.kill();
        let _reaped = self.running.wait();
    }
}

impl Azen {
    fn start() -> Option<Self> {
        let folder = std::env::var_os("KEYDECK_TEST_BETTER_AUTH")?;
        let mut command = Command::new("node");
        command.arg("azen.mjs").current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = command.spawn().expect("Node is installed");
        let mut line = String::new();
        BufReader::new(running.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).expect("the server says where it answers");
        Some(Self { address: said["address"].as_str().unwrap().to_owned(), running })
    }

    /// What the protected service says to a key.
    async fn asks(&self, method: Method, key: &str) -> (u16, String) {
        let request = keydeck_tests::asking::client().request(method, format!("{}/api/v1/memories", self.address));
        let answer = request.header("azen-api-key", key).json(&json!({ "text": "something" })).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// The sessions that the server knows.
    async fn sessions(&self) -> Vec<String> {
        let request = keydeck_tests::asking::client().post(format!("{}/test/find", self.address));
        let rows: Value = request.json(&json!({ "model": "session" })).send().await.unwrap().json().await.unwrap();
        rows.as_array().unwrap().iter().map(|row| row["token"].as_str().unwrap().to_owned()).collect()
    }
}

async fn sign_in(page: &Page, azen: &Azen, album: &mut Album) {
    page.press("connect-azen").await;
    page.write("server-address", &azen.address).await;
    page.press_at("form button[type='submit']").await;
    page.see("server-identity").await;
    album.take(page, "address").await;
    page.press_at("form button[type='submit']").await;
    page.write("signin-email", EMAIL).await;
    page.write("signin-password", PASSWORD).await;
    page.press("signin-submit").await;
    page.see("create-open").await;
    assert!(!page.everything().await.contains(PASSWORD), "the password passes through its field and is not kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_azen_is_made_used_switched_off_and_deleted() {
    let Some(azen) = Azen::start() else { return };
    let machine = Machine::start();
    let mut album = Album::new("pictures/azen");
    let desktop = Desktop::start(&machine).await;
    let page = &desktop.page;
    sign_in(page, &azen, &mut album).await;
    page.holds("the organization is shown", "return document.body.innerText", vec![], |said| {
        said.as_str().is_some_and(|said| said.contains("Northwind"))
    })
    .await;
    album.take(page, "nothing-yet").await;

    // Azen: "API key permissions are configured in the console when creating or editing keys."
    page.press("create-open").await;
    page.write("create-name", "Monitoring").await;
    let chosen = "const input = document.querySelector(\"[data-testid='access-read_only']\"); return input.checked || input.querySelector('input')?.checked";
    page.holds("read only is chosen", chosen, vec![], |said| *said == json!(true)).await;
    album.take(page, "create").await;
    axe::check(page, "create at Azen").await;
    page.press("create-submit").await;
    page.see("secret-dialog").await;
    page.press("secret-copy").await;
    let is_key = |text: &String| PresentedKey::parse(Dialect::Azen, text).is_ok_and(|_| text.starts_with("azen_"));
    let secret = until("the secret is in the clipboard", || Some(machine.paste()).filter(is_key));
    page.press("secret-try").await;
    page.see("trial-outcome").await;
    album.take(page, "copied-and-tried").await;
    page.press("secret-done").await;
    page.gone("secret-dialog").await;
    assert_eq!(azen.asks(Method::GET, &secret).await.0, 200);
    assert_eq!(azen.asks(Method::POST, &secret).await, (403, "Unauthorized".to_owned()));

    let mut walk = Walk::new(&machine, &desktop, &mut album);
    let id = walk.row_named("Monitoring").await;
    walk.picture("keys").await;
    walk.open(&id).await;
    axe::check(page, "a key of Azen").await;
    page.press("drawer-disable").await;
    page.press("enable-confirm").await;
    page.says("drawer-status", "Disabled").await;
    walk.picture("disabled").await;
    assert_eq!(azen.asks(Method::GET, &secret).await, (403, "API Key is disabled".to_owned()));

    // Its keys are live: Azen knows no others.
    page.press("drawer-revoke").await;
    page.write("revoke-name", "Monitoring").await;
    walk.picture("revoke").await;
    page.press("revoke-confirm").await;
    page.says("revoke-outcome", "refuses").await;
    walk.picture("revoked").await;
    assert_eq!(azen.asks(Method::GET, &secret).await, (403, "Invalid API key.".to_owned()));
    let sessions = azen.sessions().await;
    assert_eq!(sessions.len(), 1);
    desktop.quit().await;

    // Started again: still signed in, and the key is remembered as one that the server does not have any more.
    let desktop = Desktop::start(&machine).await;
    desktop.page.find(&row(&id)).await;
    album.take(&desktop.page, "started-again").await;
    desktop.quit().await;

    let secrets: Vec<String> = [secret, PASSWORD.to_owned()].into_iter().chain(sessions).collect();
    let found = canary::find(&secrets, &[machine.folder(), album.folder()]);
    assert!(found.is_empty(), "found in {found:?}");
}
