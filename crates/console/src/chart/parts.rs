//! The parts that steps are cut into.

use std::ops::Range;

/// Steps that share about one point across.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its steps; at least one.
    pub steps: Range<usize>,
    /// The steps whose times are kept, strictly rising: one where the part is one step, two or more
    /// otherwise.
    pub places: Vec<usize>,
}

/// Cuts steps into at most `width + 1` parts with at most `2 × width` places; `None` where all of them can
/// be shown. The width is 2 or more.
pub fn cut(steps: usize, width: usize) -> Option<Vec<Part>> {
    if steps <= 2 * width {
        return None;
    }
    let alone = |step| Part { steps: step..step + 1, places: vec![step] };
    let (inner, count) = (steps - 2, width - 1);
    let begin = |part: usize| 1 + part * inner / count;
    let middle = (0..count).map(|part| {
        let steps = begin(part)..begin(part + 1);
        // More than two steps a part, since there are more than twice as many as parts.
        let places = vec![steps.start, steps.start + steps.len() / 2];
        Part { steps, places }
    });
    Some(std::iter::once(alone(0)).chain(middle).chain(std::iter::once(alone(steps - 1))).collect())
}
