//! The table that the benchmarks print and keep.

use std::fmt::Write as _;

/// One line of the table.
pub struct Row {
    /// What was measured.
    pub what: String,
    /// What came out, with its unit.
    pub figure: String,
    /// What it should be, where there is a goal.
    pub goal: &'static str,
}

impl Row {
    /// A line.
    pub fn new(what: impl Into<String>, figure: impl Into<String>, goal: &'static str) -> Self {
        Self { what: what.into(), figure: figure.into(), goal }
    }
}

/// The rows as a Markdown table.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = String::from("| what | measured | goal |\n|---|---|---|\n");
    for row in rows {
        writeln!(text, "| {} | {} | {} |", row.what, row.figure, row.goal).expect("writing to a String never fails");
    }
    text
}

/// The middle one of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
