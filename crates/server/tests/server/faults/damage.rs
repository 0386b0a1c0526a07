//! Pages and rows that are not as they were written.

use std::io::{Read, Seek, SeekFrom, Write};

use keydeck_domain::Outcome;
use keydeck_domain::api::verify::VerifyResponse;
use keydeck_server::{Config, DATABASE_FILE};
use serde_json::json;

use crate::support::database::{count, literal, run as sql};
use crate::support::process::{Process, run, set_up, signed_in};
use crate::support::world::{open, serve};
use crate::support::{As, Log, World, new_key};

#[tokio::test]
async fn f13_a_damaged_page_stops_the_start_and_the_backup_is_named() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup.db"));
    let path = data.join(DATABASE_FILE);
    let damage = async |table: &str| {
        let page = count(&data, &format!("SELECT rootpage FROM sqlite_master WHERE name = '{table}'")).await;
        let mut file = std::fs::File::options().read(true).write(true).open(&path).unwrap();
        let begin = SeekFrom::Start(u64::try_from(page - 1).unwrap() * 4096);
        let mut whole = [0; 4096];
        file.seek(begin).unwrap();
        file.read_exact(&mut whole).unwrap();
        file.seek(begin).unwrap();
        file.write_all(&[0xA5; 4096]).unwrap();
        (begin, whole)
    };
    let mend = |(begin, whole): (SeekFrom, [u8; 4096])| {
        let mut file = std::fs::File::options().write(true).open(&path).unwrap();
        file.seek(begin).unwrap();
        file.write_all(&whole).unwrap();
    };

    let damaged = damage("keys").await;
    let (done, _, said) = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"], "").await;
    assert!(!done && said.contains("is damaged") && said.contains("No backup was made"), "{said}");
    mend(damaged);
    let (done, _, error) = run(folder.path(), &["backup", "--to", "backup.db"], "").await;
    assert!(done, "{error}");
    // Wherever it is: also in what no start looks at otherwise.
    for table in ["users", "idempotency", "keys_by_name", "audit_heads", "_sqlx_migrations"] {
        let damaged = damage(table).await;
        let (done, _, said) = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"], "").await;
        let command = format!("restore --from {}", backup.display());
        assert!(!done && said.contains("is damaged") && said.contains(&command), "{table}: {said}");
        mend(damaged);
    }
    Process::serve(folder.path(), "off").await.kill().await;
    // What is said is what helps.
    damage("users").await;
    let (done, _, error) = run(folder.path(), &["restore", "--from", backup.to_str().unwrap()], "").await;
    assert!(done, "{error}");
    let process = Process::serve(folder.path(), "off").await;
    signed_in(process.address).await.get("/v1/organizations").await.is(200);
    process.kill().await;
}

#[tokio::test]
async fn f14_a_bad_row_is_set_aside_and_told_and_the_others_are_served() {
    let world = World::new().await;
    let (bad, bad_secret) = world.make(&world.owner, new_key("Bad")).await;
    let (good, good_secret) = world.make(&world.owner, new_key("Good")).await;
    let (gateway, owner, base) = (world.verifier.token().to_owned(), world.owner.token().to_owned(), world.keys());
    let server = world.server.clone();
    let folder = world.stop().await;
    server.close().await;
    drop(server);
    // One that can't even be read.
    sql(folder.path(), &format!("UPDATE keys SET hint = 'x', scopes = '}}' WHERE id = {}", literal(bad.id))).await;

    let log = Log::capture();
    let server = open(Config::new(folder.path())).await;
    let (address, running) = serve(&server).await;
    let gateway = As::bearer(address, &gateway);
    for (secret, expected) in [(&bad_secret, Outcome::Unknown), (&good_secret, Outcome::Accepted)] {
        // Exposed to be verified: a test's own secret.
        let answer: VerifyResponse = gateway.post("/v1/verify", &json!({ "key": secret.expose() })).await.is(200).read();
        assert_eq!(answer.outcome, expected);
    }
    assert!(log.alerts().iter().any(|alert| alert["key"] == bad.id.to_string()), "{:?}", log.alerts());
    assert!(!log.alerts().iter().any(|alert| alert["key"] == good.id.to_string()));
    As::bearer(address, &owner).get(&format!("{base}/{}", good.id)).await.is(200);
    running.stop().await;
}
