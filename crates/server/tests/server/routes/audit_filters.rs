//! The filters of `GET …/audit`, `GET …/audit/check`, and the names of what entries are about.

use keydeck_domain::api::Page;
use keydeck_domain::api::audit::{Action, AuditCheck, AuditEntry};
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::{Key, Role};
use keydeck_server::Config;
use serde_json::json;

use crate::support::database::run;
use crate::support::world::{open, serve};
use crate::support::{As, World, new_key};

fn log(world: &World) -> String {
    format!("/v1/organizations/{}/audit", world.organization)
}

async fn page(world: &World, query: &str) -> Page<AuditEntry> {
    world.owner.get(&format!("{}?{query}", log(world))).await.is(200).read()
}

async fn sequences(world: &World, query: &str) -> Vec<u32> {
    let page = page(world, query).await;
    assert_eq!(page.total as usize, page.items.len(), "{query}");
    page.items.iter().map(|entry| entry.sequence).collect()
}

/// As it stands in a query.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A world with these entries after those of its beginning, 1 to 7: 8 a key of a member's, 9 renamed by the
/// admin, 10 another's, 11 revoked by the owner.
async fn audited() -> (World, Key, Key) {
    let world = World::new().await;
    let (first, _) = world.make(&world.member, new_key("Ärger 100%_\"quoted\"")).await;
    world.admin.patch(&world.key(first.id), 1, &json!({ "name": "Renamed", "note": "two\nlines" })).await.is(200);
    let (second, _) = world.make(&world.other_member, new_key("Worker")).await;
    world.owner.send("POST", &format!("{}/revoke", world.key(second.id)), &[], None).await.is(200);
    (world, first, second)
}

#[tokio::test]
async fn entries_are_found_by_who_what_which_and_when() {
    let (world, first, second) = audited().await;
    assert_eq!(sequences(&world, "").await, (1..=11).rev().collect::<Vec<_>>());
    assert_eq!(sequences(&world, &format!("actor={}", world.id_of("admin").await)).await, [9]);
    assert_eq!(sequences(&world, &format!("target={}", first.id)).await, [9, 8]);
    assert_eq!(sequences(&world, "action=key_created").await, [10, 8]);
    assert_eq!(sequences(&world, &format!("action=key_created&target={}", second.id)).await, [10]);
    assert_eq!(sequences(&world, "action=key_revoked&search=renamed").await, [] as [u32; 0]);
    let all = page(&world, "").await.items;
    let at = |sequence: u32| encoded(&all.iter().find(|entry| entry.sequence == sequence).unwrap().at.to_rfc3339());
    assert_eq!(sequences(&world, &format!("from={}", at(9))).await, [11, 10, 9]);
    assert_eq!(sequences(&world, &format!("to={}", at(2))).await, [1]);
    assert_eq!(sequences(&world, &format!("from={}&to={}", at(8), at(10))).await, [9, 8]);
    for bad in ["action=nonsense", "actor=nonsense", "from=yesterday", "limit=x", "colour=red", "cursor=AAAA"] {
        world.owner.get(&format!("{}?{bad}", log(&world))).await.refused(400, ProblemCode::InvalidRequest);
    }
    let long = "x".repeat(201);
    world.owner.get(&format!("{}?search={long}", log(&world))).await.refused(400, ProblemCode::InvalidRequest);
    // Another's entries are not found by anything.
    let theirs: Page<AuditEntry> =
        world.stranger.get(&format!("/v1/organizations/{}/audit?search=worker", world.other_organization)).await.is(200).read();
    assert_eq!(theirs.total, 0);
}

#[tokio::test]
async fn a_search_knows_upper_and_lower_case_and_no_wildcards() {
    let (world, first, _) = audited().await;
    for (search, expected) in [
        ("ÄRGER", &[9, 8][..]),
        ("ärger 100%_", &[9, 8]),
        ("100__", &[]),
        ("100%%", &[]),
        ("\"quoted\"", &[9, 8]),
        ("two\nlines", &[9]),
        ("OTHER_MEMBER@example", &[10, 5]),
        // What it is called now, wherever it is spoken of.
        ("renamed", &[9, 8]),
        ("gateway", &[7]),
        ("northwind", &[1]),
        (" worker ", &[11, 10]),
        ("nobody here", &[]),
    ] {
        assert_eq!(sequences(&world, &format!("search={}", encoded(search))).await, expected, "{search:?}");
    }
    assert_eq!(sequences(&world, &format!("search={}", first.id)).await, [9, 8]);
}

#[tokio::test]
async fn pages_of_a_filter_follow_on_each_other_and_belong_to_it() {
    let (world, ..) = audited().await;
    for filter in ["action=member_added", "search=example.org"] {
        let whole = page(&world, filter).await;
        let (mut paged, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let next = page(&world, &format!("{filter}&limit=2{cursor}")).await;
            assert_eq!(next.total, whole.total);
            paged.extend(next.items);
            pages += 1;
            match next.next {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(paged, whole.items);
        assert_eq!(pages, whole.items.len().div_ceil(2), "no empty page at the end");
        for other in ["", "action=key_created", "search=example"] {
            world.owner.get(&format!("{}?{other}{cursor}", log(&world))).await.refused(400, ProblemCode::InvalidRequest);
        }
    }
}

#[tokio::test]
async fn an_entry_says_what_its_target_is_called() {
    let (world, first, second) = audited().await;
    let viewer = world.id_of("viewer").await;
    let members = format!("/v1/organizations/{}/members", world.organization);
    world.owner.json("PATCH", &format!("{members}/{viewer}"), &[], &json!({ "role": "member" })).await.is(200);
    world.owner.delete(&format!("{members}/{viewer}")).await.is(204);
    let named = |entries: &[AuditEntry], target: &str| -> Vec<_> {
        entries.iter().filter(|entry| entry.target == target).map(|entry| entry.target_name.clone().unwrap_or_default()).collect()
    };
    let all = page(&world, "").await.items;
    assert_eq!(named(&all, &first.id.to_string()), ["Renamed", "Renamed"], "as it is called now");
    assert_eq!(named(&all, &second.id.to_string()), ["Worker", "Worker"]);
    assert_eq!(named(&all, &world.organization.to_string()), ["Northwind"]);
    assert_eq!(named(&all, &world.id_of("admin").await.to_string()), ["admin@example.org"]);
    assert_eq!(named(&all, &viewer.to_string()), ["viewer@example.org"; 3], "as the log called him then");
    let verifier = all.iter().find(|entry| entry.action == Action::VerifierCreated).unwrap();
    assert_eq!(verifier.target_name.as_deref(), Some("Gateway"));
    // An id of somebody elsewhere is no way to his address.
    run(
        world.data_dir(),
        &format!("UPDATE audit SET target = '{}', after = NULL WHERE sequence = 8", world.id_of("stranger").await),
    )
    .await;
    assert_eq!(page(&world, "action=key_created").await.items[1].target_name, None);
}

#[tokio::test]
async fn a_log_that_does_not_add_up_can_be_looked_at_and_is_said_to_be_broken() {
    let (world, first, _) = audited().await;
    let check = format!("{}/check", log(&world));
    let good: AuditCheck = world.admin.get(&check).await.is(200).read();
    assert_eq!((good.entries, good.broken), (11, None));
    for by in [&world.member, &world.viewer] {
        by.get(&check).await.refused(403, ProblemCode::Forbidden);
    }

    run(world.data_dir(), "UPDATE audit SET after = '{broken', actor_id = X'00' WHERE sequence = 8").await;
    run(world.data_dir(), "UPDATE audit SET action = 'unheard of' WHERE sequence = 9").await;
    let broken: AuditCheck = world.admin.get(&check).await.is(200).read();
    let said = broken.broken.unwrap();
    assert!(said.contains("entry 8"), "{said}");
    let all = page(&world, "").await;
    assert_eq!(all.items.len(), broken.entries as usize - 1, "one can't be shown");
    let changed = all.items.iter().find(|entry| entry.sequence == 8).unwrap();
    assert_eq!((changed.after.clone(), changed.actor.clone()), (Some(json!("{broken")), None));

    // The same after a start that found it so, and where the head is gone.
    let (owner, path) = (world.owner.token().to_owned(), log(&world));
    let key = world.key(first.id);
    let folder = world.stop().await;
    run(folder.path(), "DELETE FROM audit_heads").await;
    let server = open(Config::new(folder.path())).await;
    let (address, running) = serve(&server).await;
    let owner = As::bearer(address, &owner);
    owner.patch(&key, 2, &json!({ "note": "x" })).await.refused(500, ProblemCode::Internal);
    let all: Page<AuditEntry> = owner.get(&path).await.is(200).read();
    assert_eq!(all.items.len(), 12);
    owner.get(&format!("{path}/export?format=csv")).await.is(200);
    let broken: AuditCheck = owner.get(&format!("{path}/check")).await.is(200).read();
    assert_eq!(broken.entries, 13);
    assert!(broken.broken.unwrap().contains("head"));
    running.stop().await;
}

#[tokio::test]
async fn a_log_that_was_mended_while_the_server_ran_is_not_yet_trusted() {
    let (world, ..) = audited().await;
    let (owner, path) = (world.owner.token().to_owned(), log(&world));
    let folder = world.stop().await;
    run(folder.path(), "UPDATE audit SET at = at + 1 WHERE sequence = 8").await;
    let server = open(Config::new(folder.path())).await;
    let (address, running) = serve(&server).await;
    run(folder.path(), "UPDATE audit SET at = at - 1 WHERE sequence = 8").await;
    let check: AuditCheck = As::bearer(address, &owner).get(&format!("{path}/check")).await.is(200).read();
    assert_eq!(check.entries, 11);
    assert!(check.broken.unwrap().contains("start the server again"));
    running.stop().await;
}

#[tokio::test]
async fn an_admin_of_one_organization_reads_no_other() {
    let world = World::new().await;
    for path in ["", "/check", "/export?format=json"] {
        world.stranger.get(&format!("{}{path}", log(&world))).await.refused(404, ProblemCode::NotFound);
    }
    world.person("second_owner", Role::Owner).await;
    world.sign_in("second_owner").await.get(&log(&world)).await.is(200);
}
