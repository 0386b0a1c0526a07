//! Rules of this crate that its text must keep.

use std::path::{Path, PathBuf};

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 30, "the sources are there");
    found
}

/// The lines before the tests of a file.
fn without_tests(text: &str) -> Vec<&str> {
    text.split("#[cfg(test)]").next().unwrap().split("#[cfg(all(test").next().unwrap().lines().collect()
}

#[test]
fn every_exposure_says_why() {
    let mut exposures = 0;
    for (path, text) in sources() {
        let lines = without_tests(&text);
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(".expose()")) {
            exposures += 1;
            let before = &lines[number.saturating_sub(3)..number];
            assert!(before.iter().any(|line| line.contains("// Exposed to ")), "{}:{}: {line}", path.display(), number + 1);
        }
    }
    assert!(exposures > 5, "this test looks at something");
}

#[test]
fn the_console_knows_neither_the_window_nor_the_server() {
    let manifest = include_str!("../../Cargo.toml");
    let shipped = manifest.split("[dev-dependencies]").next().unwrap();
    for other in ["tauri", "keydeck-server", "keydeck-desktop"] {
        assert!(!shipped.lines().any(|line| line.starts_with(other)), "{other}");
    }
}

#[test]
fn files_stay_small() {
    for (path, text) in sources() {
        assert!(text.lines().count() <= 400, "{}", path.display());
    }
}
