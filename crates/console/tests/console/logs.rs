//! T25: no secret is in a log, however much is logged.

use std::io::Write;
use std::sync::{Arc, Mutex};

use keydeck_console::clipboard::CopyAs;
use keydeck_console::vault::{Entry, Vault};
use keydeck_domain::Password;
use keydeck_domain::api::verifiers::NewVerifier;
use tracing_subscriber::util::SubscriberInitExt;

use crate::support::world::{EMAIL, Fresh};
use crate::support::{Act, Desk, PASSWORD, Proxy, World, new_key};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const ALONE: &str = "KEYDECK_TEST_ALONE";

/// In a process of its own: what a thread logs is remembered for the whole process, also that nobody
/// listened to it.
#[test]
fn t25_no_secret_is_in_a_log() {
    if std::env::var_os(ALONE).is_some() {
        // On one thread, so that everything is seen: ours, the client's, the server's.
        return tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(main_job_under_a_log());
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "logs::t25_no_secret_is_in_a_log"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

async fn main_job_under_a_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let _logged = subscriber.set_default();

    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let connection = desk.add(&proxy.origin()).await;
    let wrong = Password::new("wrong CANARY password".to_owned());
    desk.console.sign_in(connection.id, EMAIL.into(), wrong).await.unwrap_err();
    let there = desk.console.sign_in(connection.id, EMAIL.into(), Password::new(PASSWORD.into())).await.unwrap();
    let token = desk.vault.read(&Entry::SessionToken(connection.id)).await.unwrap().unwrap().secret;
    proxy.rule(|seen| if seen.is("PUT", "/keys/") { Act::LoseAnswer } else { Act::Pass });
    let handoff = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    proxy.rule(|_| Act::Pass);
    desk.console.handoffs().await.unwrap();
    desk.console.copy_secret(handoff.key, CopyAs::Plain).await.unwrap();
    let secret = desk.clipboard.content().unwrap();
    desk.console.try_key(handoff.key).await.unwrap();
    desk.console.reveal_secret(handoff.key).await.unwrap();
    proxy.rule(|_| Act::Answer(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"canary\":".to_vec()));
    desk.console.revoke_key(handoff.key).await.unwrap_err();
    proxy.rule(|_| Act::Pass);
    desk.console.discard_key(handoff.key).await.unwrap();
    let link = crate::team::invite(&desk, &there, "cleo@example.org", keydeck_domain::Role::Member).await;
    let organization = world.organization;
    let new = NewVerifier { name: "Billing API".parse().unwrap() };
    let verifier = desk.console.make_verifier(there.id, organization, new).await.unwrap();
    desk.console.copy_verifier(verifier.id, CopyAs::CurlHeader).await.unwrap();
    let verifier_secret = desk.clipboard.content().unwrap();
    desk.console.verifiers(there.id, organization).await.unwrap();
    desk.console.revoke_verifier(there.id, organization, verifier.id).await.unwrap();
    let guest = Desk::start().await;
    guest.console.accept_invitation(crate::team::join(&link)).await.unwrap();
    guest.console.accept_invitation(crate::team::join(&link)).await.unwrap_err();
    let fresh = Fresh::start().await;
    let claimed = guest.add(&fresh.origin()).await;
    guest.console.claim_server(claimed.id, crate::team::claim(&fresh.token)).await.unwrap();
    let next = || Password::new("another CANARY password".to_owned());
    guest.console.change_password(claimed.id, next(), next()).await.unwrap_err();
    desk.console.sign_out(connection.id).await.unwrap();

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("/v1/sessions"), "the server's requests are in it");
    assert!(text.contains("hyper"), "the client's connections are in it");
    for (what, canary) in [
        ("password", PASSWORD),
        ("wrong password", "CANARY"),
        ("token", token.expose()),
        ("secret", secret.expose()),
        ("invitation", link.as_str()),
        ("verifier", verifier_secret.expose().trim_end_matches('\'')),
        ("claim", fresh.token.expose()),
    ] {
        let part = &canary[canary.len().saturating_sub(20)..];
        assert!(!text.contains(part), "the {what} is in the log");
    }
}
