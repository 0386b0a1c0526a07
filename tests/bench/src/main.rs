//! What `make bench` measures: a release build, everything that is compared in one run, because the
//! machine is shared and only ratios mean something. Prints the table and writes it to
//! `docs/benchmarks.md` between its two marks.

mod chart;
mod load;
mod process;
mod server;
mod sizes;
mod table;
mod timing;
mod usage;
mod window;

use std::io::Write as _;
use std::path::Path;

use keydeck_tests::desktop::root;

const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->";

#[tokio::main]
async fn main() -> std::io::Result<()> {
    // `keydeck-bench server`, `usage` and `chart`: these rows alone, printed and not kept.
    let rows = match std::env::args().nth(1).as_deref() {
        Some("server") => {
            let mut filled = server::Filled::start().await;
            let mut rows = filled.verify().await;
            rows.extend(filled.timing().await);
            filled.stop();
            Some(rows)
        }
        Some("usage") => Some(usage::rows().await),
        Some("chart") => Some(chart::rows().into_iter().chain(chart::drawn(&root())).collect()),
        _ => None,
    };
    if let Some(rows) = rows {
        return std::io::stdout().write_all(table::markdown(&rows).as_bytes());
    }
    let root = root();
    let release = root.join("target/release");
    let (keydeck, empty) = (release.join("keydeck-desktop"), release.join("keydeck-empty-window"));
    let mut rows = window::compare(&keydeck, &empty).await;
    rows.extend(sizes::rows(&root, &root.join("target/bench/shipped")));
    let mut filled = server::Filled::start().await;
    rows.extend(filled.verify().await);
    rows.extend(filled.timing().await);
    rows.push(filled.first_page().await);
    rows.push(window::long_list(&keydeck, filled.address, filled.credentials()).await);
    filled.stop();
    rows.extend(usage::rows().await);
    rows.extend(chart::rows());
    rows.extend(chart::drawn(&root));
    let text = table::markdown(&rows);
    std::io::stdout().write_all(text.as_bytes())?;
    keep(&root.join("docs/benchmarks.md"), &text)
}

/// Puts the table between the marks of the page.
fn keep(page: &Path, text: &str) -> std::io::Result<()> {
    let before = std::fs::read_to_string(page)?;
    let (Some(begin), Some(end)) = (before.find(BEGIN), before.find(END)) else {
        return Err(std::io::Error::other("docs/benchmarks.md has lost its two marks"));
    };
    std::fs::write(page, format!("{}{BEGIN}{text}{}", &before[..begin], &before[end..]))
}
