//! The job, with the time given.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use chrono::{DateTime, TimeDelta, Utc};
use keydeck_domain::OrganizationId;
use keydeck_domain::api::alerts::{Alert, Notice};

use super::job::Watch;
use super::record;
use crate::server::Server;
use crate::{Config, Pepper};

const ORGANIZATION: OrganizationId = OrganizationId(uuid::Uuid::from_u128(7));

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A server that serves nobody, which knows one organization.
async fn server() -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let server = crate::open(Config::new(folder.path()), Pepper::from_bytes([3; 32])).await.unwrap();
    let mut writing = server.parts.usage.write().await.unwrap();
    let made = sqlx::query("INSERT INTO organizations (id, organization_id) VALUES (1, ?)").bind(ORGANIZATION.0);
    made.execute(&mut *writing).await.unwrap();
    drop(writing.commit().await.unwrap());
    (server, folder)
}

/// Counts so many verifications in the minute of this instant: some accepted, the others refused.
async fn count(server: &Server, minute: DateTime<Utc>, count: i64) {
    let mut writing = server.parts.usage.write().await.unwrap();
    for (outcome, count) in [(0, count / 2), (3, count - count / 2)] {
        sqlx::query("INSERT INTO minutes (organization, minute, environment, outcome, writer, count) VALUES (1, ?, 1, ?, 1, ?)")
            .bind(minute.timestamp() / 60)
            .bind(outcome)
            .bind(count)
            .execute(&mut *writing)
            .await
            .unwrap();
    }
    drop(writing.commit().await.unwrap());
}

fn watch(since: DateTime<Utc>) -> Watch {
    Watch { since, hour: None, tidied: None }
}

async fn alerts(server: &Server) -> Vec<Alert> {
    let mut reading = server.parts.usage.read().await.unwrap();
    record::list(&mut reading, ORGANIZATION, Some(0)).await.unwrap().items
}

/// The weeks before: 200 in the same hour, and one long ago, so that it was counted all the time.
async fn usual(server: &Server, hour: DateTime<Utc>, weeks: i64) {
    count(server, hour - TimeDelta::weeks(weeks) - TimeDelta::hours(1), 1).await;
    for week in 1..=weeks {
        count(server, hour - TimeDelta::weeks(week) + TimeDelta::minutes(59), 200).await;
    }
}

#[tokio::test]
async fn a_jump_is_said_once_a_day() {
    let (server, _folder) = server().await;
    let hour = at("2026-03-04T10:00:00Z");
    usual(&server, hour, 4).await;
    for more in 0..26 {
        count(&server, hour + TimeDelta::hours(more), 700).await;
    }
    let mut watch = watch(hour);
    // The hour is not over, or not surely counted.
    for now in ["2026-03-04T10:59:59Z", "2026-03-04T11:00:59Z"] {
        watch.look(&server, at(now)).await.unwrap();
        assert_eq!(alerts(&server).await, []);
    }
    watch.look(&server, at("2026-03-04T11:01:00Z")).await.unwrap();
    let first = alerts(&server).await;
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].notice, Notice::Jump { count: 700, usual: 200 });
    assert_eq!((first[0].at, first[0].until), (at("2026-03-04T11:00:00Z"), at("2026-03-05T11:00:00Z")));
    // The next hours jump as well, over nothing at all; and a server that starts anew looks at one again.
    for hours in 1..24 {
        watch.look(&server, at("2026-03-04T11:01:00Z") + TimeDelta::hours(hours)).await.unwrap();
        Watch { since: hour, hour: None, tidied: None }
            .look(&server, at("2026-03-04T11:01:00Z") + TimeDelta::hours(hours))
            .await
            .unwrap();
    }
    assert_eq!(alerts(&server).await.len(), 1);
    watch.look(&server, at("2026-03-05T11:01:00Z")).await.unwrap();
    assert_eq!(alerts(&server).await.len(), 2);
    server.close().await;
}

#[tokio::test]
async fn a_fall_is_said_where_this_server_was_there_all_the_hour() {
    let (server, _folder) = server().await;
    let hour = at("2026-03-04T10:00:00Z");
    usual(&server, hour, 3).await;
    let now = at("2026-03-04T11:05:00Z");
    watch(hour + TimeDelta::seconds(1)).look(&server, now).await.unwrap();
    assert_eq!(alerts(&server).await, [], "it did not run in the first second");
    watch(hour).look(&server, now).await.unwrap();
    assert_eq!(alerts(&server).await[0].notice, Notice::Fall { count: 0, usual: 200 });
    server.close().await;
}

#[tokio::test]
async fn too_few_weeks_say_nothing() {
    let (server, _folder) = server().await;
    let hour = at("2026-03-04T10:00:00Z");
    usual(&server, hour, 2).await;
    watch(hour).look(&server, at("2026-03-04T11:05:00Z")).await.unwrap();
    assert_eq!(alerts(&server).await, []);
    server.close().await;
}

#[tokio::test]
async fn what_is_rolled_up_is_counted_once() {
    let (server, _folder) = server().await;
    let hour = at("2026-03-04T10:00:00Z");
    usual(&server, hour, 4).await;
    count(&server, hour + TimeDelta::minutes(10), 350).await;
    count(&server, hour + TimeDelta::minutes(40), 350).await;
    // As the roll-up does it: a quarter before the mark stands for its minutes, which are still there.
    let mut writing = server.parts.usage.write().await.unwrap();
    for statement in [
        "INSERT INTO quarters (organization, quarter, environment, outcome, count) \
         SELECT organization, minute / 15, environment, outcome, sum(count) FROM minutes \
         WHERE minute < ?1 * 15 GROUP BY 1, 2, 3, 4",
        "UPDATE rolled SET until = ?1 WHERE rollup = 'quarters'",
    ] {
        let mark = (hour + TimeDelta::minutes(15)).timestamp() / 900;
        sqlx::query(statement).bind(mark).execute(&mut *writing).await.unwrap();
    }
    drop(writing.commit().await.unwrap());
    watch(hour).look(&server, at("2026-03-04T11:05:00Z")).await.unwrap();
    assert_eq!(alerts(&server).await[0].notice, Notice::Jump { count: 700, usual: 200 });
    server.close().await;
}

#[tokio::test]
async fn an_alert_is_kept_for_ninety_days() {
    let (server, _folder) = server().await;
    let hour = at("2026-03-04T10:00:00Z");
    usual(&server, hour, 3).await;
    let mut watch = watch(hour);
    watch.look(&server, at("2026-03-04T11:05:00Z")).await.unwrap();
    watch.look(&server, at("2026-06-02T10:59:00Z")).await.unwrap();
    assert_eq!(alerts(&server).await.len(), 1);
    watch.look(&server, at("2026-06-02T12:00:00Z")).await.unwrap();
    assert_eq!(alerts(&server).await, []);
    server.close().await;
}
