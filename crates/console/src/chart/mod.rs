//! From the figures of a server to what is drawn: where there are more steps than can be seen, they are
//! reduced, and what an eye would see of them is kept.
//!
//! - The steps are cut into [`parts`], about as many as the chart has points across. The first step and the
//!   last one are parts by themselves: they stay as they are.
//! - Series that stand **on each other** ([`stacked`]) must be drawn at the same steps, or their sum would be
//!   a figure that never was. Of each part the steps are kept where the sum of all is smallest and largest,
//!   and besides them those where a single series is largest over all time.
//! - Series that lie **over each other** ([`over_each_other`]) each have an edge of their own: of each part
//!   every series keeps its own smallest and largest value, in the order in which they came. Both stand at the
//!   part's beginning and its middle, less than one point beside where they were.
//!
//! Totals are those of all steps.

mod envelope;
mod parts;
mod stacked;

use keydeck_domain::api::usage::Usage;

use crate::error::{Error, ErrorCode, Result};
use crate::usage::{Chart, Shadow};
use parts::Part;

/// Fewest and most points across.
const WIDTHS: std::ops::RangeInclusive<usize> = 16..=16_384;

/// How the series are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// On each other: outcomes, environments, routes.
    Stacked,
    /// Over each other: keys.
    OverEachOther,
}

/// Makes what is drawn. `before` is summed over all series and has as many steps as `usage`.
///
/// # Errors
/// [`ErrorCode::BadAnswer`] where times and values don't belong together.
pub fn draw(usage: Usage, before: Option<Shadow>, width: u32, layout: Layout) -> Result<Chart> {
    let times: Vec<i64> = usage.times.iter().map(chrono::DateTime::timestamp).collect();
    let (steps, end) = (times.len(), usage.end.timestamp());
    let fits = |values: &[u64]| values.len() == steps;
    if !times.is_sorted_by(|a, b| a < b)
        || times.last().is_some_and(|last| *last >= end)
        || !usage.series.iter().all(|series| fits(&series.values))
        || !before.as_ref().is_none_or(|before| fits(&before.values))
    {
        return Err(Error::new(ErrorCode::BadAnswer, "The server's figures do not belong to its times."));
    }
    let mut chart = Chart {
        times,
        end,
        series: usage.series,
        total: usage.total,
        others: usage.others,
        bounds: usage.bounds,
        as_of: usage.as_of,
        since: usage.since,
        reduced: false,
        before,
    };
    let width = usize::try_from(width).unwrap_or(usize::MAX).clamp(*WIDTHS.start(), *WIDTHS.end());
    if let Some(parts) = parts::cut(steps, width) {
        reduce(&mut chart, parts, layout);
    }
    Ok(chart)
}

fn reduce(chart: &mut Chart, mut parts: Vec<Part>, layout: Layout) {
    match layout {
        Layout::Stacked => {
            stacked::choose(&mut parts, &chart.series);
            for series in &mut chart.series {
                series.values = stacked::pick(&parts, &series.values);
            }
        }
        Layout::OverEachOther => {
            for series in &mut chart.series {
                series.values = envelope::of(&parts, &series.values);
            }
        }
    }
    if let Some(before) = &mut chart.before {
        before.values = envelope::of(&parts, &before.values);
    }
    chart.times = parts.iter().flat_map(|part| &part.places).map(|step| chart.times[*step]).collect();
    chart.reduced = true;
}

#[cfg(test)]
mod tests;
