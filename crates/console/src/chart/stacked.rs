//! The steps at which series are drawn that stand on each other.

use keydeck_domain::api::usage::Series;

use super::envelope::extremes;
use super::parts::Part;

/// Chooses the places of each part: where the sum of all series is smallest and largest, and where a series
/// is largest over all time.
pub fn choose(parts: &mut [Part], series: &[Series]) {
    let sum = sum(series);
    // A chart of nothing is as flat anywhere.
    if sum.is_empty() {
        return;
    }
    for part in parts.iter_mut().filter(|part| part.steps.len() > 1) {
        let (smallest, largest) = extremes(&sum[part.steps.clone()]);
        let (first, last) = (smallest.min(largest), smallest.max(largest));
        // Where all are the same, its first and its last step.
        let last = if first == last { part.steps.len() - 1 } else { last };
        part.places = vec![part.steps.start + first, part.steps.start + last];
    }
    for series in series {
        let (_, largest) = extremes(&series.values);
        let part = parts.partition_point(|part| part.steps.end <= largest);
        if let Err(place) = parts[part].places.binary_search(&largest) {
            parts[part].places.insert(place, largest);
        }
    }
}

/// The values at the parts' places.
pub fn pick(parts: &[Part], values: &[u64]) -> Vec<u64> {
    parts.iter().flat_map(|part| &part.places).map(|step| values[*step]).collect()
}

fn sum(series: &[Series]) -> Vec<u64> {
    let mut sum = series.first().map(|first| first.values.clone()).unwrap_or_default();
    for series in series.iter().skip(1) {
        for (sum, value) in sum.iter_mut().zip(&series.values) {
            // Far above what can be counted; a server that says so has a flat top.
            *sum = sum.saturating_add(*value);
        }
    }
    sum
}
