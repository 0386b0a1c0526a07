//! What the window does with a million figures before it draws them.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use chrono::{DateTime, TimeDelta};
use keydeck_console::chart::{self, Layout};
use keydeck_domain::api::usage::{Bounds, Group, POINTS_MAX, Series, Usage};

use serde_json::Value;

use crate::table::{Row, median};

/// Points across of the chart.
const WIDTH: u32 = 1_200;
/// Times that each is measured; the first one warms up.
const ROUNDS: usize = 21;

/// What the window's own chart takes beside uPlot by itself with the same axes and the same look, in a browser.
pub fn drawn(root: &Path) -> Vec<Row> {
    let told = Command::new("node").arg(root.join("ui/tests/bench/chart.mjs")).output().expect("node is there");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let figures: Value = serde_json::from_slice(&told.stdout).expect("it tells its figures as JSON");
    let figure = |name: &str| figures[name].as_f64().expect("a figure");
    vec![
        Row::new(
            "Chart: a million figures drawn by the window ÷ by uPlot itself with the same axes and look",
            format!("{:.2} ({:.0} ms ÷ {:.0} ms)", figure("ratio"), figure("ours"), figure("bare")),
            "≤ 1.1",
        ),
        Row::new("Chart: 2400 points drawn, as they are left of a million", format!("{:.1} ms", figure("reduced")), "≤ 100 ms"),
    ]
}

/// One row for each way in which a million figures come.
pub fn rows() -> Vec<Row> {
    [(1, Layout::Stacked, "one series"), (10, Layout::Stacked, "ten on each other"), (20, Layout::OverEachOther, "twenty keys")]
        .into_iter()
        .map(|(series, layout, what)| {
            let full = figures(series, POINTS_MAX / series);
            let mut times = Vec::new();
            let mut points = 0;
            for round in 0..ROUNDS {
                let usage = full.clone();
                let begun = Instant::now();
                let chart = chart::draw(usage, None, WIDTH, layout).expect("figures that belong to their times");
                let took = begun.elapsed().as_secs_f64() * 1_000.0;
                points = chart.times.len();
                if round > 0 {
                    times.push(took);
                }
            }
            let figure = format!("{:.1} ms to {points} points", median(times));
            Row::new(format!("Chart: a million figures reduced in Rust, {what}"), figure, "≤ 100 ms with drawing")
        })
        .collect()
}

/// Figures that go up and down, with a peak now and then.
fn figures(series: usize, steps: usize) -> Usage {
    let begin = DateTime::UNIX_EPOCH;
    let times: Vec<_> = (0..=steps).map(|step| begin + TimeDelta::minutes(i64::try_from(step).expect("a million"))).collect();
    let series: Vec<Series> = (0..series)
        .map(|one| {
            let values: Vec<u64> = (0..steps)
                .map(|step| {
                    // Scattered in the same way at each run.
                    let scattered = (step as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15 + 2 * one as u64) >> 40;
                    if scattered.is_multiple_of(1_009) { scattered } else { scattered % 500 }
                })
                .collect();
            Series { group: Group::All, total: values.iter().sum(), values }
        })
        .collect();
    Usage {
        end: times[steps],
        total: series.iter().map(|series| series.total).sum(),
        series,
        others: 0,
        bounds: Bounds::Exact,
        as_of: times[steps],
        since: Some(begin),
        times: times[..steps].to_vec(),
    }
}
