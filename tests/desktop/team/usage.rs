//! What was verified, as a person sees it: traffic with real keys, the figures in the window, an export that
//! adds up to what the services were told.

use std::path::PathBuf;

use keydeck_tests::page::marked;
use keydeck_tests::process::until;
use keydeck_tests::{KeyServer, Machine, canary};
use reqwest::Method;
use serde_json::{Value, json};

use super::person::{ADA, Person};

/// What the services were told: accepted, without the scope, without a known key.
const ACCEPTED: u64 = 23;
const SHORT: u64 = 7;
const UNKNOWN: u64 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn traffic_is_seen_exported_and_adds_up() {
    let server = KeyServer::start();
    let (owner, organization) = server.claim(ADA, "Northwind", "nw").await;
    let verifier = server.verifier(&owner, &organization).await;
    let mut secrets = Vec::new();
    for (name, times) in [("Billing worker", 16), ("Search index", 7)] {
        let key = json!({ "name": name, "environment": "test", "kind": "secret", "scopes": ["read"] });
        let made = server.make_key(&owner, &organization, key).await;
        let secret = made["secret"].as_str().unwrap().to_owned();
        for _ in 0..times {
            assert_eq!(server.verify(&verifier, &secret, "read").await["outcome"], json!("accepted"));
        }
        secrets.push(secret);
    }
    for _ in 0..SHORT {
        assert_eq!(server.verify(&verifier, &secrets[0], "write").await["outcome"], json!("missing_scope"));
    }
    for _ in 0..UNKNOWN {
        assert_eq!(server.verify(&verifier, "nothing", "read").await["outcome"], json!("malformed"));
    }

    let machine = Machine::start();
    let saved = machine.home().join("figures");
    std::fs::create_dir_all(&saved).unwrap();
    let variables = [("KEYDECK_SAVE_TO", saved.display().to_string())];
    let mut ada = Person::sit_down_with(machine, ADA, "pictures/usage", &variables).await;
    ada.page().press("connect-keydeck").await;
    ada.add(&server, "Northwind's").await;
    ada.sign_in().await;
    ada.page().press("nav-usage").await;

    exactly(&ada, "tile-total", ACCEPTED + SHORT + UNKNOWN).await;
    exactly(&ada, "tile-accepted", ACCEPTED).await;
    exactly(&ada, "tile-refused", SHORT).await;
    exactly(&ada, "tile-unattributed", UNKNOWN).await;
    ada.reads("Billing worker").await;
    ada.reads("Search index").await;
    ada.picture("usage").await;

    // While it is looked at: one more, and the figure follows by itself.
    assert_eq!(server.verify(&verifier, &secrets[1], "read").await["outcome"], json!("accepted"));
    exactly(&ada, "tile-total", ACCEPTED + SHORT + UNKNOWN + 1).await;

    ada.page().press("usage-csv").await;
    let csv = file(&saved, "csv");
    let text = std::fs::read_to_string(&csv).unwrap();
    assert_eq!(sum_of(&text), ACCEPTED + SHORT + UNKNOWN + 1, "{text}");
    ada.page().press("usage-json").await;
    let json: Value = serde_json::from_slice(&std::fs::read(file(&saved, "json")).unwrap()).unwrap();
    assert!(json.is_object() || json.is_array(), "{json}");
    ada.page().press("usage-png").await;
    assert_eq!(std::fs::read(file(&saved, "png")).unwrap()[..8], *b"\x89PNG\r\n\x1a\n");
    ada.picture("exported").await;

    // The server says the same to everybody who may see it.
    let to = chrono::Utc::now() + chrono::TimeDelta::hours(1);
    let from = to - chrono::TimeDelta::days(1);
    let at = |time: chrono::DateTime<chrono::Utc>| time.format("%Y-%m-%dT%H:00:00Z").to_string();
    let path = format!("/v1/organizations/{organization}/usage?from={}&to={}&step=hour&group=key", at(from), at(to));
    let usage = server.done(&owner, Method::GET, &path, Value::Null).await;
    assert_eq!(usage["total"], json!(ACCEPTED + SHORT + UNKNOWN + 1));
    ada.desktop.quit().await;

    secrets.push(verifier);
    let found = canary::find(&secrets, &[ada.machine.folder(), ada.album.folder()]);
    assert!(found.is_empty(), "a secret lies in {found:?}");
}

/// Waits until a tile tells this figure; the exact one stands in its title.
async fn exactly(ada: &Person, tile: &str, figure: u64) {
    let script = "const tile = document.querySelector(arguments[0]); return tile ? tile.title : null";
    let what = format!("{tile} says {figure}");
    ada.page().holds(&what, script, vec![json!(marked(tile))], |said| *said == json!(figure.to_string())).await;
}

/// The whole file of this kind: what is begun has another name.
fn file(folder: &std::path::Path, extension: &str) -> PathBuf {
    until(&format!("a .{extension} is written"), || {
        let found = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        found.into_iter().find(|path| path.extension().is_some_and(|is| is == extension))
    })
}

/// The last column of every line below the header.
fn sum_of(csv: &str) -> u64 {
    csv.lines()
        .skip(1)
        .filter_map(|line| line.rsplit(',').next())
        .map(|count| count.trim_matches('"').parse::<u64>().unwrap())
        .sum()
}
