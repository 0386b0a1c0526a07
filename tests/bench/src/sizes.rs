//! How large what is shipped is.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::table::Row;

/// The UI as it is sent over a line, the program, and the package.
pub fn rows(root: &Path, program: &Path) -> Vec<Row> {
    let mut rows = vec![
        Row::new("UI that is read before the first screen, gzip", kilobytes(&first(&root.join("ui/dist"))), "≤ 90 KB"),
        Row::new("UI in all, gzip", kilobytes(&page(&root.join("ui/dist"))), "recorded"),
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

/// The page and what it names: its script, those that are read with it, and its style sheet.
fn first(dist: &Path) -> Vec<String> {
    let index = dist.join("index.html");
    let text = fs::read_to_string(&index).unwrap_or_default();
    let named = |path: &String| Path::new(path).file_name().is_some_and(|name| text.contains(&*name.to_string_lossy()));
    page(dist).into_iter().filter(|path| Path::new(path) == index || named(path)).collect()
}

/// Each script, style sheet and page.
fn page(dist: &Path) -> Vec<String> {
    files(dist).into_iter().filter(|path| [".js", ".css", ".html"].iter().any(|ending| path.ends_with(ending))).collect()
}

/// The sum of what gzip makes of each.
fn kilobytes(files: &[String]) -> String {
    let gzipped = |path: &String| {
        let output = Command::new("gzip").args(["-9", "-c", path]).stdin(Stdio::null()).output().expect("gzip is everywhere");
        output.stdout.len()
    };
    format!("{:.1} KB", files.iter().map(gzipped).sum::<usize>() as f64 / 1000.0)
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
