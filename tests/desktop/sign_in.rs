//! A key server somewhere else: sign in, make a key, and what a service hears when it asks about it.

use std::net::SocketAddr;

use keydeck_domain::{Email, Name, Password};
use keydeck_server::{Config, Pepper, Server};
use keydeck_tests::page::Page;
use keydeck_tests::pictures::Album;
use keydeck_tests::walk::Walk;
use keydeck_tests::{Desktop, Machine, axe, canary};
use serde_json::{Value, json};
use tokio::sync::oneshot;

pub(crate) const EMAIL: &str = "grace@northwind.example";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) struct Remote {
    pub(crate) address: String,
    verifier: String,
    server: Server,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Remote {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = keydeck_server::open(Config::new(folder.path()), Pepper::generate().unwrap()).await.unwrap();
        let email: Email = EMAIL.parse().unwrap();
        let name: Name = "Grace".parse().unwrap();
        let user = server.add_person(&email, &name, &Password::new(PASSWORD.to_owned())).await.unwrap();
        let organization = server.add_organization(&"Northwind".parse().unwrap(), &"nw".parse().unwrap(), user).await.unwrap();
        let verifier = server.add_verifier(organization, &"Gateway".parse().unwrap(), user).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = server.clone().serve(listener, async move {
            let _ = stopped.await;
        });
        let task = tokio::spawn(async move { serving.await.unwrap() });
        // Exposed to be presented as a gateway presents it.
        let verifier = verifier.secret.expose().to_owned();
        Self { address, verifier, server, stop, task, _folder: folder }
    }

    /// What a service hears about a key.
    async fn verify(&self, key: &str, scope: &str) -> Value {
        let body = json!({ "key": key, "scopes": [scope] });
        let request =
            keydeck_tests::asking::client().post(format!("{}/v1/verify", self.address)).bearer_auth(&self.verifier).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> SocketAddr {
        self.address.trim_start_matches("http://").parse().unwrap()
    }

    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

/// Types the server's address and waits until it is known who answers.
pub(crate) async fn add(page: &Page, remote: &Remote) {
    add_at(page, &remote.address).await;
}

/// The same where the server is reached by another address.
pub(crate) async fn add_at(page: &Page, server: &str) {
    page.press("connect-keydeck").await;
    let address = page.find("input[inputmode='url']").await;
    address.send_keys(server).await.unwrap();
    page.press_at("form button[type='submit']").await;
    page.holds("the server is known", "return document.body.innerText.includes('answers at')", vec![], |said| {
        *said == json!(true)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_and_a_service_verifies_the_key() {
    let remote = Remote::start().await;
    let machine = Machine::start();
    let mut album = Album::new("pictures/sign-in");
    let desktop = Desktop::start(&machine).await;
    let page = &desktop.page;

    add(page, &remote).await;
    album.take(page, "address").await;
    page.press_at("form button[type='submit']").await;
    page.write("signin-email", EMAIL).await;
    page.write("signin-password", "wrong").await;
    page.press("signin-submit").await;
    page.holds("it is refused", "return document.querySelector('[role=alert]') !== null", vec![], |said| *said == json!(true))
        .await;
    album.take(page, "refused").await;
    axe::check(page, "sign in, refused").await;
    page.write("signin-password", PASSWORD).await;
    page.press("signin-submit").await;
    page.see("create-open").await;
    assert!(!page.everything().await.contains(PASSWORD), "the password passes through its field and is not kept");

    let mut walk = Walk::new(&machine, &desktop, &mut album);
    let mut made = walk.create_and_copy("Storefront").await;
    assert!(made.secret.starts_with("nw_test_"), "the organization's prefix");
    walk.try_and_finish(&mut made, "Storefront").await;
    let answer = remote.verify(&made.secret, "read").await;
    assert_eq!((&answer["outcome"], &answer["key"]["id"]), (&json!("accepted"), &json!(made.id)));
    assert_eq!(remote.verify(&made.secret, "write").await["outcome"], json!("missing_scope"));
    walk.open(&made.id).await;
    walk.add_scope("write").await;
    assert_eq!(remote.verify(&made.secret, "write").await["outcome"], json!("accepted"));
    walk.revoke().await;
    assert_eq!(remote.verify(&made.secret, "read").await["outcome"], json!("revoked"));
    desktop.quit().await;

    // Started again: still signed in, by the token in the keychain.
    let desktop = Desktop::start(&machine).await;
    desktop.page.see("keys-table").await;

    // The session is ended elsewhere: the next request says so, and nothing is lost by signing in again.
    remote.server.set_password(&EMAIL.parse().unwrap(), &Password::new("another long password".to_owned())).await.unwrap();
    desktop.page.press("create-open").await;
    desktop.page.write("create-name", "After the end").await;
    desktop.page.press("create-submit").await;
    desktop.page.see("signin-password").await;
    album.take(&desktop.page, "session-ended").await;
    desktop.quit().await;

    let secrets = [made.secret, PASSWORD.to_owned(), remote.verifier.clone()];
    let found = canary::find(&secrets, &[machine.folder(), album.folder()]);
    assert!(found.is_empty(), "found in {found:?}");
    remote.stop().await;
}
