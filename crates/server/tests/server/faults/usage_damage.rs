//! A `usage.db` that can't be used keeps no key from being verified; and how it is backed up and restored.

use std::path::Path;

use keydeck_domain::Outcome;
use keydeck_server::backup::{self, RestoredUsage, UsageCopy};
use keydeck_server::doctor::{Health, Patient, examine};
use keydeck_server::{Config, Pepper, USAGE_FILE};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::support::world::{PEPPER, open, serve};
use crate::support::{Log, World, new_key};

async fn connect(folder: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(folder.join(USAGE_FILE)).connect().await.unwrap()
}

async fn counted(folder: &Path) -> i64 {
    let sum = sqlx::query_scalar("SELECT ifnull(sum(count), 0) FROM key_hours");
    sum.fetch_one(&mut connect(folder).await).await.unwrap()
}

async fn usage_is(data_dir: &Path) -> Option<Health> {
    let patient = Patient { data_dir: data_dir.to_owned(), pepper_file: data_dir.join("pepper"), tls: None };
    examine(&patient).await.into_iter().find(|finding| finding.what == "usage").map(|finding| finding.health)
}

#[tokio::test]
async fn keys_are_verified_whatever_is_wrong_with_the_figures() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
    let verifier = world.verifier.clone();
    let folder = world.stop().await;
    let path = folder.path().join(USAGE_FILE);
    assert_eq!(usage_is(folder.path()).await, Some(Health::Well));
    // Text where a database should be; a folder in its place; a newer version's.
    let text = |path: &Path| std::fs::write(path, "no database".repeat(1_000)).unwrap();
    let directory = |path: &Path| {
        std::fs::remove_file(path).unwrap();
        std::fs::create_dir(path).unwrap();
    };
    let kinds = [("text", text as fn(&Path)), ("directory", directory)];
    for (name, damage) in kinds {
        damage(&path);
        let log = Log::capture();
        let server = open(Config::new(folder.path())).await;
        let alerts = log.alerts();
        assert_eq!(alerts.len(), 1, "{name}");
        assert!(alerts[0]["advice"].as_str().unwrap().contains("move usage.db"), "{name}");
        let (address, running) = serve(&server).await;
        // Exposed to be verified: a test's own secret.
        let body = serde_json::json!({ "key": secret.expose() });
        let answer = verifier.at_address(address).post("/v1/verify", &body).await.is(200);
        assert_eq!(answer.read::<keydeck_domain::api::verify::VerifyResponse>().outcome, Outcome::Accepted, "{name}");
        assert!(server.flush_usage().await.is_err(), "{name}");
        running.stop().await;
        if name == "text" {
            assert_eq!(usage_is(folder.path()).await, Some(Health::Ill));
        }
    }
}

#[tokio::test]
async fn figures_are_in_the_backup_and_come_back() {
    let world = World::new().await;
    let (_, secret) = world.make(&world.owner, new_key("Worker")).await;
    for _ in 0..3 {
        world.verify(&secret).await;
    }
    world.server.flush_usage().await.unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let to = elsewhere.path().join("backup.db");
    let made = backup::make(world.data_dir(), &to).await.unwrap();
    let UsageCopy::Made { path, bytes } = made.usage else { panic!("{:?}", made.usage) };
    assert!(path.is_file() && bytes > 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for file in [&path, &world.data_dir().join(USAGE_FILE)] {
            assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
    world.verify(&secret).await;
    world.server.close().await;
    assert_eq!(counted(world.data_dir()).await, 4);

    let restore = async || backup::restore(&Config::new(world.data_dir()), &Pepper::from_bytes(PEPPER), &to).await.unwrap().usage;
    let restored = restore().await;
    let RestoredUsage::Restored { set_aside: Some(aside) } = restored else { panic!("{restored:?}") };
    assert!(aside.is_file());
    assert_eq!(counted(world.data_dir()).await, 3);

    // A damaged copy leaves what is there, and so does a backup of before there were figures.
    std::fs::write(&path, "no database".repeat(1_000)).unwrap();
    // Another second, another name for what is set aside.
    for file in std::fs::read_dir(world.data_dir()).unwrap() {
        let file = file.unwrap().path();
        if file.to_string_lossy().contains(".before-") {
            std::fs::remove_file(file).unwrap();
        }
    }
    let restored = restore().await;
    assert!(matches!(restored, RestoredUsage::Failed(_)), "{restored:?}");
    assert_eq!(counted(world.data_dir()).await, 3);
    assert!(!world.data_dir().join(format!("{USAGE_FILE}.restoring")).exists());
    std::fs::remove_file(&path).unwrap();
    for file in std::fs::read_dir(world.data_dir()).unwrap() {
        let file = file.unwrap().path();
        if file.to_string_lossy().contains(".before-") {
            std::fs::remove_file(file).unwrap();
        }
    }
    assert!(matches!(restore().await, RestoredUsage::NotThere));
    assert_eq!(counted(world.data_dir()).await, 3);

    // It goes on counting where it was.
    let server = open(Config::new(world.data_dir())).await;
    let (address, running) = serve(&server).await;
    // Exposed to be verified: a test's own secret.
    let body = serde_json::json!({ "key": secret.expose() });
    world.verifier.at_address(address).post("/v1/verify", &body).await.is(200);
    running.stop().await;
    assert_eq!(counted(world.data_dir()).await, 4);
}
