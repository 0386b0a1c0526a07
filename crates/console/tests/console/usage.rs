//! Figures: from a key that is really verified to what is drawn and exported.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use keydeck_console::clipboard::CopyAs;
use keydeck_console::connection::{Connection, ConnectionState};
use keydeck_console::error::ErrorCode;
use keydeck_console::event::Event;
use keydeck_console::keys::KeyRef;
use keydeck_domain::Outcome;
use keydeck_domain::api::audit::ExportFormat;
use keydeck_domain::api::usage::{Group, GroupBy, StaleQuery, Step, UsageQuery};
use keydeck_domain::api::verifiers::NewVerifier;

use crate::support::proxy::{json, meta};
use crate::support::{Act, Desk, Proxy, World, new_key};

fn query(step: Step, hours: i64, group: Option<GroupBy>) -> UsageQuery {
    let now = Utc::now();
    UsageQuery {
        from: now - TimeDelta::hours(hours),
        to: now,
        step,
        zone: None,
        group,
        keys: None,
        environment: None,
        outcome: None,
        top: None,
    }
}

/// A key and a verifier, and so many verifications, the last three of which name no key.
async fn traffic(world: &World, desk: &Desk, at: &Connection, times: usize) -> KeyRef {
    let key = desk.console.create_key(at.id, world.organization, new_key("Billing worker")).await.unwrap().key;
    desk.console.copy_secret(key, CopyAs::Plain).await.unwrap();
    let secret = desk.clipboard.content().unwrap();
    let verifier = NewVerifier { name: "Gateway".parse().unwrap() };
    let verifier = desk.console.make_verifier(at.id, world.organization, verifier).await.unwrap();
    desk.console.copy_verifier(verifier.id, CopyAs::Plain).await.unwrap();
    let token = desk.clipboard.content().unwrap();
    let client = reqwest::Client::new();
    for number in 0..times {
        let key = if number + 3 < times { secret.expose() } else { "nw_test_unknown" };
        let answer = client
            .post(format!("{}/v1/verify", world.origin()))
            .bearer_auth(token.expose())
            .header("content-type", "application/json")
            .body(format!(r#"{{"key":"{key}"}}"#))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), 200);
    }
    world.server.flush_usage().await.unwrap();
    key
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_verified_is_drawn_exported_and_adds_up() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let at = desk.signed_in(&world.origin()).await;
    assert!(at.capabilities.usage);
    let key = traffic(&world, &desk, &at, 10).await;
    let draw = |query, before| desk.console.usage(at.id, world.organization, query, 800, before);

    for (step, hours) in [(Step::Minute, 1), (Step::Quarter, 24), (Step::Hour, 24), (Step::Day, 720), (Step::Month, 8760)] {
        let chart = draw(query(step, hours, Some(GroupBy::Outcome)), true).await.unwrap();
        let sum: u64 = chart.series.iter().flat_map(|series| &series.values).sum();
        assert_eq!((chart.total, sum), (10, 10), "{step:?}");
        let accepted = |group: &Group| matches!(group, Group::Outcome { outcome: Outcome::Accepted });
        assert_eq!(chart.series.iter().find(|series| accepted(&series.group)).unwrap().total, 7);
        assert!(chart.times.is_sorted_by(|a, b| a < b) && chart.times.iter().all(|time| *time < chart.end));
        // There is no time before the first verification.
        assert_eq!(chart.before, None);
    }
    let by_key = draw(query(Step::Hour, 2, Some(GroupBy::Key)), false).await.unwrap();
    let groups: Vec<_> = by_key.series.iter().map(|series| (series.group.clone(), series.total)).collect();
    assert!(matches!(&groups[..], [(Group::Key { id, .. }, 7), (Group::Unattributed, 3)] if *id == key.key), "{groups:?}");

    let one = desk.console.key_usage(key).await.unwrap();
    assert_eq!((one.total, one.hours.iter().sum::<u64>(), one.hours.len()), (7, 7, 24));
    assert!(one.last.is_some());
    let lines = desk.console.sparklines(at.id, world.organization, vec![key.key]).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.hours.iter().sum::<u64>()).collect::<Vec<_>>(), [7]);
    let stale = StaleQuery { days: 1, limit: None, cursor: None };
    assert_eq!(desk.console.stale_keys(at.id, world.organization, stale).await.unwrap().total, 0);

    for format in [ExportFormat::Csv, ExportFormat::Json] {
        let figures = query(Step::Hour, 24, Some(GroupBy::Outcome));
        let file = desk.console.export_usage("export-1", at.id, world.organization, figures, format).await.unwrap().unwrap();
        let content = std::fs::read_to_string(&file.path).unwrap();
        assert_eq!(content.len(), file.bytes as usize);
        let sum: u64 = match format {
            ExportFormat::Csv => {
                content.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse::<u64>().unwrap()).sum()
            }
            ExportFormat::Json => {
                let rows: Vec<serde_json::Value> = serde_json::from_str(&content).unwrap();
                rows.iter().map(|row| row["count"].as_u64().unwrap()).sum()
            }
        };
        assert_eq!(sum, 10, "{content}");
        let whole = |event: &Event| matches!(event, Event::Progress { operation, bytes } if operation == "export-1" && *bytes == file.bytes);
        desk.events.wait_for(whole).await;
    }
    let asked: BTreeSet<String> = desk.saving.asked.lock().unwrap().iter().map(|asked| asked.name.clone()).collect();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|name| name.starts_with("keydeck-usage-northwind-2")), "{asked:?}");

    // What it can't answer is said with the server's words.
    let mut wrong = query(Step::Hour, 24, None);
    wrong.zone = Some("Mars/Olympus".to_owned());
    let error = draw(wrong, false).await.unwrap_err();
    assert!(error.code == ErrorCode::Invalid && !error.message.is_empty(), "{error:?}");
}

fn figures(from: &str, to: &str, since: &str, values: &[u64]) -> Act {
    let (from, to): (DateTime<Utc>, DateTime<Utc>) = (from.parse().unwrap(), to.parse().unwrap());
    let step = (to - from) / i32::try_from(values.len()).unwrap();
    let times: Vec<_> = (0..values.len()).map(|place| from + step * i32::try_from(place).unwrap()).collect();
    let total: u64 = values.iter().sum();
    let body = serde_json::json!({
        "times": times, "end": to, "total": total, "others": 0, "bounds": "exact", "as_of": to, "since": since,
        "series": [{ "group": { "kind": "all" }, "total": total, "values": values }],
    });
    json("200 OK", "", &body.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_period_before_is_its_shadow_step_by_step() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let at = desk.signed_in(&proxy.origin()).await;
    let asked = UsageQuery {
        from: "2026-11-22T06:00:00Z".parse().unwrap(),
        to: "2026-11-22T09:00:00Z".parse().unwrap(),
        group: Some(GroupBy::Outcome),
        zone: Some("Europe/Berlin".to_owned()),
        ..query(Step::Hour, 1, None)
    };
    let draw = || desk.console.usage(at.id, world.organization, asked.clone(), 800, true);
    let answer = |since: &'static str| {
        move |seen: &crate::support::proxy::Seen| {
            if !seen.is("GET", "/usage?") {
                Act::Pass
            } else if seen.path.contains("to=2026-11-22T06") {
                assert!(!seen.path.contains("group=") && seen.path.contains("zone=Europe"), "{}", seen.path);
                figures("2026-11-22T03:00:00Z", "2026-11-22T06:00:00Z", since, &[7, 8, 9])
            } else {
                figures("2026-11-22T06:00:00Z", "2026-11-22T09:00:00Z", since, &[1, 2, 3])
            }
        }
    };
    proxy.rule(answer("2026-11-22T04:00:00Z"));
    let chart = draw().await.unwrap();
    let before = chart.before.unwrap();
    assert_eq!((chart.series[0].values.clone(), before.values, before.total), (vec![1, 2, 3], vec![7, 8, 9], 24));
    assert_eq!(proxy.count("GET", "/usage?"), 2);
    // Nothing was counted before: it is not even asked for.
    proxy.rule(answer("2026-11-22T06:00:00Z"));
    assert_eq!(draw().await.unwrap().before, None);
    assert_eq!(proxy.count("GET", "/usage?"), 3);
    // Figures that don't belong to their times are not drawn.
    proxy.rule(|seen| {
        if !seen.is("GET", "/usage?") {
            return Act::Pass;
        }
        let Act::Answer(answer) = figures("2026-11-22T06:00:00Z", "2026-11-22T09:00:00Z", "2026-11-22T06:00:00Z", &[1, 2, 3])
        else {
            unreachable!()
        };
        Act::Answer(String::from_utf8(answer).unwrap().replace("[1,2,3]", "[1,2,34]").replace("[1,2,34]", "[1,2]  ").into_bytes())
    });
    assert_eq!(draw().await.unwrap_err().code, ErrorCode::BadAnswer);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_count_is_not_too_old() {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    // It says 'team' and no more.
    proxy.rule(|seen| if seen.path == "/v1/meta" { meta() } else { Act::Pass });
    let desk = Desk::start().await;
    let at = desk.signed_in(&proxy.origin()).await;
    assert_eq!(at.state, ConnectionState::SignedIn);
    assert!(!at.capabilities.usage && !at.capabilities.webhooks && at.capabilities.verifiers);
    let error = desk.console.usage(at.id, world.organization, query(Step::Hour, 1, None), 800, true).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Incompatible);
    let error = desk.console.webhooks(at.id, world.organization).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Incompatible);
    desk.console.look_around().await;
    assert_eq!(proxy.count("GET", "/usage") + proxy.count("GET", "/webhooks") + proxy.count("GET", "/alerts"), 0);
    // It was updated: the next time that it is asked who it is, they are there.
    proxy.rule(|_| Act::Pass);
    let after = desk.console.refresh_connection(at.id).await.unwrap();
    assert!(after.capabilities.usage);
}
