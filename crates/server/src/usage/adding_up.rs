//! Whatever happens, everything is counted once: the cuts of what is in the file are compared with a count
//! that is kept beside it. Each case is some days of traffic with flushes, lost answers, crashes, roll-ups
//! and a clock that goes back.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use keydeck_domain::{Environment, KeyId, OrganizationId, Outcome, RouteTag, Scopes};
use proptest::prelude::*;
use sqlx::AssertSqlSafe;

use super::Usage;
use super::cell::{CountedKey, Verification, environment_number, outcome_number};
use super::periods::{MINUTES_OF_DAY, month_of_day};
use crate::config::Config;

const OUTCOMES: [Outcome; 4] = [Outcome::Accepted, Outcome::Missing, Outcome::Revoked, Outcome::MissingScope];
/// 2027-01-15, in minutes: some days after the beginning of a month.
const BEGIN: i64 = 30_000_960;

#[derive(Clone, Debug)]
enum Step {
    /// Verifications: which organization, key, outcome, route, how many, how many minutes ago.
    Verify(u8, u8, u8, u8, u8, u16),
    Flush,
    FlushWithoutAnswer,
    Keep,
    Crash,
    /// The clock goes on by this many minutes, or back.
    Pass(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let verify = (0..2_u8, 0..3_u8, 0..4_u8, 0..3_u8, 1..5_u8, prop_oneof![Just(0_u16), 0..20_u16, 0..9_000_u16]);
    let step = prop_oneof![
        8 => verify.prop_map(|(a, b, c, d, e, f)| Step::Verify(a, b, c, d, e, f)),
        4 => Just(Step::Flush),
        1 => Just(Step::FlushWithoutAnswer),
        2 => Just(Step::Keep),
        1 => Just(Step::Crash),
        4 => prop_oneof![1..20_i64, 1..3_000_i64, 20_000..50_000_i64, -5_000..0_i64].prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..60)
}

/// A verification as it is told apart in the file.
type Told = (u8, Option<u8>, u8, u8, i64);

struct Case {
    config: Config,
    _folder: tempfile::TempDir,
    usage: Usage,
    organizations: [OrganizationId; 2],
    keys: [KeyId; 2],
    routes: [RouteTag; 2],
    now: i64,
    /// Counted, and not yet in the file.
    waiting: Vec<(Told, u64)>,
    /// Organization, key, outcome, route, minute.
    written: BTreeMap<Told, u64>,
}

fn instant(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(60 * minute, 0).unwrap()
}

/// The first key is live, the second a test key.
fn environment(key: Option<u8>) -> u8 {
    key.map_or(0, |key| environment_number(if key == 0 { Environment::Live } else { Environment::Test }))
}

impl Case {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new(folder.path());
        Self {
            usage: Usage::open(&config).await,
            config,
            _folder: folder,
            organizations: [OrganizationId::generate(), OrganizationId::generate()],
            keys: [KeyId::generate(), KeyId::generate()],
            routes: ["a".parse().unwrap(), "b".parse().unwrap()],
            now: BEGIN,
            waiting: Vec::new(),
            written: BTreeMap::new(),
        }
    }

    async fn step(&mut self, step: &Step) {
        match *step {
            Step::Verify(organization, key, outcome, route, times, ago) => {
                let key = key.checked_sub(1);
                let minute = self.now - i64::from(ago);
                for _ in 0..times {
                    self.note(organization, key, outcome, route, minute);
                }
            }
            Step::Flush => {
                self.usage.flush_at(instant(self.now)).await.unwrap();
                self.reached();
            }
            Step::FlushWithoutAnswer => {
                // The one before is written first, as a flush does.
                self.usage.flush_at(instant(self.now)).await.unwrap();
                self.reached();
                self.note(0, Some(0), 0, 1, self.now);
                self.usage.flush_without_answer().await.unwrap();
                self.reached();
            }
            Step::Keep => self.usage.keep(instant(self.now)).await.unwrap(),
            Step::Crash => {
                self.usage = Usage::open(&self.config).await;
                self.waiting.clear();
            }
            Step::Pass(minutes) => self.now += minutes,
        }
    }

    fn note(&mut self, organization: u8, key: Option<u8>, outcome: u8, route: u8, minute: i64) {
        self.usage.note(&Verification {
            organization: Some(self.organizations[usize::from(organization)]),
            key: key.map(|key| CountedKey {
                id: self.keys[usize::from(key)],
                environment: if key == 0 { Environment::Live } else { Environment::Test },
                before: None,
            }),
            outcome: OUTCOMES[usize::from(outcome)],
            at: instant(minute),
            route: route.checked_sub(1).map(|route| &self.routes[usize::from(route)]),
            scopes: None,
            address: None,
            user_agent: None,
        });
        self.waiting.push(((organization, key, outcome, route, minute), 1));
    }

    /// What was counted is in the file: nothing of it before what is kept.
    fn reached(&mut self) {
        let floor = self.usage.floor.load(Ordering::Acquire);
        for ((organization, key, outcome, route, minute), count) in self.waiting.drain(..) {
            *self.written.entry((organization, key, outcome, route, minute.max(floor))).or_default() += count;
        }
    }

    async fn check(&self) {
        // By organization.
        let days = self.cut(
            "SELECT organization, environment, outcome, day, count FROM days WHERE day < {days} UNION ALL \
             SELECT organization, environment, outcome, quarter / 96, count FROM quarters \
             WHERE quarter >= {days} * 96 AND quarter < {quarters} UNION ALL \
             SELECT organization, environment, outcome, minute / 1440, count FROM minutes WHERE minute >= {quarters} * 15",
        );
        assert_eq!(days.await, self.expected(|told| (environment(told.1).into(), told.4.div_euclid(MINUTES_OF_DAY))), "days");
        let quarters = self.cut(
            "SELECT organization, environment, outcome, quarter, count FROM quarters WHERE quarter < {quarters} UNION ALL \
             SELECT organization, environment, outcome, minute / 15, count FROM minutes WHERE minute >= {quarters} * 15",
        );
        assert_eq!(quarters.await, self.expected(|told| (environment(told.1).into(), told.4.div_euclid(15))), "quarters");
        // By key.
        let of_key = |told: &Told| told.1.map_or(0, |key| i64::from(key) + 1);
        let key_days = self.cut(
            "SELECT organization, key, outcome, day, count FROM key_days WHERE day < {key_days} UNION ALL \
             SELECT organization, key, outcome, hour / 24, count FROM key_hours WHERE hour >= {key_days} * 24",
        );
        assert_eq!(key_days.await, self.expected(|told| (of_key(told), told.4.div_euclid(MINUTES_OF_DAY))), "key_days");
        let key_months = self.cut(
            "SELECT organization, key, outcome, month, count FROM key_months WHERE month < {key_months} UNION ALL \
             SELECT organization, key, outcome, {month of day}, count FROM key_days \
             WHERE day >= {first of key_months} AND day < {key_days} UNION ALL \
             SELECT organization, key, outcome, {month of hour}, count FROM key_hours WHERE hour >= {key_days} * 24",
        );
        let month = |told: &Told| month_of_day(told.4.div_euclid(MINUTES_OF_DAY));
        assert_eq!(key_months.await, self.expected(|told| (of_key(told), month(told))), "key_months");
        // By route.
        let route_days = self.cut(
            "SELECT organization, route, outcome, day, count FROM route_days WHERE day < {route_days} UNION ALL \
             SELECT organization, route, outcome, hour / 24, count FROM route_hours WHERE hour >= {route_days} * 24",
        );
        let of_route = |told: &Told| (told.3.into(), told.4.div_euclid(MINUTES_OF_DAY));
        assert_eq!(route_days.await, self.expected(of_route), "route_days");
    }

    /// The sums of a question, by organization, something else, outcome and period. Keys and routes are
    /// named by their place in the case.
    async fn cut(&self, question: &str) -> BTreeMap<(u8, i64, u8, i64), u64> {
        let mut reading = self.usage.read().await.unwrap();
        let marks: Vec<(String, i64)> =
            sqlx::query_as("SELECT rollup, until FROM rolled").fetch_all(&mut *reading).await.unwrap();
        let mut question = question.to_owned();
        for (name, until) in &marks {
            question = question.replace(&format!("{{{name}}}"), &until.to_string());
            let first = super::periods::first_day_of_month(*until).to_string();
            question = question.replace(&format!("{{first of {name}}}"), &first);
        }
        let month = |day: &str| {
            format!("(strftime('%Y', {day} * 86400, 'unixepoch') - 1970) * 12 + strftime('%m', {day} * 86400, 'unixepoch') - 1")
        };
        question = question.replace("{month of day}", &month("day")).replace("{month of hour}", &month("(hour / 24)"));
        let rows: Vec<(i64, i64, u8, i64, i64)> =
            sqlx::query_as(AssertSqlSafe(question.as_str())).fetch_all(&mut *reading).await.unwrap();
        let organizations: Vec<(i64, OrganizationId)> =
            sqlx::query_as::<_, (i64, uuid::Uuid)>("SELECT id, organization_id FROM organizations")
                .fetch_all(&mut *reading)
                .await
                .unwrap()
                .into_iter()
                .map(|(id, organization)| (id, OrganizationId(organization)))
                .collect();
        let keys: Vec<(i64, uuid::Uuid)> = sqlx::query_as("SELECT id, key_id FROM keys").fetch_all(&mut *reading).await.unwrap();
        let routes: Vec<(i64, String)> = sqlx::query_as("SELECT id, route FROM routes").fetch_all(&mut *reading).await.unwrap();
        let mut sums = BTreeMap::new();
        for (organization, which, outcome, period, count) in rows {
            let id = organizations.iter().find(|(id, _)| *id == organization).unwrap().1;
            let organization = self.organizations.iter().position(|known| *known == id).unwrap();
            let which = if question.contains("FROM key_") && which > 0 {
                let id = keys.iter().find(|(id, _)| *id == which).unwrap().1;
                self.keys.iter().position(|known| known.0 == id).unwrap() as i64 + 1
            } else if question.contains("FROM route_") && which > 0 {
                let name = &routes.iter().find(|(id, _)| *id == which).unwrap().1;
                self.routes.iter().position(|known| known.as_str() == name).unwrap() as i64 + 1
            } else {
                which
            };
            *sums.entry((u8::try_from(organization).unwrap(), which, outcome, period)).or_default() +=
                u64::try_from(count).unwrap();
        }
        sums
    }

    fn expected(&self, of: impl Fn(&Told) -> (i64, i64)) -> BTreeMap<(u8, i64, u8, i64), u64> {
        let mut sums = BTreeMap::new();
        for (told, count) in &self.written {
            let (which, period) = of(told);
            let outcome = outcome_number(OUTCOMES[usize::from(told.2)]);
            *sums.entry((told.0, which, outcome, period)).or_default() += count;
        }
        sums
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_cut_has_the_same_sums(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut case = Case::new().await;
            for step in &steps {
                case.step(step).await;
            }
            case.step(&Step::Flush).await;
            case.check().await;
            // Long after, all that can be rolled up is, and detail is gone.
            case.now += 500_000;
            case.step(&Step::Keep).await;
            case.check().await;
            case.step(&Step::Verify(0, 1, 0, 1, 3, 60_000)).await;
            case.step(&Step::Flush).await;
            case.check().await;
            case.usage.close().await;
        });
    }
}

#[tokio::test]
async fn old_detail_goes_and_the_figures_stay() {
    let mut case = Case::new().await;
    for _ in 0..100 {
        case.step(&Step::Verify(0, 1, 0, 1, 2, 0)).await;
        case.step(&Step::Verify(0, 0, 1, 0, 1, 0)).await;
        case.step(&Step::Flush).await;
        case.step(&Step::Pass(1_440)).await;
        case.step(&Step::Keep).await;
    }
    case.check().await;
    let mut reading = case.usage.read().await.unwrap();
    let today = case.now.div_euclid(MINUTES_OF_DAY);
    let first = async |reading: &mut sqlx::SqliteConnection, question: &'static str| -> i64 {
        sqlx::query_scalar(question).fetch_one(reading).await.unwrap()
    };
    assert_eq!(first(&mut reading, "SELECT min(minute) FROM minutes").await, case.now - 2 * 1_440);
    assert_eq!(first(&mut reading, "SELECT min(hour) / 24 FROM key_hours").await, today - 90);
    assert_eq!(first(&mut reading, "SELECT min(hour) / 24 FROM route_hours").await, today - 90);
    for question in ["SELECT min(day) FROM days", "SELECT min(day) FROM key_days", "SELECT min(quarter) / 96 FROM quarters"] {
        assert_eq!(first(&mut reading, question).await, BEGIN.div_euclid(MINUTES_OF_DAY), "{question}");
    }
    drop(reading);
    case.usage.close().await;
}

#[tokio::test]
async fn roll_ups_go_as_well_where_that_is_wanted() {
    let mut case = Case::new().await;
    case.config.counting.keep_days = Some(100);
    case.step(&Step::Crash).await;
    for _ in 0..40 {
        case.step(&Step::Verify(0, 1, 0, 1, 2, 0)).await;
        case.step(&Step::Flush).await;
        case.step(&Step::Pass(10 * 1_440)).await;
        case.step(&Step::Keep).await;
    }
    let mut reading = case.usage.read().await.unwrap();
    let oldest = case.now.div_euclid(MINUTES_OF_DAY) - 100;
    for (question, expected) in [
        ("SELECT min(day) FROM days", oldest),
        ("SELECT min(quarter) / 96 FROM quarters", oldest),
        ("SELECT min(day) FROM route_days", oldest),
        ("SELECT min(month) FROM key_months", month_of_day(oldest)),
        ("SELECT min(since) FROM kept WHERE name = 'key_days'", super::periods::first_day_of_month(month_of_day(oldest))),
    ] {
        let first: i64 = sqlx::query_scalar(question).fetch_one(&mut *reading).await.unwrap();
        assert!((expected..expected + 10).contains(&first), "{question}: {first}, {expected}");
    }
    drop(reading);
    case.usage.close().await;
}

#[tokio::test]
async fn a_flush_whose_answer_was_lost_counts_and_tells_once() {
    let case = Case::new().await;
    let scopes: Scopes = ["read".parse().unwrap()].into_iter().collect();
    for address in ["203.0.113.7", "198.51.100.7"] {
        case.usage.note(&Verification {
            organization: Some(case.organizations[0]),
            key: Some(CountedKey { id: case.keys[0], environment: Environment::Live, before: None }),
            outcome: Outcome::Accepted,
            at: instant(BEGIN),
            route: Some(&case.routes[0]),
            scopes: Some(&scopes),
            address: Some(address.parse().unwrap()),
            user_agent: Some("curl/8.5"),
        });
        case.usage.flush_without_answer().await.unwrap();
    }
    let dump = async || {
        let mut reading = case.usage.read().await.unwrap();
        let mut all = Vec::new();
        for table in [
            "writers",
            "organizations",
            "keys",
            "routes",
            "key_hours",
            "route_hours",
            "minutes",
            "rolled",
            "key_scopes",
            "key_networks",
            "noticed",
        ] {
            let columns: Vec<String> =
                sqlx::query_scalar(AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}')")))
                    .fetch_all(&mut *reading)
                    .await
                    .unwrap();
            let question = format!(
                "SELECT json_array({}) FROM {table}",
                columns.iter().map(|c| format!("quote({c})")).collect::<Vec<_>>().join(",")
            );
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(question)).fetch_all(&mut *reading).await.unwrap();
            all.push((table, rows));
        }
        all
    };
    let before = dump().await;
    case.usage.flush().await.unwrap();
    assert_eq!(dump().await, before);
    let rows = |table| &before.iter().find(|(name, _)| *name == table).unwrap().1;
    assert_eq!(rows("noticed").len(), 2, "the first use, and the second network: {:?}", rows("noticed"));
    assert_eq!((rows("writers").len(), rows("minutes").len(), rows("key_networks").len()), (1, 1, 2));
    assert!(rows("minutes")[0].ends_with(r#""2"]"#), "{:?}", rows("minutes"));
    assert!(rows("key_scopes")[0].contains(r#""'read'","1","2""#), "{:?}", rows("key_scopes"));
    case.usage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_late_while_it_is_rolled_up_is_not_left_out() {
    let mut case = Case::new().await;
    for day in 0..30 {
        case.note(0, Some(0), 0, 1, BEGIN - day * 1_440);
    }
    case.step(&Step::Flush).await;
    // Both write the same days, again and again.
    let usage = Arc::new(std::mem::replace(&mut case.usage, Usage::open(&case.config).await));
    let (organization, key) = (case.organizations[0], case.keys[0]);
    let late = {
        let usage = Arc::clone(&usage);
        tokio::spawn(async move {
            for round in 0..150_i64 {
                usage.note(&Verification {
                    organization: Some(organization),
                    key: Some(CountedKey { id: key, environment: Environment::Live, before: None }),
                    outcome: Outcome::Accepted,
                    at: instant(BEGIN - (round % 30) * 1_440),
                    route: None,
                    scopes: None,
                    address: None,
                    user_agent: None,
                });
                usage.flush_at(instant(BEGIN)).await.unwrap();
            }
        })
    };
    while !late.is_finished() {
        usage.roll_up(instant(BEGIN + 1_440)).await.unwrap();
    }
    late.await.unwrap();
    usage.roll_up(instant(BEGIN + 1_440)).await.unwrap();
    for round in 0..150 {
        case.waiting.push(((0, Some(0), 0, 0, BEGIN - (round % 30) * 1_440), 1));
    }
    case.reached();
    usage.close().await;
    case.usage = Usage::open(&case.config).await;
    case.check().await;
    case.usage.close().await;
}

#[tokio::test]
async fn scopes_of_earlier_writers_are_put_together_once() {
    let mut case = Case::new().await;
    let scopes: Scopes = ["read".parse().unwrap(), "write".parse().unwrap()].into_iter().collect();
    let verify = |case: &Case| {
        case.usage.note(&Verification {
            organization: Some(case.organizations[0]),
            key: Some(CountedKey { id: case.keys[0], environment: Environment::Live, before: None }),
            outcome: Outcome::Accepted,
            at: instant(case.now),
            route: None,
            scopes: Some(&scopes),
            address: None,
            user_agent: None,
        });
    };
    let rows = async |case: &Case| -> Vec<(String, i64, i64)> {
        let mut reading = case.usage.read().await.unwrap();
        let rows = sqlx::query_as("SELECT scope, writer, count FROM key_scopes ORDER BY scope, writer");
        rows.fetch_all(&mut *reading).await.unwrap()
    };
    let sum = async |case: &Case| rows(case).await.iter().map(|(_, _, count)| count).sum::<i64>();
    for round in 1..=4_i64 {
        verify(&case);
        case.step(&Step::Flush).await;
        if round % 2 == 0 {
            // With a writer that goes on, and whose totals are set again.
            let before = sum(&case).await;
            case.step(&Step::Keep).await;
            assert_eq!((sum(&case).await, rows(&case).await.len()), (before, 4), "of before and of now, two scopes each");
            verify(&case);
            case.step(&Step::Flush).await;
            assert_eq!(sum(&case).await, before + 2);
        }
        case.step(&Step::Crash).await;
    }
    // Before it has written anything.
    case.step(&Step::Keep).await;
    assert_eq!(rows(&case).await, [("read".to_owned(), 0, 6), ("write".to_owned(), 0, 6)]);
    case.usage.close().await;
}
