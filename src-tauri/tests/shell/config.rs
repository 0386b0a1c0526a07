//! What the configuration promises.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

/// The tried policy: the page's own files, the way to the commands, and the sealed frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src ipc: http://ipc.localhost; frame-src sealed://localhost http://sealed.localhost; worker-src 'none'; \
                      object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn config() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tauri.conf.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_page_is_held_tight() {
    let app = &config()["app"];
    assert_eq!(app["security"]["csp"], json!(POLICY));
    assert_eq!(app["security"]["freezePrototype"], json!(true), "T35");
    assert_eq!(app["security"]["capabilities"], json!(["main"]));
    assert_eq!(app["withGlobalTauri"], json!(false));
    // The window is made in Rust, with its folder and its guards; a window here would have neither.
    assert_eq!(app["windows"], json!([]));
    assert!(app["security"].get("devCsp").is_none() && app["security"].get("assetProtocol").is_none());
}

#[test]
fn nothing_remote_and_nothing_that_updates_itself() {
    let config = config();
    // Without the commands that no window may ask for: a development server or a hook would stand here as well.
    assert_eq!(config["build"], json!({ "frontendDist": "../ui/dist", "removeUnusedCommands": true }));
    assert!(config.get("plugins").is_none());
    assert!(config["bundle"].get("createUpdaterArtifacts").is_none());
}

#[test]
fn no_developer_tools_in_what_is_shipped() {
    // `devtools` would open them in a release build too.
    for manifest in ["Cargo.toml", "../Cargo.toml"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest)).unwrap();
        assert!(!text.contains("devtools"), "{manifest}");
    }
}
