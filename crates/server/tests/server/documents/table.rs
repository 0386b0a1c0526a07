//! docs/systems.md says which test holds which sentence: each test that it names is there.

use std::path::{Path, PathBuf};

const TABLE: &str = include_str!("../../../../../docs/systems.md");

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server")
}

/// Whether a module of this folder has such a test: `elizaos::a_preflight_passes_and_names_the_header`.
fn is_there(folder: &Path, named: &str) -> bool {
    let Some((modules, test)) = named.rsplit_once("::") else { return false };
    let file = folder.join(format!("{}.rs", modules.replace("::", "/")));
    std::fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("async fn {test}()")))
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let mut folder = None;
    let mut seen = 0;
    for line in TABLE.lines() {
        if line.starts_with('#') {
            folder = None;
        }
        // A heading of a column says where its tests are.
        if let Some((_, after)) = line.split_once("| test in `") {
            let within = after.split('`').next().unwrap();
            folder = within.strip_prefix("crates/server/tests/server/").map(|within| tests().join(within));
        }
        let (Some(folder), true) = (&folder, line.starts_with("| ")) else { continue };
        let tests = line.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for named in tests.split('`').skip(1).step_by(2).filter(|named| named.contains("::")) {
            assert!(is_there(folder, named), "docs/systems.md names `{named}`, which is not in {}", folder.display());
            seen += 1;
        }
    }
    assert!(seen > 60, "{seen}");
}
