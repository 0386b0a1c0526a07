//! Verifiers, from the window's side: told once, handed over, lost, revoked.

use keydeck_console::clipboard::CopyAs;
use keydeck_console::connection::Connection;
use keydeck_console::error::ErrorCode;
use keydeck_domain::api::verifiers::{NewVerifier, Verifier};
use keydeck_domain::{Password, VerifierId};

use crate::support::world::MEMBER;
use crate::support::{Act, Desk, LocalHost, PASSWORD, Proxy, World, new_key};

fn named(name: &str) -> NewVerifier {
    NewVerifier { name: name.parse().unwrap() }
}

async fn make(desk: &Desk, at: &Connection, name: &str) -> Verifier {
    desk.console.make_verifier(at.id, at.organization.unwrap(), named(name)).await.unwrap()
}

async fn listed(desk: &Desk, at: &Connection) -> Vec<(String, bool)> {
    let verifiers = desk.console.verifiers(at.id, at.organization.unwrap()).await.unwrap();
    verifiers.into_iter().map(|one| (one.name.to_string(), one.revoked_at.is_some())).collect()
}

/// What a verifier's secret comes to at the server, and whether the key that it asks about is good.
async fn asked(at: &Connection, verifier: &str, key: &str) -> (u16, Option<bool>) {
    let answer = reqwest::Client::new()
        .post(format!("{}/v1/verify", at.address))
        .bearer_auth(verifier)
        .header("content-type", "application/json")
        .body(format!(r#"{{"key":"{key}"}}"#))
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    let body: serde_json::Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    (status, body["outcome"].as_str().map(|outcome| outcome == "accepted"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_verifier_to_a_key_that_a_service_knows_and_to_its_end() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let at = desk.signed_in(&world.origin()).await;
    assert!(at.capabilities.verifiers);
    assert_eq!(listed(&desk, &at).await, []);
    let key = desk.console.create_key(at.id, world.organization, new_key("Billing worker")).await.unwrap();
    desk.console.copy_secret(key.key, CopyAs::Plain).await.unwrap();
    let key = desk.clipboard.content().unwrap();

    let made = make(&desk, &at, "Billing API").await;
    assert_eq!((made.name.as_str(), made.created_by.email.as_str(), made.revoked_at), ("Billing API", "ada@example.org", None));
    let state = desk.console.copy_verifier(made.id, CopyAs::Plain).await.unwrap();
    assert_eq!((state.hint.as_deref(), state.seconds_left.is_some()), (Some("verifier Billing API"), true));
    let secret = desk.clipboard.content().unwrap();
    assert!(secret.expose().starts_with("kdv_"));
    assert_eq!(asked(&at, secret.expose(), key.expose()).await, (200, Some(true)));

    for (form, expected) in [
        (CopyAs::Environment { variable: "KEYDECK_VERIFIER".into() }, format!("KEYDECK_VERIFIER={}", secret.expose())),
        (CopyAs::CurlHeader, format!("-H 'Authorization: Bearer {}'", secret.expose())),
    ] {
        desk.console.copy_verifier(made.id, form).await.unwrap();
        assert!(desk.clipboard.content().unwrap().expose() == expected);
    }

    make(&desk, &at, "Search API").await;
    desk.console.revoke_verifier(at.id, world.organization, made.id).await.unwrap();
    assert_eq!(asked(&at, secret.expose(), key.expose()).await.0, 401);
    assert_eq!(listed(&desk, &at).await, [("Search API".to_owned(), false), ("Billing API".to_owned(), true)]);
    assert_eq!(desk.console.copy_verifier(made.id, CopyAs::Plain).await.unwrap_err().code, ErrorCode::NotFound);
    // A second time changes nothing; one that was never there is told.
    desk.console.revoke_verifier(at.id, world.organization, made.id).await.unwrap();
    let error = desk.console.revoke_verifier(at.id, world.organization, VerifierId::generate()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_in_memory_alone_until_it_is_handed_over() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let at = desk.signed_in(&world.origin()).await;
    let copied = |id| desk.console.copy_verifier(id, CopyAs::Plain);

    let made = make(&desk, &at, "Billing API").await;
    copied(made.id).await.unwrap();
    let secret = desk.clipboard.content().unwrap();
    assert!(!serde_json::to_string(&made).unwrap().contains(secret.expose()));
    assert!(!serde_json::to_string(&desk.console.overview().await.unwrap()).unwrap().contains(secret.expose()));
    for (path, content) in desk.files() {
        assert!(!String::from_utf8_lossy(&content).contains(secret.expose()), "{}", path.display());
    }
    // A list that does not show it is not what forgets it; Done is.
    listed(&desk, &at).await;
    copied(made.id).await.unwrap();
    desk.console.forget_verifier(made.id).await.unwrap();
    assert_eq!(copied(made.id).await.unwrap_err().code, ErrorCode::NotFound);

    // Revoked by somebody else: seen in the list.
    let second = make(&desk, &at, "Search API").await;
    let colleague = Desk::start().await;
    let there = colleague.signed_in(&world.origin()).await;
    assert_eq!(
        colleague.console.copy_verifier(second.id, CopyAs::Plain).await.unwrap_err().code,
        ErrorCode::NotFound,
        "told once"
    );
    colleague.console.revoke_verifier(there.id, world.organization, second.id).await.unwrap();
    listed(&desk, &at).await;
    assert_eq!(copied(second.id).await.unwrap_err().code, ErrorCode::NotFound);

    // Who signs out leaves none, nor does the end of the program.
    let third = make(&desk, &at, "Mail API").await;
    desk.console.sign_out(at.id).await.unwrap();
    assert_eq!(copied(third.id).await.unwrap_err().code, ErrorCode::NotFound);
    let at = desk.console.sign_in(at.id, "ada@example.org".into(), Password::new(PASSWORD.to_owned())).await.unwrap();
    let fourth = make(&desk, &at, "Chat API").await;
    let desk = desk.again().await;
    assert_eq!(desk.console.copy_verifier(fourth.id, CopyAs::Plain).await.unwrap_err().code, ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verifier_whose_answer_was_lost_is_sent_once_and_seen_in_the_list() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let at = desk.signed_in(&proxy.origin()).await;
    proxy.rule(|seen| if seen.is("POST", "/verifiers") { Act::LoseAnswer } else { Act::Pass });
    let error = desk.console.make_verifier(at.id, world.organization, named("Billing API")).await.unwrap_err();
    assert!(error.code == ErrorCode::Unreachable && error.message.contains("revoke it and make another"), "{error:?}");
    assert_eq!(proxy.count("POST", "/verifiers"), 1);
    proxy.rule(|_| Act::Pass);
    assert_eq!(listed(&desk, &at).await, [("Billing API".to_owned(), false)]);
    // A revoke whose answer was lost is asked for again.
    let id = desk.console.verifiers(at.id, world.organization).await.unwrap()[0].id;
    let mut first = true;
    proxy.rule(move |seen| if seen.method == "DELETE" && std::mem::take(&mut first) { Act::LoseAnswer } else { Act::Pass });
    desk.console.revoke_verifier(at.id, world.organization, id).await.unwrap();
    assert_eq!(proxy.count("DELETE", "/verifiers/"), 2);
    assert_eq!(listed(&desk, &at).await, [("Billing API".to_owned(), true)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_sees_them_and_admins_make_and_revoke_them() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let at = desk.signed_in(&world.origin()).await;
    let made = make(&desk, &at, "Billing API").await;
    let ben = Desk::start().await;
    let there = ben.add(&world.origin()).await;
    let there = ben.console.sign_in(there.id, MEMBER.into(), Password::new(PASSWORD.to_owned())).await.unwrap();
    assert_eq!(listed(&ben, &there).await, [("Billing API".to_owned(), false)]);
    let error = ben.console.make_verifier(there.id, world.organization, named("Mine")).await.unwrap_err();
    assert!(error.code == ErrorCode::Forbidden && !error.message.contains("revoke it"), "{error:?}");
    let error = ben.console.revoke_verifier(there.id, world.organization, made.id).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Forbidden);
    // An organization that one does not belong to has none that could be seen.
    let strange = keydeck_domain::OrganizationId::generate();
    assert_eq!(ben.console.verifiers(there.id, strange).await.unwrap_err().code, ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_on_this_computer_has_them_too() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with_local(LocalHost::on(folder.path().join("server"))).await;
    let at = desk.console.start_local().await.unwrap();
    assert!(at.capabilities.verifiers);
    make(&desk, &at, "A service here").await;
    assert_eq!(listed(&desk, &at).await.len(), 1);
}
