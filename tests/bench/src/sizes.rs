//! How large what is shipped is.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::table::Row;

/// The UI as it is sent over a line, the program, and the package.
pub fn rows(root: &Path, program: &Path) -> Vec<Row> {
    let mut rows = vec![
        Row::new("UI, gzip", format!("{:.1} KB", gzipped(&root.join("ui/dist")) / 1000.0), "≤ 90 KB"),
        Row::new("desktop binary", megabytes(program), "≤ 14 MB"),
    ];
    if let Some(deb) = files(&root.join("target/release/bundle/deb")).into_iter().find(|path| path.ends_with(".deb")) {
        rows.push(Row::new(".deb", megabytes(Path::new(&deb)), "≤ 7 MB"));
    }
    rows
}

fn megabytes(file: &Path) -> String {
    let bytes = fs::metadata(file).map(|meta| meta.len()).unwrap_or_default();
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// The sum of what gzip makes of each script, style sheet and page.
fn gzipped(folder: &Path) -> f64 {
    files(folder)
        .iter()
        .filter(|path| [".js", ".css", ".html"].iter().any(|ending| path.ends_with(ending)))
        .map(|path| {
            let output = Command::new("gzip").args(["-9", "-c", path]).stdin(Stdio::null()).output().expect("gzip is everywhere");
            output.stdout.len() as f64
        })
        .sum()
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    found
}
