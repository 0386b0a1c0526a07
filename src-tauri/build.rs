//! Declares every command: one that is not named here can't be called at all, and each that is
//! needs its permission in `capabilities/main.json`.

// The list stands in a file of its own, which the tests read as well.
include!("src/commands/names.rs");

fn main() {
    fold_equal_code();
    let manifest = tauri_build::AppManifest::new().commands(NAMES);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
        .expect("tauri.conf.json and the capabilities are valid");
}

/// Lets the linker keep one of several functions that came out as the same machine code: generic code leaves many, and
/// without them the download is smaller. Asked of the linker that Rust brings along for this target, which knows it;
/// and of a release build only, because a trace would name the wrong one of them.
fn fold_equal_code() {
    let target = std::env::var("TARGET").unwrap_or_default();
    let profile = std::env::var("PROFILE").unwrap_or_default();
    if target == "x86_64-unknown-linux-gnu" && profile == "release" {
        println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
    }
}
