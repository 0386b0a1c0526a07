//! The one stream that every figure comes from: hour by hour, how often which key was verified and how
//! that ended.

use keydeck_domain::{Environment, Outcome};

use super::chance::Chance;
use super::plan::{Fate, Planned};
use super::rhythm::{Rhythm, Weather, Work};
use super::span::{HOUR, Span};

/// Outcomes that there are.
pub(super) const OUTCOMES: usize = 12;
/// What names no key, live, test: as they are stored.
pub(super) const ENVIRONMENTS: usize = 3;
/// How many times as much the looping program calls.
const LOOP: f64 = 28.0;
/// Below this nothing happens in an hour.
const NOTHING: f64 = 1e-4;

/// How often something happened in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    /// The short number of the key; 0 is what names none.
    pub(super) key: u32,
    pub(super) environment: usize,
    pub(super) outcome: usize,
    pub(super) count: u64,
}

/// The outcome as it is stored: the order in which they are declared.
pub(super) fn stored(outcome: Outcome) -> usize {
    outcome as usize
}

/// Which of the environments this is.
pub(super) fn environment(environment: Environment) -> usize {
    match environment {
        Environment::Live => 1,
        Environment::Test => 2,
    }
}

/// What is known of one key's use when the stream has ended; times in microseconds since 1970.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Use {
    /// Whether it was ever presented.
    pub(super) seen: bool,
    pub(super) accepted: u64,
    pub(super) first_at: Option<i64>,
    pub(super) last_at: Option<i64>,
}

/// One key on its way through the hours.
struct Source<'a> {
    key: &'a Planned,
    hours: std::ops::Range<i64>,
    over_at: Option<i64>,
    chance: Chance,
    /// How much it does today, beside its rhythm.
    today: f64,
    sum: Use,
}

pub(super) struct Stream<'a> {
    sources: Vec<Source<'a>>,
    rhythm: Rhythm,
    weather: Weather,
    chance: Chance,
    span: Span,
    next: i64,
}

impl<'a> Stream<'a> {
    pub(super) fn new(seed: u64, span: Span, keys: &'a [Planned]) -> Self {
        let sources = (1..).zip(keys).map(|(number, key)| Source::new(key, Chance::of(seed ^ KEYS, number))).collect();
        Self {
            sources,
            rhythm: Rhythm::new(),
            weather: Weather::new(span.first_hour(), span.end_hour()),
            chance: Chance::of(seed ^ KEYS, 0),
            span,
            next: span.first_hour(),
        }
    }

    /// The next hour, since 1970, with all that was counted in it, in the order of keys and outcomes.
    pub(super) fn next(&mut self, counted: &mut Vec<Counted>) -> Option<i64> {
        let hour = self.next;
        if hour >= self.span.end_hour() {
            return None;
        }
        self.next += 1;
        counted.clear();
        let level = self.weather.level(hour, &mut self.chance);
        let mut attributed = 0;
        for (number, source) in (1..).zip(&mut self.sources) {
            let Some(expected) = source.expected(hour, &self.rhythm) else { continue };
            let looping = if source.key.loops && self.weather.jump.contains(&hour) { LOOP } else { 1.0 };
            let count = source.chance.count(expected * level * looping * self.span.elapsed(hour));
            if count > 0 {
                attributed += count;
                source.judge(number, count, hour, &self.span, counted);
            }
        }
        let before = counted.len();
        self.nobodys(attributed, hour, counted);
        // Key 0 stands first.
        let added = counted.len() - before;
        counted.rotate_right(added);
        Some(hour)
    }

    /// What names no key.
    fn nobodys(&mut self, attributed: u64, hour: i64, counted: &mut Vec<Counted>) {
        let scanned = if self.weather.wave.contains(&hour) { 1.7 } else { 0.006 };
        for (outcome, share) in [(Outcome::Missing, 0.004), (Outcome::Malformed, 0.0015), (Outcome::Unknown, scanned)] {
            let count = self.chance.count(attributed as f64 * share);
            if count > 0 {
                counted.push(Counted { key: 0, environment: 0, outcome: stored(outcome), count });
            }
        }
    }

    /// What came of each key, in their order.
    pub(super) fn uses(&self) -> Vec<Use> {
        self.sources.iter().map(|source| source.sum).collect()
    }
}

/// Sets the traffic's chance apart from that of the plan.
const KEYS: u64 = 0x7472_6166_6669_6373;

impl<'a> Source<'a> {
    fn new(key: &'a Planned, chance: Chance) -> Self {
        let begins = key.used.start.timestamp_micros().div_euclid(HOUR) + 1;
        let ends = key.used.end.timestamp().div_euclid(3_600);
        let hours = if key.fate == Fate::Never { 0..0 } else { begins..ends };
        Self { key, hours, over_at: key.over_at.map(|at| at.timestamp_micros()), chance, today: 1.0, sum: Use::default() }
    }

    /// How many calls are expected in this hour; none where it is not used then.
    fn expected(&mut self, hour: i64, rhythm: &Rhythm) -> Option<f64> {
        if !self.hours.contains(&hour) {
            return None;
        }
        let key = self.key;
        if hour.rem_euclid(24) == 0 || hour == self.hours.start {
            self.today = match key.work {
                Work::Person => f64::from(u8::from(self.chance.happens(0.16))),
                Work::Builds => f64::from(u8::from(self.chance.happens(0.8))),
                Work::Daily { .. } => self.chance.long_tailed(1.0, 0.08),
                Work::Service | Work::Application => self.chance.long_tailed(1.0, 0.18),
            };
        }
        let level = rhythm.level(key.work, hour, key.ahead);
        let mut expected = key.rate * level * self.today;
        // A burst, and quiet in between.
        if matches!(key.work, Work::Builds | Work::Person) && expected > 0.0 && !self.chance.happens(0.4) {
            expected = 0.0;
        }
        (expected > NOTHING).then_some(expected)
    }

    /// Says how these calls ended.
    fn judge(&mut self, number: u32, count: u64, hour: i64, span: &Span, counted: &mut Vec<Counted>) {
        let begin = hour * HOUR;
        // How much of the hour the key worked, and how long that was.
        let worked = self.over_at.map_or(HOUR, |at| (at - begin).clamp(0, HOUR));
        let working = self.chance.part(count, worked as f64 / HOUR as f64);
        let lacking = self.chance.part(working, self.key.missing_scope);
        let elsewhere = if self.key.bound { self.chance.part(working - lacking, 0.002) } else { 0 };
        let accepted = working - lacking - elsewhere;
        let over = match self.key.fate {
            Fate::Over(outcome) => stored(outcome),
            // All of these work, so there is nothing left over.
            Fate::Used | Fate::Asleep | Fate::Never => stored(Outcome::Accepted),
        };
        let mut outcomes = [0; OUTCOMES];
        outcomes[over] = count - working;
        outcomes[stored(Outcome::Accepted)] += accepted;
        outcomes[stored(Outcome::MissingScope)] += lacking;
        outcomes[stored(Outcome::AddressRefused)] += elsewhere;
        let environment = environment(self.key.environment);
        for (outcome, count) in outcomes.into_iter().enumerate().filter(|(_, count)| *count > 0) {
            counted.push(Counted { key: number, environment, outcome, count });
        }
        self.sum.seen = true;
        if accepted > 0 {
            let length = worked.min(span.until - begin);
            let at = begin + (length as f64 * self.chance.between(0.05, 0.95)) as i64;
            self.sum.accepted += accepted;
            self.sum.first_at.get_or_insert(at);
            self.sum.last_at = Some(at);
        }
    }
}
