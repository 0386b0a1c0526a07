//! The key server of this computer, on real sockets and a real database.

use std::path::Path;
use std::sync::Arc;

use keydeck_console::error::ErrorCode;
use keydeck_console::ports::{LocalServer, LocalWish};
use keydeck_console::vault::{Entry, MemoryVault, Vault};
use keydeck_desktop::LocalHost;
use keydeck_domain::Secret;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const ANY: LocalWish = LocalWish { port: None };

fn host(folder: &Path, vault: &Arc<MemoryVault>) -> LocalHost {
    LocalHost::new(folder.join("server"), Arc::clone(vault) as Arc<dyn Vault>)
}

fn fresh() -> (TempDir, Arc<MemoryVault>) {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("server")).unwrap();
    (home, Arc::new(MemoryVault::default()))
}

/// The status line of an answer.
async fn get(port: u16, path: &str, host: &str, more: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_first_use_makes_an_organization_and_its_owner() {
    let (home, vault) = fresh();
    let host = host(home.path(), &vault);
    let running = host.start(ANY).await.unwrap();
    assert!(!running.port_changed);
    assert_eq!((running.origin.scheme(), running.origin.host_str()), ("http", Some("127.0.0.1")));
    let port = running.origin.port().unwrap();

    let issued = host.issue_session().await.unwrap();
    assert!(issued.session.user.email.as_str().ends_with("@localhost"));
    // Exposed to be sent to the server that issued it.
    let bearer = format!("Authorization: Bearer {}\r\n", issued.token.expose());
    let answer = get(port, "/v1/organizations", &format!("127.0.0.1:{port}"), &bearer).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(r#""name":"My keys""#), "{answer}");
    assert!(answer.contains(r#""prefix":"kd""#) && answer.contains(r#""role":"owner""#), "{answer}");
    assert_eq!(host.start(ANY).await.unwrap().origin, running.origin, "it runs already");
    host.stop().await;
}

#[tokio::test]
async fn it_starts_again_at_the_same_port_with_the_same_owner() {
    let (home, vault) = fresh();
    let first = host(home.path(), &vault);
    let running = first.start(ANY).await.unwrap();
    let user = first.issue_session().await.unwrap().session.user;
    first.stop().await;

    let second = host(home.path(), &vault);
    let again = second.start(LocalWish { port: running.origin.port() }).await.unwrap();
    assert_eq!((again.origin, again.port_changed), (running.origin, false));
    assert_eq!(second.issue_session().await.unwrap().session.user, user);
    second.stop().await;
}

/// T46: another program took the port in the meantime.
#[tokio::test]
async fn a_taken_port_is_left_to_its_owner() {
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = other.local_addr().unwrap().port();
    let (home, vault) = fresh();
    let host = host(home.path(), &vault);
    let running = host.start(LocalWish { port: Some(port) }).await.unwrap();
    assert!(running.port_changed);
    assert_ne!(running.origin.port(), Some(port));
    host.stop().await;
}

/// T46: a page of some website calls it under a name of its own.
#[tokio::test]
async fn a_foreign_host_is_refused() {
    let (home, vault) = fresh();
    let host = host(home.path(), &vault);
    let port = host.start(ANY).await.unwrap().origin.port().unwrap();
    assert!(get(port, "/v1/meta", &format!("127.0.0.1:{port}"), "").await.starts_with("HTTP/1.1 200"));
    assert!(get(port, "/v1/meta", &format!("localhost:{port}"), "").await.starts_with("HTTP/1.1 200"));
    for foreign in ["evil.example.org", "127.0.0.1:1", &format!("evil.example.org:{port}")] {
        let answer = get(port, "/v1/meta", foreign, "Origin: https://evil.example.org\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 421"), "{foreign}: {answer}");
        assert!(!answer.to_lowercase().contains("access-control"), "{answer}");
    }
    host.stop().await;
}

#[tokio::test]
async fn a_lost_pepper_is_said_and_never_replaced() {
    let (home, vault) = fresh();
    let first = host(home.path(), &vault);
    first.start(ANY).await.unwrap();
    first.stop().await;
    vault.forget(&Entry::LocalPepper).await.unwrap();

    let second = host(home.path(), &vault);
    let error = second.start(ANY).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::LocalServer);
    assert!(error.message.contains("pepper") && error.message.contains("Restore"), "{}", error.message);
    assert!(vault.read(&Entry::LocalPepper).await.unwrap().is_none(), "none was made");
    assert_eq!(second.issue_session().await.err().map(|error| error.code), Some(ErrorCode::LocalServer));
}

#[tokio::test]
async fn a_wrong_pepper_does_not_open_the_database() {
    let (home, vault) = fresh();
    let first = host(home.path(), &vault);
    first.start(ANY).await.unwrap();
    first.stop().await;
    for wrong in ["00".repeat(32), "no pepper".to_owned(), "é".repeat(32)] {
        vault.store(&Entry::LocalPepper, "x", "keydeck:local", &Secret::new(wrong.clone())).await.unwrap();
        let error = host(home.path(), &vault).start(ANY).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::LocalServer);
        assert!(!error.message.contains(&wrong), "{}", error.message);
    }
}

#[tokio::test]
async fn a_second_process_does_not_get_the_folder() {
    let (home, vault) = fresh();
    let first = host(home.path(), &vault);
    first.start(ANY).await.unwrap();
    let error = host(home.path(), &vault).start(ANY).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::LocalServer);
    first.stop().await;
    // What the first one held is free again.
    let third = host(home.path(), &vault);
    third.start(ANY).await.unwrap();
    third.stop().await;
}

#[tokio::test]
async fn a_first_use_that_ended_halfway_is_taken_up() {
    let (home, vault) = fresh();
    let first = host(home.path(), &vault);
    first.start(ANY).await.unwrap();
    first.stop().await;
    // As if the program had been killed just before the last step of its first use.
    std::fs::remove_file(home.path().join("server/owner.txt")).unwrap();

    let second = host(home.path(), &vault);
    let port = second.start(ANY).await.unwrap().origin.port().unwrap();
    let issued = second.issue_session().await.unwrap();
    // Exposed to be sent to the server that issued it.
    let bearer = format!("Authorization: Bearer {}\r\n", issued.token.expose());
    let answer = get(port, "/v1/organizations", &format!("127.0.0.1:{port}"), &bearer).await;
    assert_eq!(answer.matches(r#""name":"My keys""#).count(), 1, "{answer}");
    second.stop().await;
}
