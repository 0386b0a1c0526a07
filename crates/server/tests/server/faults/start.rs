//! What stands in the way of a start, and what is said of it.

use std::os::unix::fs::PermissionsExt;

use keydeck_domain::{Email, Password};
use keydeck_server::{Config, DATABASE_FILE, Pepper, StartError};

use crate::support::client::As;
use crate::support::database::{count, run as sql};
use crate::support::process::{Process, command, run};
use crate::support::world::{PEPPER, open, person};

const SET_UP: [&str; 5] = ["init", "--email", "ada@example.org", "--organization", "Northwind"];
const PASSWORD: &str = "correct horse battery\n";

#[tokio::test]
async fn a_wrong_pepper_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let server = open(Config::new(folder.path())).await;
    person(&server, "ada").await;
    server.close().await;
    let refused = keydeck_server::open(Config::new(folder.path()), Pepper::from_bytes([1; 32])).await.unwrap_err();
    let said = refused.to_string();
    let StartError::WrongPepper { expected, given } = refused else { panic!("{said}") };
    assert_ne!(expected, given);
    assert!(said.contains(&expected) && said.contains("Restore"), "{said}");
    // The right one still fits: the refusal wrote nothing.
    open(Config::new(folder.path())).await.close().await;
    // Taking the check out of the database does not let another pepper in.
    sql(folder.path(), "DELETE FROM instance").await;
    for pepper in [[1; 32], PEPPER] {
        let refused = keydeck_server::open(Config::new(folder.path()), Pepper::from_bytes(pepper)).await;
        assert!(matches!(refused, Err(StartError::WrongPepper { .. })));
    }
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(Config::new(folder.path())).await;
    let second = keydeck_server::open(Config::new(folder.path()), Pepper::from_bytes(PEPPER)).await;
    assert!(matches!(second, Err(StartError::InUse(_))));
    first.close().await;
    open(Config::new(folder.path())).await.close().await;
}

#[tokio::test]
async fn f35_a_newer_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    open(Config::new(folder.path())).await.close().await;
    sql(
        folder.path(),
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, X'00', 1)",
    )
    .await;
    let refused = keydeck_server::open(Config::new(folder.path()), Pepper::from_bytes(PEPPER)).await;
    assert!(matches!(refused, Err(StartError::Newer(_))), "{refused:?}");
}

#[tokio::test]
async fn a_damaged_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(DATABASE_FILE), "this is no database, and never was one".repeat(100)).unwrap();
    let refused = keydeck_server::open(Config::new(folder.path()), Pepper::from_bytes(PEPPER)).await.unwrap_err();
    assert!(matches!(refused, StartError::Damaged { .. }), "{refused}");
    assert!(refused.to_string().contains("keydeck-server restore --from"));
}

#[tokio::test]
async fn the_files_are_for_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = open(Config::new(&data)).await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for entry in std::fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    server.close().await;
}

#[tokio::test]
async fn a_password_has_ten_characters_and_an_address_one_person() {
    let folder = tempfile::tempdir().unwrap();
    let server = open(Config::new(folder.path())).await;
    assert!(!server.has_people().await.unwrap());
    let (email, name): (Email, _) = ("ada@example.org".parse().unwrap(), "Ada".parse().unwrap());
    let short = server.add_person(&email, &name, &Password::new("123456789".into())).await;
    assert!(matches!(short, Err(keydeck_server::Error::InvalidBody(_))));
    assert!(!server.has_people().await.unwrap());
    server.add_person(&email, &name, &Password::new("1234567890".into())).await.unwrap();
    assert!(server.has_people().await.unwrap());
    let twice = server.add_person(&email, &name, &Password::new("1234567890".into())).await;
    assert!(matches!(twice, Err(keydeck_server::Error::Conflict(_))));
    server.close().await;
}

#[tokio::test]
async fn t26_a_fresh_server_is_set_up_locally_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let (done, _, said) = run(folder.path(), &["password", "set", "--email", "ada@example.org"], PASSWORD).await;
    assert!(!done && said.contains("keydeck-server init"), "{said}");
    let (done, _, said) = run(folder.path(), &SET_UP, "short\n").await;
    assert!(!done && said.contains("at least 10 characters"), "{said}");
    let (done, _, said) = run(folder.path(), &SET_UP, "").await;
    assert!(!done && said.contains("no password"), "{said}");
    assert!(!folder.path().join("data").exists(), "who gives no password leaves nothing behind");
    let (done, _, error) = run(folder.path(), &SET_UP, PASSWORD).await;
    assert!(done, "{error}");
    let (done, _, said) = run(folder.path(), &SET_UP, PASSWORD).await;
    assert!(!done && said.contains("set up already"), "{said}");
    assert_eq!(count(&folder.path().join("data"), "SELECT count(*) FROM organizations").await, 1);
}

#[tokio::test]
async fn a_lost_pepper_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (done, _, error) = run(folder.path(), &SET_UP, PASSWORD).await;
    assert!(done, "{error}");
    let pepper = folder.path().join("pepper");
    let kept = std::fs::read(&pepper).unwrap();
    std::fs::remove_file(&pepper).unwrap();
    for arguments in [&["serve"][..], &SET_UP, &["password", "set", "--email", "ada@example.org"]] {
        let (done, _, said) = run(folder.path(), arguments, PASSWORD).await;
        assert!(!done && said.contains("restore it"), "{said}");
        assert!(!pepper.exists());
    }
    // With other rights than its owner's it is refused as well.
    std::fs::write(&pepper, kept).unwrap();
    std::fs::set_permissions(&pepper, std::fs::Permissions::from_mode(0o640)).unwrap();
    let (done, _, said) = run(folder.path(), &["serve"], "").await;
    assert!(!done && said.contains("0600"), "{said}");
    std::fs::set_permissions(&pepper, std::fs::Permissions::from_mode(0o600)).unwrap();
    Process::serve(folder.path(), "off").await.kill().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_pepper_is_taken_as_systemd_hands_it_over_and_from_its_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (done, _, error) = run(folder.path(), &SET_UP, PASSWORD).await;
    assert!(done, "{error}");
    let pepper = folder.path().join("pepper");
    // 0440 since systemd 254, for an access list shows as the group's right to read.
    for mode in [0o400, 0o440] {
        std::fs::set_permissions(&pepper, std::fs::Permissions::from_mode(mode)).unwrap();
        let (done, _, said) = run(folder.path(), &["serve"], "").await;
        assert!(!done && said.contains("0600"), "{said}");
        let credentials = |command: &mut tokio::process::Command| {
            command.env("CREDENTIALS_DIRECTORY", folder.path());
        };
        Process::serve_with(folder.path(), "off", credentials).await.kill().await;
    }
}

#[tokio::test]
async fn another_address_than_loopback_needs_a_proxy() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &SET_UP, PASSWORD).await;
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let (done, _, said) = run(folder.path(), &["serve", "--listen", address], "").await;
        assert!(!done && said.contains("--behind-proxy"), "{said}");
    }
}

#[tokio::test]
async fn the_command_line_makes_members_verifiers_and_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let (_, said, _) = run(folder.path(), &SET_UP, PASSWORD).await;
    let organization = said.trim().strip_prefix("organization ").unwrap();
    let add = ["member", "add", "--organization", organization, "--email", "bob@example.org", "--role", "viewer"];
    let (done, _, error) = run(folder.path(), &add, "bob's own password\n").await;
    assert!(done, "{error}");
    let make = ["verifier", "add", "--organization", organization, "--name", "Gateway", "--by", "ada@example.org"];
    let (done, secret, error) = run(folder.path(), &make, "").await;
    assert!(done && secret.starts_with("kdv_"), "{error}");
    let set = ["password", "set", "--email", "bob@example.org"];
    let (done, _, error) = run(folder.path(), &set, "bob's new password\n").await;
    assert!(done, "{error}");
    let nameless = ["member", "add", "--organization", "northwind", "--email", "eve@example.org"];
    let (done, _, said) = run(folder.path(), &nameless, PASSWORD).await;
    assert!(!done && said.contains("as `init` wrote it"), "{said}");
    for bad in [["password", "set", "--email", "eve@example.org"], ["password", "set", "--email", "nonsense"]] {
        assert!(!run(folder.path(), &bad, PASSWORD).await.0);
    }

    let process = Process::serve(folder.path(), "off").await;
    let anonymous = crate::support::As::anonymous(process.address);
    let sign_in = |password: &str| serde_json::json!({ "email": "bob@example.org", "password": password });
    anonymous.post("/v1/sessions", &sign_in("bob's own password")).await.is(401);
    anonymous.post("/v1/sessions", &sign_in("bob's new password")).await.is(201);
    let verifier = crate::support::As::bearer(process.address, secret.trim());
    verifier.post("/v1/verify", &serde_json::json!({ "key": "" })).await.is(200);
    // A running server keeps the others out.
    let (done, _, said) = run(folder.path(), &set, PASSWORD).await;
    assert!(!done && said.contains("stop it first"), "{said}");
    process.kill().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn whoever_waits_for_the_start_is_told_when_it_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = tokio::net::UnixDatagram::bind(&path).unwrap();
    let running = Process::serve_with(folder.path(), "info", |command| {
        command.env("NOTIFY_SOCKET", &path);
    })
    .await;
    let mut told = [0; 64];
    let length = socket.recv(&mut told).await.unwrap();
    assert_eq!(&told[..length], b"READY=1");
    As::anonymous(running.address).get("/livez").await.is(204);
    assert!(running.terminate().await.0);
    // A start that fails is not told as one that went well.
    std::fs::write(folder.path().join("pepper"), "no pepper").unwrap();
    let mut command = command(folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0"]).env("NOTIFY_SOCKET", &path);
    assert!(!command.output().await.unwrap().status.success());
    assert!(socket.try_recv(&mut told).is_err());
}
