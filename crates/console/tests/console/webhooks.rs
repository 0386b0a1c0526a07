//! Webhooks, from the window's side: the secret is told once, and stays in the program.

use keydeck_console::error::ErrorCode;
use keydeck_domain::api::webhooks::NewWebhook;

use crate::support::proxy::{answer, json};
use crate::support::{Act, Desk, Proxy, World};

const SECRET: &str = "kdw_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const ID: &str = "018f2b6a-0000-7000-8000-000000000001";
const META: &str = r#"{"name":"keydeck-server","version":"0.1.0","protocol":1,"features":["team","usage","webhooks"]}"#;

fn record() -> String {
    format!(
        r#"{{"id":"{ID}","name":"Chat","url":"https://chat.example.org/hook","created_at":"2026-11-22T09:00:00Z","last":null,"waiting":0}}"#
    )
}

fn wanted() -> NewWebhook {
    NewWebhook { name: "Chat".parse().unwrap(), url: "https://chat.example.org/hook".to_owned() }
}

/// A server with webhooks, in front of the real one.
async fn scene() -> (World, Proxy, Desk, keydeck_console::connection::Connection) {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    proxy.rule(|seen| if seen.path == "/v1/meta" { json("200 OK", "", META) } else { Act::Pass });
    let desk = Desk::start().await;
    let at = desk.signed_in(&proxy.origin()).await;
    assert!(at.capabilities.webhooks);
    (world, proxy, desk, at)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_webhook_to_its_secret_to_its_end() {
    let (world, proxy, desk, at) = scene().await;
    proxy.rule(|seen| match (seen.method.as_str(), seen.path.rsplit('/').next().unwrap()) {
        ("GET", "webhooks") => json("200 OK", "", &format!(r#"{{"items":[{}]}}"#, record())),
        ("POST", "webhooks") => json("201 Created", "", &format!(r#"{{"webhook":{},"secret":"{SECRET}"}}"#, record())),
        ("POST", "test") => {
            json("200 OK", "", r#"{"at":"2026-11-22T09:00:00Z","status":404,"taken":false,"error":"It answered 404."}"#)
        }
        ("DELETE", ID) => answer("204 No Content", "", b""),
        _ => Act::Pass,
    });
    let (id, organization) = (at.id, world.organization);
    let made = desk.console.make_webhook(id, organization, wanted()).await.unwrap();
    assert_eq!((made.name.as_str(), desk.console.webhooks(id, organization).await.unwrap().len()), ("Chat", 1));
    let state = desk.console.copy_webhook(made.id).await.unwrap();
    assert_eq!((state.hint.as_deref(), state.seconds_left.is_some()), (Some("webhook Chat"), true));
    assert_eq!(desk.clipboard.content().unwrap().expose(), SECRET);
    let delivery = desk.console.test_webhook(id, organization, made.id).await.unwrap();
    assert_eq!((delivery.status, delivery.taken), (Some(404), false));
    assert_eq!(proxy.count("POST", "/test"), 1, "each one is a message to somebody");

    desk.console.forget_webhook(made.id).await.unwrap();
    assert_eq!(desk.console.copy_webhook(made.id).await.unwrap_err().code, ErrorCode::NotFound);
    let again = desk.console.make_webhook(id, organization, wanted()).await.unwrap();
    desk.console.remove_webhook(id, organization, again.id).await.unwrap();
    assert_eq!(desk.console.copy_webhook(again.id).await.unwrap_err().code, ErrorCode::NotFound);
    for (path, content) in desk.files() {
        assert!(!String::from_utf8_lossy(&content).contains("kdw_"), "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_answer_was_lost_it_is_said_what_to_do() {
    let (world, proxy, desk, at) = scene().await;
    proxy.rule(|seen| if seen.is("POST", "/webhooks") { Act::LoseAnswer } else { Act::Pass });
    let error = desk.console.make_webhook(at.id, world.organization, wanted()).await.unwrap_err();
    assert!(error.message.contains("remove it and make another"), "{error:?}");
    assert_eq!(proxy.count("POST", "/webhooks"), 1, "sent once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_forgets_the_secret() {
    let (world, proxy, desk, at) = scene().await;
    proxy.rule(|seen| {
        if seen.is("POST", "/webhooks") {
            json("201 Created", "", &format!(r#"{{"webhook":{},"secret":"{SECRET}"}}"#, record()))
        } else {
            Act::Pass
        }
    });
    let made = desk.console.make_webhook(at.id, world.organization, wanted()).await.unwrap();
    desk.console.sign_out(at.id).await.unwrap();
    assert_eq!(desk.console.copy_webhook(made.id).await.unwrap_err().code, ErrorCode::NotFound);
}
