//! Which table answers for which time.
//!
//! A level is a table; each holds the sums of the one before it. A roll-up holds what is before its mark, the
//! detail what was not deleted yet. So a time is read in up to three pieces: what is no longer there in
//! detail from the next coarser level, the most part from the widest level whose periods fit the steps, and
//! what is not rolled up yet from the finer ones.

use sqlx::SqliteConnection;

use super::periods::{MINUTES_OF_DAY, MINUTES_OF_HOUR, MINUTES_OF_QUARTER, first_day_of_month, month_of_day};
use crate::error::Error;

/// How long a table's periods are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Minutes(i64),
    Months,
}

impl Unit {
    /// The minute in which a period begins.
    pub(super) fn begins(self, period: i64) -> i64 {
        match self {
            Self::Minutes(width) => period * width,
            Self::Months => first_day_of_month(period) * MINUTES_OF_DAY,
        }
    }

    /// The first period that begins with this minute or after it.
    pub(super) fn next(self, minute: i64) -> i64 {
        match self {
            Self::Minutes(width) => -(-minute).div_euclid(width),
            Self::Months => {
                let month = month_of_day(minute.div_euclid(MINUTES_OF_DAY));
                month + i64::from(self.begins(month) < minute)
            }
        }
    }

    /// The period in which a minute lies.
    fn of(self, minute: i64) -> i64 {
        let next = self.next(minute);
        next - i64::from(self.begins(next) > minute)
    }
}

/// A table of counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The column of its periods.
    pub(super) period: &'static str,
    pub(super) unit: Unit,
}

const fn table(name: &'static str, period: &'static str, unit: Unit) -> Table {
    Table { name, period, unit }
}

/// What is counted in the same way, the finest table first.
pub(super) type Levels = &'static [Table];

/// By environment and outcome.
pub(super) static ORGANIZATION: Levels = &[
    table("minutes", "minute", Unit::Minutes(1)),
    table("quarters", "quarter", Unit::Minutes(MINUTES_OF_QUARTER)),
    table("days", "day", Unit::Minutes(MINUTES_OF_DAY)),
];
/// By key and outcome.
pub(super) static KEYS: Levels = &[
    table("key_hours", "hour", Unit::Minutes(MINUTES_OF_HOUR)),
    table("key_days", "day", Unit::Minutes(MINUTES_OF_DAY)),
    table("key_months", "month", Unit::Months),
];
/// By route, environment and outcome.
pub(super) static ROUTES: Levels =
    &[table("route_hours", "hour", Unit::Minutes(MINUTES_OF_HOUR)), table("route_days", "day", Unit::Minutes(MINUTES_OF_DAY))];

/// A piece of time, and the table that answers for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) table: &'static Table,
    /// In minutes; the table's periods that begin from here on are read …
    pub(super) from: i64,
    /// … and before here.
    pub(super) to: i64,
    /// Whether finer counts were wanted and are gone.
    pub(super) coarse: bool,
}

impl Span {
    /// The edges of steps, as the table's periods within this span: a period belongs to the step in which
    /// it begins.
    pub(super) fn periods(&self, edges: &[i64]) -> Vec<i64> {
        let unit = self.table.unit;
        let (first, end) = (unit.next(self.from), unit.next(self.to));
        edges.iter().map(|&edge| unit.next(edge).clamp(first, end)).collect()
    }
}

/// The marks of the roll-ups and of what was deleted, as they are in one transaction.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    rolled: Vec<(String, i64)>,
    kept: Vec<(String, i64)>,
}

impl Marks {
    pub(super) async fn read(connection: &mut SqliteConnection) -> Result<Self, Error> {
        let (rolled, kept): (Option<String>, Option<String>) = sqlx::query_as(
            "SELECT (SELECT group_concat(rollup || ' ' || until) FROM rolled), \
             (SELECT group_concat(name || ' ' || since) FROM kept)",
        )
        .fetch_one(connection)
        .await?;
        let marks = |text: Option<String>| {
            let text = text.unwrap_or_default();
            let marks = text.split(',').filter_map(|mark| mark.split_once(' '));
            marks.filter_map(|(name, period)| Some((name.to_owned(), period.parse().ok()?))).collect()
        };
        Ok(Self { rolled: marks(rolled), kept: marks(kept) })
    }

    /// Up to which minute a level is summed up; what counts in it itself always is.
    pub(super) fn until(&self, levels: Levels, level: usize) -> i64 {
        // Never beyond a finer one: that is what it is made from.
        (1..=level).map(|level| mark(&self.rolled, &levels[level], i64::MIN)).min().unwrap_or(i64::MAX)
    }

    /// From which minute on nothing of a level was deleted.
    fn since(&self, table: &Table) -> i64 {
        mark(&self.kept, table, i64::MIN)
    }

    /// The pieces that answer for the time between the first of these edges and the last.
    pub(super) fn spans(&self, levels: Levels, edges: &[i64]) -> Vec<Span> {
        let (Some(&from), Some(&to)) = (edges.first(), edges.last()) else { return Vec::new() };
        let fits = |table: &&Table| edges.iter().all(|&edge| table.unit.begins(table.unit.next(edge)) == edge);
        let base = levels.iter().rposition(|table| fits(&table)).unwrap_or(0);
        let mut spans = Vec::new();
        let reached = self.earlier(levels, base, from, to, &mut spans);
        self.later(levels, base, reached, to, &mut spans);
        spans
    }

    /// What this level has no more, from the coarser ones. Gives where the level itself begins.
    fn earlier(&self, levels: Levels, level: usize, from: i64, to: i64, spans: &mut Vec<Span>) -> i64 {
        let since = self.since(&levels[level]);
        let Some(coarser) = levels.get(level + 1).filter(|_| since > from) else { return from };
        let whole = coarser.unit.begins(coarser.unit.next(since)).min(self.until(levels, level + 1)).min(to);
        if whole <= from {
            return from;
        }
        let begin = self.earlier(levels, level + 1, from, whole, spans);
        push(spans, Span { table: coarser, from: begin, to: whole, coarse: true });
        whole
    }

    /// What this level has, and after that the finer ones.
    fn later(&self, levels: Levels, level: usize, from: i64, to: i64, spans: &mut Vec<Span>) {
        let until = self.until(levels, level).clamp(from, to);
        push(spans, Span { table: &levels[level], from, to: until, coarse: false });
        if level > 0 {
            self.later(levels, level - 1, until, to, spans);
        }
    }

    /// The same time in as few rows as can be, where it does not matter when in it something was.
    pub(super) fn widened(&self, levels: Levels, span: Span) -> Vec<Span> {
        let level = levels.iter().position(|table| table == span.table).unwrap_or(0);
        let Some(coarser) = levels.get(level + 1) else { return vec![span] };
        let unit = span.table.unit;
        let (from, to) = (unit.begins(unit.next(span.from)), unit.begins(unit.next(span.to)));
        let begin = coarser.unit.begins(coarser.unit.next(from)).max(self.since(coarser));
        let end = to.min(self.until(levels, level + 1));
        let end = coarser.unit.begins(coarser.unit.of(end.max(from)));
        if end <= begin || begin < from {
            return vec![span];
        }
        let mut spans = Vec::new();
        push(&mut spans, Span { to: begin, from, ..span.clone() });
        spans.extend(self.widened(levels, Span { table: coarser, from: begin, to: end, coarse: span.coarse }));
        push(&mut spans, Span { from: end, to, ..span });
        spans
    }
}

fn push(spans: &mut Vec<Span>, span: Span) {
    if span.from < span.to {
        spans.push(span);
    }
}

fn mark(marks: &[(String, i64)], table: &Table, absent: i64) -> i64 {
    marks.iter().find(|(name, _)| name == table.name).map_or(absent, |&(_, period)| table.unit.begins(period))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = MINUTES_OF_DAY;

    fn marks(rolled: &[(&str, i64)], kept: &[(&str, i64)]) -> Marks {
        let owned = |marks: &[(&str, i64)]| marks.iter().map(|&(name, at)| (name.to_owned(), at)).collect();
        Marks { rolled: owned(rolled), kept: owned(kept) }
    }

    fn told(spans: &[Span]) -> Vec<(&str, i64, i64, bool)> {
        spans.iter().map(|span| (span.table.name, span.from, span.to, span.coarse)).collect()
    }

    #[test]
    fn the_widest_table_that_fits_answers_and_finer_ones_for_what_is_new() {
        let marks = marks(&[("quarters", 9 * 96 + 40), ("days", 9)], &[]);
        let days: Vec<i64> = (5..=10).map(|day| day * DAY).collect();
        assert_eq!(
            told(&marks.spans(ORGANIZATION, &days)),
            [
                ("days", 5 * DAY, 9 * DAY, false),
                ("quarters", 9 * DAY, 9 * DAY + 600, false),
                ("minutes", 9 * DAY + 600, 10 * DAY, false)
            ]
        );
        let nepal: Vec<i64> = (5..=7).map(|day| day * DAY - 345).collect();
        assert_eq!(told(&marks.spans(ORGANIZATION, &nepal)), [("quarters", 5 * DAY - 345, 7 * DAY - 345, false)]);
        assert_eq!(told(&marks.spans(ORGANIZATION, &[9 * DAY, 9 * DAY + 1])), [("minutes", 9 * DAY, 9 * DAY + 1, false)]);
    }

    #[test]
    fn what_is_gone_in_detail_comes_from_the_roll_up() {
        let marks = marks(&[("key_days", 9), ("key_months", 0)], &[("key_hours", 6 * 24)]);
        let nepal: Vec<i64> = (5..=10).map(|day| day * DAY - 345).collect();
        let spans = marks.spans(KEYS, &nepal);
        assert_eq!(told(&spans), [("key_days", 5 * DAY - 345, 6 * DAY, true), ("key_hours", 6 * DAY, 10 * DAY - 345, false)]);
        // Day 5 begins in the first step. The hours from 18:00 on are those of the next local day.
        assert_eq!(spans[0].periods(&nepal), [5, 6, 6, 6, 6, 6]);
        assert_eq!(spans[1].periods(&nepal), [144, 144, 163, 187, 211, 235]);
    }

    #[test]
    fn a_time_is_widened_without_losing_any() {
        let marks = marks(&[("key_days", 100), ("key_months", 3)], &[]);
        let span = Span { table: &KEYS[0], from: 20 * DAY + 60, to: 101 * DAY + 120, coarse: false };
        assert_eq!(
            told(&marks.widened(KEYS, span)),
            [
                ("key_hours", 20 * DAY + 60, 21 * DAY, false),
                ("key_days", 21 * DAY, 31 * DAY, false),
                ("key_months", 31 * DAY, 90 * DAY, false),
                ("key_days", 90 * DAY, 100 * DAY, false),
                ("key_hours", 100 * DAY, 101 * DAY + 120, false),
            ]
        );
        let short = Span { table: &KEYS[0], from: 60, to: 120, coarse: false };
        assert_eq!(marks.widened(KEYS, short.clone()), [short]);
    }
}
