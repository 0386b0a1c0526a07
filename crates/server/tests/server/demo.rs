//! A demonstration: that it adds up whatever it is added up by, that it is a server like any other, and that
//! it is never made over something.

use std::path::Path;

use chrono::{DateTime, Utc};
use keydeck_domain::{KeyId, Password};
use keydeck_server::demo::{Demo, DemoError, Made, fill};
use keydeck_server::doctor::{Health, Patient, examine};
use keydeck_server::{Config, Pepper};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};

use crate::support::database::{count, literal};
use crate::support::process::run;

const UNTIL: &str = "2026-05-07T16:40:30Z";

fn demo(seed: u64, keys: u32, days: u32) -> Demo {
    Demo {
        seed,
        keys,
        days,
        until: UNTIL.parse().unwrap(),
        email: "ada@example.org".parse().unwrap(),
        name: "Ada".parse().unwrap(),
        password: Password::new("correct horse battery".to_owned()),
    }
}

async fn made(folder: &Path, demo: Demo) -> Made {
    let pepper = Pepper::create_file(&folder.join("pepper")).unwrap();
    let mut config = Config::new(folder.join("data"));
    config.password_cost = keydeck_server::config::PasswordCost { memory_kib: 64, passes: 1 };
    fill(config, pepper, demo).await.unwrap()
}

async fn counts(folder: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(folder.join("data/usage.db")).connect().await.unwrap()
}

/// Rows of numbers, in their order.
async fn rows(connection: &mut SqliteConnection, question: &str) -> Vec<Vec<i64>> {
    let rows = sqlx::query(AssertSqlSafe(question)).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| (0..row.len()).map(|column| row.try_get(column).unwrap()).collect()).collect()
}

/// What a roll-up holds before its mark and the detail from it on, as one table. The columns beside the
/// period are named alike on both sides.
fn whole(rollup: &str, period: &str, columns: &str, detail: &str, detail_period: &str) -> String {
    format!(
        "(SELECT {period} AS period, {columns}, count FROM {rollup} \
         WHERE {period} < (SELECT until FROM rolled WHERE rollup = '{rollup}') \
         UNION ALL SELECT {detail_period} AS period, {columns}, count FROM {detail} \
         WHERE {detail_period} >= (SELECT until FROM rolled WHERE rollup = '{rollup}'))"
    )
}

/// Every table that the year can be added up from.
fn tables() -> [(&'static str, String); 5] {
    let quarters = whole("quarters", "quarter", "environment, outcome", "minutes", "minute / 15");
    let days =
        whole("days", "day", "environment, outcome", &format!("(SELECT period AS quarter, * FROM {quarters})"), "quarter / 96");
    let environments = "SELECT id AS number, environment FROM keys UNION ALL SELECT 0, 0";
    let key_days = whole("key_days", "day", "key, outcome", "key_hours", "hour / 24");
    let months = "strftime('%Y', day * 86400, 'unixepoch') * 12 - 1970 * 12 + strftime('%m', day * 86400, 'unixepoch') - 1";
    let key_months = whole("key_months", "month", "key, outcome", &format!("(SELECT period AS day, * FROM {key_days})"), months);
    let keyed = |table: &str| format!("(SELECT t.*, e.environment FROM {table} t JOIN ({environments}) e ON e.number = t.key)");
    let route_days = whole("route_days", "day", "environment, outcome", "route_hours", "hour / 24");
    [
        ("quarters", quarters),
        ("days", days),
        ("key_days", keyed(&key_days)),
        ("key_months", keyed(&key_months)),
        ("route_days", route_days),
    ]
}

#[tokio::test]
async fn every_table_adds_up_to_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let made = made(folder.path(), demo(3, 200, 40)).await;
    let mut counts = counts(folder.path()).await;

    let sums = |table: &str, by: &str, period: &str| {
        format!("SELECT {period}, {by}, sum(count) FROM {table} GROUP BY 1, {by} ORDER BY 1, {by}")
    };
    let mut totals = Vec::new();
    for (name, table) in tables() {
        let total = rows(&mut counts, &format!("SELECT sum(count) FROM {table}")).await;
        assert_eq!(total[0][0].unsigned_abs(), made.verifications, "{name}");
        totals.push(rows(&mut counts, &sums(&table, "environment, outcome", "0")).await);
    }
    assert!(totals[0].len() > 6, "several outcomes of both environments and of none: {:?}", totals[0]);
    totals.iter().for_each(|total| assert_eq!(*total, totals[0]));

    // Each day, by environment and outcome.
    let [(_, quarters), (_, days), (_, key_days), _, (_, route_days)] = tables();
    let by_day = rows(&mut counts, &sums(&days, "environment, outcome", "period")).await;
    assert!(by_day.len() > 41 * 5);
    assert_eq!(rows(&mut counts, &sums(&quarters, "environment, outcome", "period / 96")).await, by_day);
    assert_eq!(rows(&mut counts, &sums(&key_days, "environment, outcome", "period")).await, by_day);
    assert_eq!(rows(&mut counts, &sums(&route_days, "environment, outcome", "period")).await, by_day);

    // Each hour of those that are kept by keys and routes: here all.
    let by_hour = rows(&mut counts, &sums(&quarters, "environment, outcome", "period / 4")).await;
    let keyed = "(SELECT h.*, ifnull(k.environment, 0) AS environment FROM key_hours h LEFT JOIN keys k ON k.id = h.key)";
    assert_eq!(rows(&mut counts, &sums(keyed, "environment, outcome", "hour")).await, by_hour);
    assert_eq!(rows(&mut counts, &sums("route_hours", "environment, outcome", "hour")).await, by_hour);

    // Each quarter of those that are kept by minutes; and each key's days by its hours.
    let two_days = "(SELECT * FROM quarters WHERE quarter >= (SELECT min(minute) / 15 FROM minutes))";
    let before_mark = "(SELECT * FROM minutes WHERE minute / 15 < (SELECT until FROM rolled WHERE rollup = 'quarters'))";
    let by_quarter = rows(&mut counts, &sums(two_days, "environment, outcome", "quarter")).await;
    assert!(by_quarter.len() > 190);
    assert_eq!(rows(&mut counts, &sums(before_mark, "environment, outcome", "minute / 15")).await, by_quarter);
    let before_mark = "(SELECT * FROM key_hours WHERE hour / 24 < (SELECT until FROM rolled WHERE rollup = 'key_days'))";
    let by_key = rows(&mut counts, &sums("key_days", "key, outcome", "day")).await;
    assert_eq!(rows(&mut counts, &sums(before_mark, "key, outcome", "hour / 24")).await, by_key);
}

#[tokio::test]
async fn it_is_a_server_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), demo(3, 200, 40)).await;
    let patient = Patient { data_dir: folder.path().join("data"), pepper_file: folder.path().join("pepper"), tls: None };
    for finding in examine(&patient).await {
        // No backup was made of it yet.
        assert!(finding.health == Health::Well || finding.what == "backup", "{finding:?}");
    }
    let until: DateTime<Utc> = UNTIL.parse().unwrap();

    // Half of the keys are idle, and some are in every state.
    let data = folder.path().join("data");
    let of = async |condition: &str| count(&data, &format!("SELECT count(*) FROM keys WHERE {condition}")).await;
    let month = (until - chrono::TimeDelta::days(4)).timestamp_micros();
    assert!((70..=130).contains(&of(&format!("last_used_at > {month}")).await));
    let now = until.timestamp_micros();
    for condition in [
        "last_used_at IS NULL".to_owned(),
        "revoked_at IS NOT NULL".to_owned(),
        "NOT enabled".to_owned(),
        format!("expires_at < {now}"),
        format!("expires_at > {now}"),
        "environment = 'live'".to_owned(),
        "environment = 'test'".to_owned(),
        "allowed_addresses <> ''".to_owned(),
        "note <> ''".to_owned(),
    ] {
        assert!((1..200).contains(&of(&condition).await), "{condition}");
    }
    assert_eq!(of(&format!("created_at >= {now} OR last_used_at >= {now} OR last_used_at < created_at")).await, 0);
    assert_eq!(of("revoked_at < last_used_at OR (expires_at < last_used_at)").await, 0);

    // Both databases know the same last uses.
    let mut counts = counts(folder.path()).await;
    let noted = sqlx::query("SELECT key_id, last_at FROM keys WHERE last_at IS NOT NULL").fetch_all(&mut counts).await.unwrap();
    assert_eq!(i64::try_from(noted.len()).unwrap(), of("last_used_at IS NOT NULL").await);
    for row in noted {
        let id = KeyId(row.try_get("key_id").unwrap());
        let condition = format!("id = {} AND last_used_at = {}", literal(id), row.try_get::<i64, _>("last_at").unwrap());
        assert_eq!(of(&condition).await, 1, "{id}");
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_figures_and_another_gives_others() {
    let of = async |seed| {
        let folder = tempfile::tempdir().unwrap();
        made(folder.path(), demo(seed, 30, 5)).await;
        let mut counts = counts(folder.path()).await;
        let hours = rows(&mut counts, "SELECT hour, key, outcome, count FROM key_hours").await;
        (hours, rows(&mut counts, "SELECT minute, environment, outcome, count FROM minutes").await)
    };
    let first = of(1).await;
    assert!(!first.0.is_empty());
    assert_eq!(first, of(1).await);
    assert_ne!(first, of(2).await);
}

#[tokio::test]
async fn a_folder_in_which_something_is_kept_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = ["demo", "--keys", "20", "--days", "3", "--email", "grace@example.org"];
    let (done, said, error) = run(folder.path(), &wanted, "correct horse battery\n").await;
    assert!(done && said.starts_with("organization ") && said.contains(" with 20 keys and "), "{said}{error}");
    let before = std::fs::read(folder.path().join("data/usage.db")).unwrap();

    let (done, _, error) = run(folder.path(), &wanted, "correct horse battery\n").await;
    assert!(!done && error.contains("for an empty data folder"), "{error}");
    assert_eq!(std::fs::read(folder.path().join("data/usage.db")).unwrap(), before);

    // Who gives no password leaves nothing behind.
    let folder = tempfile::tempdir().unwrap();
    assert!(!run(folder.path(), &["demo"], "").await.0);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_demonstration_does_not_end_in_the_future() {
    let folder = tempfile::tempdir().unwrap();
    let until = Utc::now() + chrono::TimeDelta::days(1);
    let demo = Demo { until, ..demo(1, 10, 5) };
    let refused = fill(Config::new(folder.path()), Pepper::generate().unwrap(), demo).await.unwrap_err();
    assert!(matches!(refused, DemoError::Bounds), "{refused}");
}
