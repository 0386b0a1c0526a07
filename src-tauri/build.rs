//! Declares every command: one that is not named here can't be called at all, and each that is
//! needs its permission in `capabilities/main.json`.

// The list stands in a file of its own, which the tests read as well.
include!("src/commands/names.rs");

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(NAMES);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
        .expect("tauri.conf.json and the capabilities are valid");
}
