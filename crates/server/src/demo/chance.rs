//! Chance that repeats itself: the same seed gives the same numbers. For figures that are made up, never
//! for anything secret.

use std::f64::consts::TAU;

/// `SplitMix64` (Steele, Lea and Flood, 'Fast splittable pseudorandom number generators', 2014).
#[derive(Clone)]
pub(super) struct Chance(u64);

/// What the state moves on by: 2^64 over the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
/// Up to here one by one; beyond, sums look like a normal distribution.
const FEW: f64 = 24.0;

impl Chance {
    /// The numbers of one subject, for instance of one key: those of another are independent of them.
    pub(super) fn of(seed: u64, subject: u64) -> Self {
        Self(mixed(seed ^ mixed(subject.wrapping_add(STEP))))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// 0 ≤ x < 1.
    pub(super) fn unit(&mut self) -> f64 {
        // A double holds 53 bits exactly.
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.unit()
    }

    pub(super) fn happens(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// One of several.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[(self.unit() * from.len() as f64) as usize]
    }

    /// The place of one of several, each as likely as its weight says.
    pub(super) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (place, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return place;
            }
        }
        weights.len() - 1
    }

    /// Of mean 0 and deviation 1 (Box and Muller, 1958).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (TAU * self.unit()).cos()
    }

    /// Around a median, a few far above it: as sizes of customers are.
    pub(super) fn long_tailed(&mut self, median: f64, spread: f64) -> f64 {
        median * (spread * self.normal()).exp()
    }

    /// How many happen where this many are expected (Poisson's distribution).
    pub(super) fn count(&mut self, expected: f64) -> u64 {
        if expected <= 0.0 {
            return 0;
        }
        if expected > FEW {
            return rounded(expected + expected.sqrt() * self.normal());
        }
        let (limit, mut product, mut count) = ((-expected).exp(), self.unit(), 0);
        while product > limit {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// How many of these are of a kind that has this share (the binomial distribution).
    pub(super) fn part(&mut self, of: u64, share: f64) -> u64 {
        if of == 0 || share <= 0.0 {
            return 0;
        }
        if share >= 1.0 {
            return of;
        }
        if share > 0.5 {
            return of - self.part(of, 1.0 - share);
        }
        let expected = of as f64 * share;
        if (of as f64) <= FEW {
            return (0..of).filter(|_| self.happens(share)).count() as u64;
        }
        if expected <= FEW {
            return self.count(expected).min(of);
        }
        rounded(expected + (expected * (1.0 - share)).sqrt() * self.normal()).min(of)
    }

    /// Divides a count by weights; the parts add up to it.
    pub(super) fn divide(&mut self, count: u64, weights: &[f64], mut put: impl FnMut(usize, u64)) {
        let mut left = count;
        let mut weight_left: f64 = weights.iter().sum();
        for (place, weight) in weights.iter().enumerate() {
            if left == 0 {
                return;
            }
            let last = place + 1 == weights.len();
            let part = if last { left } else { self.part(left, weight / weight_left) };
            weight_left -= weight;
            left -= part;
            if part > 0 {
                put(place, part);
            }
        }
    }
}

fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn rounded(value: f64) -> u64 {
    value.round().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_subjects_differ() {
        let numbers = |seed, subject| {
            let mut chance = Chance::of(seed, subject);
            [chance.next(), chance.next(), chance.next()]
        };
        assert_eq!(numbers(1, 2), numbers(1, 2));
        assert_ne!(numbers(1, 2), numbers(1, 3));
        assert_ne!(numbers(1, 2), numbers(2, 2));
    }

    #[test]
    fn counts_and_parts_are_where_they_are_expected() {
        let mut chance = Chance::of(7, 7);
        for expected in [0.3, 5.0, 23.0, 25.0, 900.0] {
            let mean = (0..4_000).map(|_| chance.count(expected)).sum::<u64>() as f64 / 4_000.0;
            assert!((mean / expected - 1.0).abs() < 0.1, "{mean} for {expected}");
        }
        for (of, share) in [(10, 0.3), (200, 0.05), (5_000, 0.4), (5_000, 0.9)] {
            let mean = (0..4_000).map(|_| chance.part(of, share)).sum::<u64>() as f64 / 4_000.0;
            assert!((mean / (of as f64 * share) - 1.0).abs() < 0.1, "{mean} for {of} × {share}");
        }
    }

    #[test]
    fn what_is_divided_adds_up() {
        let mut chance = Chance::of(7, 8);
        for count in [0, 1, 3, 40, 100_000] {
            let mut parts = [0; 4];
            chance.divide(count, &[1.0, 0.0, 2.0, 1.5], |place, part| parts[place] += part);
            assert_eq!(parts.iter().sum::<u64>(), count);
            assert_eq!(parts[1], 0);
        }
    }
}
