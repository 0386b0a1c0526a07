use super::*;
use proptest::prelude::*;

fn loose(json: &str) -> Loose {
    serde_json::from_str(json).expect("JSON")
}

fn query(from: &str, to: &str, step: Step, group: Option<GroupBy>) -> UsageQuery {
    let time = |text: &str| format!("{text}T00:00:00Z").parse().expect("a time");
    let (from, to) = (time(from), time(to));
    UsageQuery { from, to, step, zone: None, group, keys: None, environment: None, outcome: None, top: None }
}

const THREE: &str = r#"{"success":true,"data":{"history":[
    {"date":"2026-10-31","api_calls":5,"test_api_calls":1,"refused_calls":0},
    {"date":"2026-11-01","api_calls":7,"test_api_calls":2,"refused_calls":1},
    {"date":"2026-11-02","api_calls":0,"test_api_calls":0,"refused_calls":0}]}}"#;

fn totals(usage: &Usage) -> Vec<(Group, u64, Vec<u64>)> {
    usage.series.iter().map(|one| (one.group.clone(), one.total, one.values.clone())).collect()
}

#[test]
fn days_and_months_add_up() {
    let days = history(&loose(THREE)).expect("a history");
    let now = midnight("2026-11-03".parse().expect("a day"));
    let all = drawn(&days, &query("2026-10-31", "2026-11-03", Step::Hour, None), now);
    assert_eq!((all.total, all.times.len(), all.end), (16, 3, now));
    assert_eq!(totals(&all), vec![(Group::All, 16, vec![6, 10, 0])]);
    let months = drawn(&days, &query("2026-10-31", "2026-11-03", Step::Month, None), now);
    assert_eq!(totals(&months), vec![(Group::All, 16, vec![6, 10])]);
    let environments = drawn(&days, &query("2026-11-01", "2026-11-03", Step::Day, Some(GroupBy::Environment)), now);
    assert_eq!(
        totals(&environments),
        vec![
            (Group::Environment { environment: Environment::Live }, 7, vec![7, 0]),
            (Group::Environment { environment: Environment::Test }, 2, vec![2, 0]),
            (Group::Unattributed, 1, vec![1, 0]),
        ]
    );
    let outcomes = drawn(&days, &query("2026-11-01", "2026-11-03", Step::Day, Some(GroupBy::Outcome)), now);
    assert_eq!(
        totals(&outcomes),
        vec![(Group::Outcome { outcome: Outcome::Accepted }, 9, vec![9, 0]), (Group::Other, 1, vec![1, 0])]
    );
    let live = UsageQuery { environment: Some(Environment::Live), ..query("2026-10-31", "2026-11-03", Step::Day, None) };
    assert_eq!(drawn(&days, &live, now).total, 12);
}

#[test]
fn nothing_counted_is_said_as_nothing() {
    let days = history(&loose(r#"[{"date":"2026-11-01","api_calls":0}]"#)).expect("a history");
    let now = midnight("2026-11-02".parse().expect("a day"));
    let empty = drawn(&days, &query("2026-11-01", "2026-11-02", Step::Day, None), now);
    assert_eq!((empty.total, empty.since), (0, None));
    assert!(history(&loose(r#"{"data":"soon"}"#)).is_err());
}

#[test]
fn sums_by_key_and_route() {
    let answer = loose(
        r#"{"data":{"by_key":[{"id":"key_a","name":"Billing","environment":"test","calls":3},{"id":"key_b","calls":9},{"name":"x"}],
            "by_endpoint":{"GET:/v1/memories":4,"unnamed":"x"}}}"#,
    );
    let keys = by_key(&answer, &[]);
    assert_eq!(keys.iter().map(|(_, calls)| *calls).collect::<Vec<_>>(), vec![3, 9]);
    let now = midnight("2026-11-02".parse().expect("a day"));
    let usage = summed(keys, &query("2026-11-01", "2026-11-02", Step::Day, Some(GroupBy::Key)), now);
    assert_eq!((usage.total, usage.times.len(), usage.series[0].total), (12, 1, 9));
    assert_eq!(by_route(&answer), vec![(Group::Route { route: Some("GET:/v1/memories".to_owned()) }, 4)]);
}

/// "`/v1/usage/history?days=` (90 at most)".
#[test]
fn no_more_than_90_days_are_asked_for() {
    let now = midnight("2026-11-22".parse().expect("a day"));
    let check = |from: &str, days: u64| assert_eq!(days_back(midnight(from.parse().expect("a day")), now), days, "{from}");
    check("2026-11-22", 1);
    check("2026-11-21", 2);
    check("2026-08-25", 90);
    check("2020-01-01", 90);
    check("2026-11-25", 1);
}

fn figures() -> impl Strategy<Value = String> {
    let value = prop_oneof!["[0-9]{1,20}", "-?[0-9]{1,3}\\.[0-9]{1,3}e[0-9]{1,3}", "\"\\PC{0,12}\"", "null", "\\[\\]", "true"];
    let row = proptest::collection::vec((prop_oneof!["date", "day", "api_calls", "count", "id", "name"], value), 0..5)
        .prop_map(|fields| fields.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect::<Vec<_>>().join(","));
    proptest::collection::vec(row, 0..6)
        .prop_map(|rows| rows.iter().map(|row| format!("{{{row}}}")).collect::<Vec<_>>().join(","))
}

proptest! {
    #[test]
    fn any_figures_are_drawn_or_refused(rows in figures(), step in 0_usize..3, day in "20[0-9]{2}-[01][0-9]-[0-3][0-9]") {
        let now = midnight("2026-11-22".parse().expect("a day"));
        for body in [format!("[{rows}]"), format!(r#"{{"data":{{"history":[{rows}],"by_key":[{rows}]}}}}"#), format!(r#"[{{"date":"{day}","count":1}},{rows}{{}}]"#)] {
            let Ok(answer) = serde_json::from_str::<Loose>(&body) else { continue };
            let query = query("2026-09-01", "2026-11-22", [Step::Day, Step::Month, Step::Hour][step], Some(GroupBy::Outcome));
            if let Ok(days) = history(&answer) {
                let usage = drawn(&days, &query, now);
                prop_assert!(usage.series.iter().all(|one| one.values.len() == usage.times.len()));
            }
            let _ = summed(by_key(&answer, &[]), &query, now);
        }
    }
}
