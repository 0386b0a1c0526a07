//! The smallest and the largest value of each part, each series by itself.

use super::parts::Part;

/// The values at the parts' places: at the first and the last place of a part its smallest and its largest
/// value, in the order in which they came; between them what was there.
pub fn of(parts: &[Part], values: &[u64]) -> Vec<u64> {
    let mut kept = Vec::with_capacity(parts.iter().map(|part| part.places.len()).sum());
    for part in parts {
        let [_, between @ .., _] = part.places.as_slice() else {
            kept.extend(part.places.iter().map(|step| values[*step]));
            continue;
        };
        let (smallest, largest) = extremes(&values[part.steps.clone()]);
        let (first, last) = (smallest.min(largest), smallest.max(largest));
        kept.push(values[part.steps.start + first]);
        kept.extend(between.iter().map(|step| values[*step]));
        kept.push(values[part.steps.start + last]);
    }
    kept
}

/// Where the smallest and the largest value is, the first one of each.
pub fn extremes(values: &[u64]) -> (usize, usize) {
    let (mut smallest, mut largest) = (0, 0);
    for (place, value) in values.iter().enumerate() {
        if *value < values[smallest] {
            smallest = place;
        }
        if *value > values[largest] {
            largest = place;
        }
    }
    (smallest, largest)
}
