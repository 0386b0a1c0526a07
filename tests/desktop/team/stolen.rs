//! T1, T26, T40, T43, T44: what somebody else can do with what they got hold of.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use keydeck_tests::keyserver::{Someone, command};
use keydeck_tests::{KeyServer, canary};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::person::{ADA, GRACE};

/// Everything that is secret at a server with people, an invitation, a verifier and a key.
async fn with_secrets(server: &KeyServer) -> Vec<String> {
    let (owner, organization) = server.claim(ADA, "Northwind", "nw").await;
    let grace = server.join(&owner, &organization, GRACE, "member").await;
    let verifier = server.verifier(&owner, &organization).await;
    let path = format!("/v1/organizations/{organization}");
    let invitation = json!({ "email": "somebody@northwind.example", "role": "viewer" });
    let invited = server.done(&owner, Method::POST, &format!("{path}/invitations"), invitation).await;
    let key = json!({ "name": "Storefront", "environment": "live", "scopes": ["read"] });
    let key = server.make_key(&grace, &organization, key).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let key = text(&key["secret"]);
    assert_eq!(server.verify(&verifier, &key, "read").await["outcome"], json!("accepted"));
    vec![
        key,
        owner,
        grace,
        verifier,
        text(&invited["token"]),
        server.pepper(),
        ADA.password.to_owned(),
        GRACE.password.to_owned(),
    ]
}

/// Copies all that a thief of the data folder gets, the log that SQLite writes ahead included.
fn steal(server: &KeyServer, into: &Path) {
    fs::create_dir_all(into.join("data")).unwrap();
    for entry in fs::read_dir(server.folder().join("data")).unwrap().flatten() {
        fs::copy(entry.path(), into.join("data").join(entry.file_name())).unwrap();
    }
}

/// Starts a server on stolen data; gives what it says in the end.
fn starts(folder: &Path, pepper: Option<&str>) -> (bool, String) {
    if let Some(pepper) = pepper {
        fs::write(folder.join("pepper"), pepper).unwrap();
        fs::set_permissions(folder.join("pepper"), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let output = command(folder).args(["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn t1_a_stolen_database_gives_no_key_away_and_starts_with_no_other_pepper() {
    let server = KeyServer::start();
    let secrets = with_secrets(&server).await;
    let thief = tempfile::tempdir().unwrap();
    steal(&server, thief.path());
    assert!(thief.path().join("data/keydeck.db").exists());
    let found = canary::find(&secrets, &[thief.path()]);
    assert!(found.is_empty(), "a secret lies in {found:?}");
    let found = canary::find_any(&[thief.path()]);
    assert!(found.is_empty(), "a key or a token lies in {found:?}");

    // Neither with another pepper nor with a new one: a server that starts would refuse every key anyway.
    for (what, pepper) in [("another pepper", Some("5a".repeat(32))), ("no pepper", None)] {
        let _ = fs::remove_file(thief.path().join("pepper"));
        let (started, said) = starts(thief.path(), pepper.as_deref());
        assert!(!started && said.to_lowercase().contains("pepper"), "{what}: {said}");
        assert_eq!(thief.path().join("pepper").exists(), pepper.is_some(), "{what}: none is made over keys that are there");
    }
    // The one that was stolen from goes on.
    assert_eq!(server.verify(&secrets[3], &secrets[0], "read").await["outcome"], json!("accepted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn t44_a_stolen_backup_has_neither_the_pepper_nor_a_secret() {
    let server = KeyServer::start();
    let secrets = with_secrets(&server).await;
    let thief = tempfile::tempdir().unwrap();
    let backup = thief.path().join("backup.db");
    let output = command(server.folder()).args(["backup", "--to"]).arg(&backup).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    // The pepper as bytes as well: its file has it in hexadecimal.
    let pepper = hex::decode(server.pepper()).unwrap();
    let content = fs::read(&backup).unwrap();
    assert!(!content.windows(pepper.len()).any(|window| window == pepper), "the pepper is in the backup");
    let found = canary::find(&secrets, &[thief.path()]);
    assert!(found.is_empty(), "a secret lies in {found:?}");
    assert!(canary::find_any(&[thief.path()]).is_empty());
    fs::create_dir(thief.path().join("data")).unwrap();
    fs::copy(&backup, thief.path().join("data/keydeck.db")).unwrap();
    let (started, said) = starts(thief.path(), Some(&"5a".repeat(32)));
    assert!(!started && said.to_lowercase().contains("pepper"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn t26_t40_t43_a_fresh_server_a_guessed_password_and_a_used_up_session_let_nobody_in() {
    let server = KeyServer::start();
    // T26: no password works before somebody has claimed it, and a guessed token claims nothing.
    let nobody = json!({ "email": "admin@northwind.example", "password": "admin" });
    let (status, _) = server.ask(None, Method::POST, "/v1/sessions", Some(nobody.clone())).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let token = server.claim_token();
    assert!(!server.log().contains(&token), "the token is in no log");
    let mut claim = json!({ "token": format!("kdc_{}", "0".repeat(token.len() - 4)), "email": GRACE.email, "name": GRACE.name,
        "password": GRACE.password, "organization": "Mine", "prefix": "kd" });
    let (status, _) = server.ask(None, Method::POST, "/v1/claim", Some(claim.clone())).await;
    assert!(status.is_client_error(), "{status}");
    claim["token"] = json!(token);
    let (status, issued) = server.ask(None, Method::POST, "/v1/claim", Some(claim.clone())).await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, _) = server.ask(None, Method::POST, "/v1/claim", Some(claim)).await;
    assert_eq!(status, StatusCode::CONFLICT, "it works once");

    // T43: a session is over with its end, and the token that was sent along is never taken over.
    let session = issued["token"].as_str().unwrap();
    let chosen = format!("kds_{}", "x".repeat(session.len() - 4));
    let sign_in = json!({ "email": GRACE.email, "password": GRACE.password });
    let (status, other) = server.ask(Some(&chosen), Method::POST, "/v1/sessions", Some(sign_in)).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_ne!(other["token"], json!(chosen), "the server makes the token");
    assert_eq!(server.ask(Some(&chosen), Method::GET, "/v1/organizations", None).await.0, StatusCode::UNAUTHORIZED);
    let (status, _) = server.ask(Some(session), Method::DELETE, "/v1/sessions/current", None).await;
    assert!(status.is_success(), "{status}");
    assert_eq!(server.ask(Some(session), Method::GET, "/v1/organizations", None).await.0, StatusCode::UNAUTHORIZED);

    // T40: the same answer whether the person is known or not, and after some tries none of both is heard.
    let guess = |email: &str| json!({ "email": email, "password": "a guess that is wrong" });
    for email in [GRACE.email, "unknown@northwind.example"] {
        let (first, said) = server.ask(None, Method::POST, "/v1/sessions", Some(guess(email))).await;
        assert_eq!((first, &said["code"]), (StatusCode::UNAUTHORIZED, &json!("invalid_credentials")), "{email}: {said}");
    }
    let mut slowed = false;
    for _ in 0..40 {
        let (status, _) = server.ask(None, Method::POST, "/v1/sessions", Some(guess(GRACE.email))).await;
        slowed |= status == StatusCode::TOO_MANY_REQUESTS;
        if slowed {
            break;
        }
    }
    assert!(slowed, "guessing goes on at full speed");
    let right = Someone { ..GRACE };
    let body = json!({ "email": right.email, "password": right.password });
    let (status, _) = server.ask(None, Method::POST, "/v1/sessions", Some(body)).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "not even the right one is told apart");
}
