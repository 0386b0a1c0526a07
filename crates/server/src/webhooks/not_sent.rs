//! A server that sends no webhooks has none: each of their routes answers as if it were not there.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use axum::body::Body;
use http::{Request, StatusCode};
use keydeck_domain::{Password, WebhookId};
use tower::ServiceExt;

use crate::config::PasswordCost;
use crate::{Config, Pepper, Server};

async fn asked(server: &Server, token: &str, method: &str, path: &str, body: &'static str) -> StatusCode {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    server.router().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn without_tls_there_are_no_webhooks() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    // What a password costs is tested by nothing.
    config.password_cost = PasswordCost { memory_kib: 64, passes: 1 };
    let server = crate::open(config, Pepper::from_bytes([3; 32])).await.unwrap();
    let email = "ada@example.org".parse().unwrap();
    let password = Password::new("correct horse battery".to_owned());
    let owner = server.add_person(&email, &"Ada".parse().unwrap(), &password).await.unwrap();
    let organization = server.add_organization(&"Northwind".parse().unwrap(), &"kd".parse().unwrap(), owner).await.unwrap();
    let issued = server.issue_session(&email).await.unwrap();
    // Exposed to be sent: a test's own session.
    let token = issued.token.expose();
    let base = format!("/v1/organizations/{organization}");
    // Who asks is let in, and may manage webhooks where there are any.
    assert_eq!(asked(&server, token, "GET", &format!("{base}/alerts"), "").await, StatusCode::OK);

    let (all, one) = (format!("{base}/webhooks"), format!("{base}/webhooks/{}", WebhookId::generate()));
    let wanted = r#"{"name":"Pager","url":"https://hooks.example.org/"}"#;
    for (method, path, body) in
        [("GET", &all, ""), ("POST", &all, wanted), ("DELETE", &one, ""), ("POST", &format!("{one}/test"), "")]
    {
        assert_eq!(asked(&server, token, method, path, body).await, StatusCode::NOT_FOUND, "{method} {path}");
    }
    server.close().await;
}
