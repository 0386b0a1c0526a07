//! What the program looks at by itself: alerts and keys that expire soon, each told once.

use std::sync::{Arc, Mutex};

use chrono::{TimeDelta, Utc};
use keydeck_console::connection::{Connection, ConnectionState};
use keydeck_console::event::{Event, Place};
use keydeck_console::preferences::Preferences;
use keydeck_domain::api::keys::{KeyChange, NewKey};
use keydeck_domain::{KeyId, OrganizationId, Password};

use crate::support::proxy::json;
use crate::support::world::MEMBER;
use crate::support::{Act, Desk, PASSWORD, Proxy, World, new_key};

/// The alerts of a server that stands in front of the real one.
#[derive(Clone, Default)]
struct Alerts(Arc<Mutex<Vec<String>>>);

impl Alerts {
    fn add(&self, notice: &str, key: Option<KeyId>) {
        let mut all = self.0.lock().unwrap();
        let key = key.map_or("null".to_owned(), |key| format!(r#""{key}""#));
        let name = if key == "null" { "null" } else { r#""Billing worker""# };
        let sequence = all.len() + 1;
        all.push(format!(
            r#"{{"sequence":{sequence},"at":"2026-11-22T09:00:00Z","notice":{notice},"key":{key},"key_name":{name},"until":"2026-11-23T09:00:00Z"}}"#
        ));
    }

    fn answer(&self, path: &str) -> Act {
        let all = self.0.lock().unwrap();
        let after = path.split("after=").nth(1).map(|after| after.parse::<usize>().unwrap());
        let items = match after {
            Some(after) => all[after.min(all.len())..].join(","),
            None => all.iter().rev().cloned().collect::<Vec<_>>().join(","),
        };
        json("200 OK", "", &format!(r#"{{"items":[{items}],"newest":{}}}"#, all.len()))
    }
}

const JUMP: &str = r#"{"kind":"jump","count":1200,"usual":90}"#;
const NEW_NETWORK: &str = r#"{"kind":"new_network","address":"203.0.113.7"}"#;

async fn scene() -> (World, Proxy, Desk, Connection, Alerts) {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let alerts = Alerts::default();
    let answering = alerts.clone();
    proxy.rule(move |seen| if seen.is("GET", "/alerts") { answering.answer(&seen.path) } else { Act::Pass });
    let desk = Desk::start().await;
    let at = desk.signed_in(&proxy.origin()).await;
    (world, proxy, desk, at, alerts)
}

fn alerted(event: &Event) -> bool {
    matches!(event, Event::Alerted { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_alert_is_told_once_also_after_a_restart() {
    let (world, proxy, desk, at, alerts) = scene().await;
    let key = desk.console.create_key(at.id, world.organization, new_key("Billing worker")).await.unwrap().key;
    alerts.add(JUMP, None);
    // What was there before is old.
    desk.console.look_around().await;
    assert_eq!(desk.notices.titles(), Vec::<String>::new());
    assert_eq!(desk.console.alerts(at.id, world.organization).await.unwrap().len(), 1);

    alerts.add(NEW_NETWORK, Some(key.key));
    alerts.add(JUMP, None);
    desk.console.look_around().await;
    assert_eq!(desk.notices.titles(), ["Billing worker is used from a new network", "Northwind is used far more than usual"]);
    assert_eq!(desk.notices.texts()[1], "1200 verifications within an hour; 90 are usual. Northwind");
    let told = |event: &Event| {
        matches!(event, Event::Alerted { connection, organization, alerts }
            if (*connection, *organization) == (at.id, world.organization) && alerts.iter().map(|one| one.sequence).eq([2, 3]))
    };
    desk.events.wait_for(told).await;
    desk.events.clear();
    desk.console.look_around().await;
    assert_eq!(desk.notices.titles().len(), 2);

    let again = desk.again().await;
    again
        .events
        .wait_for(|event| matches!(event, Event::Connection { connection } if connection.state == ConnectionState::SignedIn))
        .await;
    again.console.look_around().await;
    assert_eq!(again.notices.titles(), Vec::<String>::new());
    alerts.add(JUMP, None);
    again.console.look_around().await;
    again.events.wait_for(alerted).await;
    assert_eq!(again.notices.titles(), ["Northwind is used far more than usual"]);
    assert!(proxy.seen().iter().any(|seen| seen.path.ends_with("/alerts?after=3")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_click_leads_to_the_key_or_to_the_figures() {
    let (world, _proxy, desk, at, alerts) = scene().await;
    let key = desk.console.create_key(at.id, world.organization, new_key("Billing worker")).await.unwrap().key;
    desk.console.look_around().await;
    alerts.add(NEW_NETWORK, Some(key.key));
    alerts.add(JUMP, None);
    desk.console.look_around().await;
    desk.notices.click("Billing worker is used from a new network");
    let to_the_key = |event: &Event| {
        matches!(event, Event::Go { connection, organization, view: Place::Keys, key: Some(row) }
            if (*connection, *organization) == (at.id, world.organization) && row.key.id == key.key)
    };
    desk.events.wait_for(to_the_key).await;
    desk.notices.click("Northwind is used far more than usual");
    desk.events.wait_for(|event| matches!(event, Event::Go { view: Place::Usage, key: None, .. })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_are_one_notice_and_none_where_none_is_wanted() {
    let (_world, _proxy, desk, _at, alerts) = scene().await;
    desk.console.look_around().await;
    (0..5).for_each(|_| alerts.add(JUMP, None));
    desk.console.look_around().await;
    assert_eq!(desk.notices.titles(), ["Northwind: 5 alerts"]);
    let mut preferences = Preferences::default();
    assert!(preferences.notices, "on unless the person says otherwise");
    preferences.notices = false;
    desk.console.set_preferences(preferences).await.unwrap();
    desk.events.clear();
    alerts.add(JUMP, None);
    desk.console.look_around().await;
    // The window is told all the same.
    desk.events.wait_for(alerted).await;
    assert_eq!(desk.notices.titles().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_can_not_be_reached_is_left_alone() {
    let (world, proxy, desk, at, alerts) = scene().await;
    desk.console.look_around().await;
    // That it does not answer a question that nobody asked changes nothing in the window.
    proxy.rule(|_| Act::Hang);
    let looking = tokio::time::timeout(std::time::Duration::from_secs(1), desk.console.look_around()).await;
    assert!(looking.is_err(), "it hangs");
    let answering = alerts.clone();
    proxy.rule(move |seen| match seen {
        seen if seen.is("GET", "/alerts") => answering.answer(&seen.path),
        seen if seen.is("GET", "/members") => crate::support::proxy::answer("302 Found", "location: /sign-in\r\n", b""),
        _ => Act::Pass,
    });
    assert_eq!(state(&desk).await, ConnectionState::SignedIn);
    // Once the person has seen that it can't be reached, it is not asked until it answered him.
    desk.console.members(at.id, world.organization).await.unwrap_err();
    assert_eq!(state(&desk).await, ConnectionState::Unreachable);
    let before = proxy.count("GET", "/alerts");
    desk.console.look_around().await;
    assert_eq!(proxy.count("GET", "/alerts"), before);
    desk.console.refresh_connection(at.id).await.unwrap();
    desk.console.look_around().await;
    assert_eq!(proxy.count("GET", "/alerts"), before + 1);
}

async fn state(desk: &Desk) -> ConnectionState {
    desk.console.overview().await.unwrap().connections[0].state
}

fn expiring(name: &str, hours: i64) -> NewKey {
    NewKey { expires_at: Some(Utc::now() + TimeDelta::hours(hours)), ..new_key(name) }
}

async fn make(desk: &Desk, at: &Connection, organization: OrganizationId, keys: &[(&str, i64)]) {
    for (name, hours) in keys {
        desk.console.create_key(at.id, organization, expiring(name, *hours)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_expire_soon_are_told_once_to_who_can_change_them() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let at = desk.signed_in(&world.origin()).await;
    make(&desk, &at, world.organization, &[("Soon", 12), ("Week", 6 * 24), ("Later", 60 * 24)]).await;
    let ben = Desk::start().await;
    let there = ben.add(&world.origin()).await;
    let there = ben.console.sign_in(there.id, MEMBER.into(), Password::new(PASSWORD.to_owned())).await.unwrap();
    make(&ben, &there, world.organization, &[("Bens", 20 * 24)]).await;

    desk.console.look_around().await;
    assert_eq!(desk.notices.titles(), ["Soon expires within a day", "Week expires within 7 days", "Bens expires within 30 days"]);
    assert!(desk.notices.texts()[0].starts_with("On ") && desk.notices.texts()[0].ends_with(". Northwind"));
    desk.console.look_around().await;
    assert_eq!(desk.notices.titles().len(), 3);
    // A member hears of his own alone.
    ben.console.look_around().await;
    assert_eq!(ben.notices.titles(), ["Bens expires within 30 days"]);

    let key = desk.console.list_keys(at.id, world.organization, Default::default()).await.unwrap();
    let week = key.items.into_iter().find(|row| row.key.name.as_str() == "Week").unwrap().key;
    desk.notices.click("Week expires within 7 days");
    desk.events
        .wait_for(|event| matches!(event, Event::Go { view: Place::Keys, key: Some(row), .. } if row.key.id == week.id))
        .await;

    // The next start tells nothing twice; a key that comes nearer, or has another time, is told again.
    let reference = keydeck_console::keys::KeyRef { connection: at.id, organization: world.organization, key: week.id };
    let change = KeyChange { expires_at: Some(Some(Utc::now() + TimeDelta::hours(5))), ..KeyChange::default() };
    desk.console.update_key(reference, week.version, change).await.unwrap();
    let again = desk.again().await;
    again
        .events
        .wait_for(|event| matches!(event, Event::Connection { connection } if connection.state == ConnectionState::SignedIn))
        .await;
    again.console.look_around().await;
    assert_eq!(again.notices.titles(), ["Week expires within a day"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_expire_are_one_notice() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let at = desk.signed_in(&world.origin()).await;
    make(&desk, &at, world.organization, &[("A", 4), ("B", 3), ("C", 2), ("D", 1)]).await;
    desk.console.look_around().await;
    assert_eq!(desk.notices.titles(), ["Northwind: 4 keys expire soon"]);
    assert!(desk.notices.texts()[0].starts_with("D is the first, on "), "{:?}", desk.notices.texts());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_who_is_removed_is_told_by_the_next_look() {
    // Alerts are answered all the same: it is not their refusal that tells.
    let (world, proxy, owner, at, _alerts) = scene().await;
    let ben = Desk::start().await;
    let there = ben.add(&proxy.origin()).await;
    let there = ben.console.sign_in(there.id, MEMBER.into(), Password::new(PASSWORD.to_owned())).await.unwrap();
    ben.console.look_around().await;
    ben.events.clear();
    let members = owner.console.members(at.id, world.organization).await.unwrap();
    let removed = members.into_iter().find(|member| member.user.email.as_str() == MEMBER).unwrap().user.id;
    owner.console.remove_member(at.id, world.organization, removed).await.unwrap();
    ben.console.look_around().await;
    let told = |event: &Event| {
        matches!(event, Event::Connection { connection } if connection.id == there.id && connection.organizations.is_empty()
            && connection.notice.as_deref() == Some("You are not a member of Northwind any more."))
    };
    ben.events.wait_for(told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_that_nobody_looked_at_wait_for_the_next_start() {
    let (world, _proxy, desk, at, alerts) = scene().await;
    alerts.add(JUMP, None);
    desk.console.look_around().await;
    (0..3).for_each(|_| alerts.add(JUMP, None));
    desk.console.look_around().await;
    desk.events.wait_for(alerted).await;

    let again = again_signed_in(&desk).await;
    again.console.look_around().await;
    let wait = |event: &Event| {
        matches!(event, Event::AlertsWait { connection, organization, sequences }
            if (*connection, *organization) == (at.id, world.organization) && *sequences == [2, 3, 4])
    };
    again.events.wait_for(wait).await;
    // Once a start, and no notice of the system.
    again.events.clear();
    again.console.look_around().await;
    assert_eq!((again.events.count(waits), again.notices.titles()), (0, Vec::new()));

    // Looked at: they wait no more. What comes afterwards does.
    assert_eq!(again.console.alerts(at.id, world.organization).await.unwrap().len(), 4);
    let third = again_signed_in(&again).await;
    third.console.look_around().await;
    assert_eq!(third.events.count(waits), 0);
    alerts.add(JUMP, None);
    third.console.look_around().await;
    let fourth = again_signed_in(&third).await;
    fourth.console.look_around().await;
    fourth.events.wait_for(|event| matches!(event, Event::AlertsWait { sequences, .. } if *sequences == [5])).await;
}

fn waits(event: &Event) -> bool {
    matches!(event, Event::AlertsWait { .. })
}

/// The program was ended and is started again, and its server has answered.
async fn again_signed_in(desk: &Desk) -> Desk {
    let again = desk.again().await;
    let signed_in =
        |event: &Event| matches!(event, Event::Connection { connection } if connection.state == ConnectionState::SignedIn);
    again.events.wait_for(signed_in).await;
    again
}
