#![allow(clippy::unwrap_used, reason = "a test")]

use chrono::{DateTime, TimeZone, Utc};
use keydeck_domain::Outcome;
use keydeck_domain::api::usage::{Bounds, Group, Series};
use proptest::prelude::*;

use super::*;

/// When the first step begins, and how long each is, in seconds.
const BEGIN: i64 = 1_700_000_000;
const STEP: i64 = 3_600;

fn at(step: usize) -> DateTime<Utc> {
    Utc.timestamp_opt(BEGIN + STEP * i64::try_from(step).unwrap(), 0).unwrap()
}

/// The step that begins then, if one does.
fn step(time: i64) -> Option<usize> {
    let since = time - BEGIN;
    (since % STEP == 0).then(|| usize::try_from(since / STEP).unwrap())
}

fn usage(values: Vec<Vec<u64>>) -> Usage {
    let steps = values.first().map_or(0, Vec::len);
    let series: Vec<Series> = values
        .into_iter()
        .map(|values| Series { group: Group::Outcome { outcome: Outcome::Accepted }, total: values.iter().sum(), values })
        .collect();
    Usage {
        times: (0..steps).map(at).collect(),
        end: at(steps),
        total: series.iter().map(|series| series.total).sum(),
        series,
        others: 0,
        bounds: Bounds::Exact,
        as_of: at(steps),
        since: Some(at(0)),
    }
}

fn sums(series: &[Series], steps: usize) -> Vec<u64> {
    (0..steps).map(|step| series.iter().map(|series| series.values[step]).sum()).collect()
}

/// Up to four series of the same number of steps, mostly quiet with rare peaks, and the period before.
fn figures() -> impl Strategy<Value = (Vec<Vec<u64>>, Vec<u64>)> {
    let value = prop_oneof![8 => 0_u64..20, 1 => 0_u64..1_000_000];
    (1_usize..5, 1_usize..2_000).prop_flat_map(move |(series, steps)| {
        let one = || prop::collection::vec(value.clone(), steps);
        (prop::collection::vec(one(), series), one())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_can_be_seen_is_kept((values, shadow) in figures(), width in 0_u32..600, stacked: bool) {
        let full = usage(values);
        let steps = full.times.len();
        let before = Shadow { total: shadow.iter().sum(), values: shadow };
        let layout = if stacked { Layout::Stacked } else { Layout::OverEachOther };
        let chart = draw(full.clone(), Some(before.clone()), width, layout).unwrap();
        let width = usize::try_from(width).unwrap().max(16);
        let points = chart.times.len();

        prop_assert_eq!(chart.reduced, steps > 2 * width);
        let extra = if stacked { full.series.len() } else { 0 };
        prop_assert!(points <= 2 * width + extra);
        prop_assert!(chart.times.is_sorted_by(|a, b| a < b));
        prop_assert!(chart.times.iter().all(|time| step(*time).is_some_and(|step| step < steps)));
        prop_assert_eq!(chart.times[0], full.times[0].timestamp());
        prop_assert_eq!(chart.times[points - 1], full.times[steps - 1].timestamp());
        // Totals are those of all steps.
        prop_assert_eq!(chart.total, full.total);
        let reduced_before = chart.before.as_ref().unwrap();
        prop_assert_eq!(reduced_before.total, before.total);
        prop_assert_eq!(reduced_before.values.len(), points);
        prop_assert_eq!(reduced_before.values.iter().max(), before.values.iter().max());
        prop_assert_eq!(reduced_before.values.iter().min(), before.values.iter().min());
        for (reduced, series) in chart.series.iter().zip(&full.series) {
            prop_assert_eq!(reduced.total, series.total);
            prop_assert_eq!(reduced.values.len(), points);
            prop_assert_eq!(reduced.values.iter().max(), series.values.iter().max());
            prop_assert_eq!((reduced.values[0], reduced.values[points - 1]), (series.values[0], series.values[steps - 1]));
            if stacked {
                // What is drawn at a time is what was counted then.
                for (time, value) in chart.times.iter().zip(&reduced.values) {
                    prop_assert_eq!(*value, series.values[step(*time).unwrap()]);
                }
            } else {
                prop_assert_eq!(reduced.values.iter().min(), series.values.iter().min());
            }
        }
        let (drawn, counted) = (sums(&chart.series, points), sums(&full.series, steps));
        if stacked {
            prop_assert_eq!(drawn.iter().max(), counted.iter().max());
            prop_assert_eq!(drawn.iter().min(), counted.iter().min());
        }
    }

    /// Not over all time alone: no part loses its edge.
    #[test]
    fn each_part_keeps_its_smallest_and_its_largest((values, _) in figures(), width in 16_usize..200) {
        let full = usage(values);
        let Some(mut parts) = parts::cut(full.times.len(), width) else { return Ok(()) };
        prop_assert_eq!(parts.iter().flat_map(|part| part.steps.clone()).collect::<Vec<_>>(), (0..full.times.len()).collect::<Vec<_>>());
        let edges = |values: &[u64]| (*values.iter().min().unwrap(), *values.iter().max().unwrap());
        for series in &full.series {
            let kept = envelope::of(&parts, &series.values);
            let mut kept = kept.as_slice();
            for part in &parts {
                let (here, rest) = kept.split_at(part.places.len());
                prop_assert_eq!(edges(here), edges(&series.values[part.steps.clone()]));
                kept = rest;
            }
        }
        stacked::choose(&mut parts, &full.series);
        let sums = sums(&full.series, full.times.len());
        for part in &parts {
            let kept: Vec<u64> = part.places.iter().map(|step| sums[*step]).collect();
            prop_assert_eq!(edges(&kept), edges(&sums[part.steps.clone()]));
            prop_assert!(part.places.is_sorted_by(|a, b| a < b));
        }
    }
}

#[test]
fn nothing_one_step_and_a_flat_line() {
    let none = draw(usage(vec![]), None, 800, Layout::Stacked).unwrap();
    assert!(none.times.is_empty() && !none.reduced);
    let one = draw(usage(vec![vec![7]]), None, 800, Layout::Stacked).unwrap();
    assert_eq!((one.times.len(), one.reduced), (1, false));
    for layout in [Layout::Stacked, Layout::OverEachOther] {
        let flat = draw(usage(vec![vec![3; 1_000], vec![0; 1_000]]), None, 100, layout).unwrap();
        assert_eq!(flat.times.len(), 200);
        assert!(flat.series[0].values.iter().all(|value| *value == 3));
        // Times without series: nothing was counted.
        let empty = Usage { series: Vec::new(), total: 0, ..usage(vec![vec![0; 1_000]]) };
        assert_eq!(draw(empty, None, 100, layout).unwrap().times.len(), 200);
    }
}

#[test]
fn figures_that_do_not_belong_to_their_times_are_refused() {
    let refused = |usage: Usage| assert_eq!(draw(usage, None, 800, Layout::Stacked).unwrap_err().code, ErrorCode::BadAnswer);
    let good = usage(vec![vec![1, 2, 3]]);
    let mut short = good.clone();
    short.series[0].values.pop();
    refused(short);
    let mut back = good.clone();
    back.times.swap(0, 2);
    refused(back);
    let mut twice = good.clone();
    twice.times[1] = twice.times[0];
    refused(twice);
    refused(Usage { end: at(1), ..good });
}
