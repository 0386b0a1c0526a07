//! Declares every command: one that is not named here can't be called at all, and each that is
//! needs its permission in `capabilities/main.json`.

// The list stands in a file of its own, which the tests read as well.
include!("src/commands/names.rs");

fn main() {
    make_smaller();
    let manifest = tauri_build::AppManifest::new().commands(NAMES);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
        .expect("tauri.conf.json and the capabilities are valid");
}

/// Lets the linker keep one of several functions that came out as the same machine code: generic code leaves many, and
/// without them the download is smaller. Asked of the linker that Rust brings along for this target, which knows it;
/// and of a release build only, because a trace would name the wrong one of them.
///
/// Addresses that the loader moves are written in the short form as well, half a megabyte less, where the machine that
/// builds has a loader that reads it (glibc 2.36): what is built on it wants no older one anyway.
fn make_smaller() {
    let target = std::env::var("TARGET").unwrap_or_default();
    let profile = std::env::var("PROFILE").unwrap_or_default();
    if target == "x86_64-unknown-linux-gnu" && profile == "release" {
        println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
        if glibc().is_some_and(|version| version >= (2, 36)) {
            println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
        }
    }
}

/// The C library of the machine that builds.
fn glibc() -> Option<(u32, u32)> {
    let told = std::process::Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(told.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
