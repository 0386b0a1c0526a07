//! `GET /v1/organizations/{organization}/keys`.

use std::collections::HashSet;

use keydeck_domain::api::Page;
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::{Environment, Key, KeyKind, Role};
use serde_json::json;

use crate::support::{As, World, new_key, passed, soon};

async fn page(by: &As, path: &str) -> Page<Key> {
    by.get(path).await.is(200).read()
}

fn names(page: &Page<Key>) -> Vec<&str> {
    page.items.iter().map(|key| key.name.as_str()).collect()
}

#[tokio::test]
async fn an_empty_list_is_a_list() {
    let world = World::new().await;
    let page = page(&world.viewer, &world.keys()).await;
    assert_eq!((page.items.len(), page.total, page.next), (0, 0, None));
}

#[tokio::test]
async fn pages_follow_on_each_other_in_every_order() {
    let world = World::new().await;
    for name in ["delta", "Alpha", "charlie", "BRAVO", "echo", "alpha"] {
        let mut wanted = new_key(name);
        // Two without an expiry, two alike: equal rows must neither be lost nor come twice.
        wanted.expires_at = match name {
            "delta" | "echo" => None,
            "Alpha" | "BRAVO" => Some("2099-01-01T00:00:00Z".parse().unwrap()),
            _ => Some("2098-01-01T00:00:00Z".parse().unwrap()),
        };
        let (_, secret) = world.make(&world.member, wanted).await;
        if name.starts_with(['A', 'e']) {
            world.verify(&secret).await;
        }
    }
    for sort in ["created_at", "name", "last_used_at", "expires_at"] {
        for direction in ["ascending", "descending"] {
            let base = format!("{}?sort={sort}&direction={direction}", world.keys());
            let whole = page(&world.viewer, &base).await;
            assert_eq!((whole.total, whole.next.as_ref()), (6, None));
            let (mut paged, mut cursor) = (Vec::new(), None::<String>);
            loop {
                let path = format!("{base}&limit=2{}", cursor.map(|c| format!("&cursor={c}")).unwrap_or_default());
                let next = page(&world.viewer, &path).await;
                assert!(next.items.len() <= 2);
                assert_eq!(next.total, 6);
                paged.extend(next.items);
                match next.next {
                    Some(c) => cursor = Some(c),
                    None => break,
                }
            }
            assert_eq!(paged, whole.items, "{base}");
            assert_eq!(paged.iter().map(|key| key.id).collect::<HashSet<_>>().len(), 6);
        }
    }
    let by_name = page(&world.viewer, &format!("{}?sort=name&direction=ascending", world.keys())).await;
    assert_eq!(names(&by_name)[2..], ["BRAVO", "charlie", "delta", "echo"]);
    let newest = page(&world.viewer, &world.keys()).await;
    assert_eq!(names(&newest), ["alpha", "echo", "BRAVO", "charlie", "Alpha", "delta"], "newest first, unless asked otherwise");
    let by_expiry = page(&world.viewer, &format!("{}?sort=expires_at&direction=ascending", world.keys())).await;
    assert!(by_expiry.items[4..].iter().all(|key| key.expires_at.is_none()), "never counts as last");
}

#[tokio::test]
async fn filters_and_search() {
    let world = World::new().await;
    let mut live = new_key("Live one");
    live.environment = Environment::Live;
    live.note = "needs 100% of it".parse().unwrap();
    world.make(&world.member, live).await;
    let mut public = new_key("Public_one");
    public.kind = KeyKind::Publishable;
    public.scopes = ["write".parse().unwrap()].into_iter().collect();
    let (public, _) = world.make(&world.admin, public).await;
    let (off, _) = world.make(&world.member, new_key("Öffentlich")).await;
    world.member.patch(&world.key(off.id), 1, &json!({ "enabled": false })).await.is(200);
    let (gone, _) = world.make(&world.member, new_key("Over")).await;
    world.member.send("POST", &format!("{}/revoke", world.key(gone.id)), &[], None).await.is(200);
    let mut short = new_key("Short");
    short.expires_at = Some(soon());
    let (short, _) = world.make(&world.member, short).await;
    passed(short.expires_at.unwrap()).await;

    for (query, expected) in [
        ("environment=live", vec!["Live one"]),
        ("kind=publishable", vec!["Public_one"]),
        ("status=active", vec!["Public_one", "Live one"]),
        ("status=disabled", vec!["Öffentlich"]),
        ("status=revoked", vec!["Over"]),
        ("status=expired", vec!["Short"]),
        ("search=ONE", vec!["Public_one", "Live one"]),
        ("search=%C3%96FFENT", vec!["Öffentlich"]),
        ("search=%25", vec!["Live one"]),
        ("search=_one", vec!["Public_one"]),
        ("search=100%25%20of", vec!["Live one"]),
        ("search=write", vec!["Public_one"]),
        ("search=admin%40example", vec!["Public_one"]),
        ("search=nothing-like-it", vec![]),
        ("search=%27%20OR%201%3D1", vec![]),
        ("search=%20%20", vec!["Short", "Over", "Öffentlich", "Public_one", "Live one"]),
        ("search=one&environment=test&kind=publishable&status=active", vec!["Public_one"]),
    ] {
        let found = page(&world.viewer, &format!("{}?{query}", world.keys())).await;
        assert_eq!(names(&found), expected, "{query}");
        assert_eq!(found.total as usize, expected.len(), "{query}");
    }
    // What is visible of the secret can be searched for: the ellipsis, percent-encoded.
    let hint = public.hint.to_string().replace('…', "%E2%80%A6");
    assert_eq!(names(&page(&world.viewer, &format!("{}?search={hint}", world.keys())).await), ["Public_one"]);
    // A renamed key is found under its new name only.
    world.member.patch(&world.key(off.id), 2, &json!({ "name": "Renamed" })).await.is(200);
    assert_eq!(names(&page(&world.viewer, &format!("{}?search=renamed", world.keys())).await), ["Renamed"]);
    assert_eq!(page(&world.viewer, &format!("{}?search=%C3%B6ffent", world.keys())).await.total, 0);
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list() {
    let world = World::new().await;
    for name in ["a", "b", "c"] {
        world.make(&world.member, new_key(name)).await;
    }
    let first = page(&world.viewer, &format!("{}?limit=1", world.keys())).await;
    let cursor = first.next.unwrap();
    page(&world.viewer, &format!("{}?limit=2&cursor={cursor}", world.keys())).await;
    let refused = async |by: &As, path: String| by.get(&path).await.refused(400, ProblemCode::InvalidRequest);
    refused(&world.viewer, format!("{}?sort=name&cursor={cursor}", world.keys())).await;
    refused(&world.viewer, format!("{}?direction=ascending&cursor={cursor}", world.keys())).await;
    refused(&world.viewer, format!("{}?search=a&cursor={cursor}", world.keys())).await;
    refused(&world.viewer, format!("{}?cursor={}x", world.keys(), cursor)).await;
    refused(&world.viewer, format!("{}?cursor=AAAA", world.keys())).await;
    refused(&world.viewer, format!("{}?cursor=", world.keys())).await;
    refused(&world.stranger, format!("/v1/organizations/{}/keys?cursor={cursor}", world.other_organization)).await;
}

#[tokio::test]
async fn the_query_is_checked() {
    let world = World::new().await;
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "limit=-1",
        "sort=secret",
        "direction=up",
        "status=x",
        "environment=prod",
        "page=2",
        "limit=1&limit=2",
    ] {
        world.viewer.get(&format!("{}?{query}", world.keys())).await.refused(400, ProblemCode::InvalidRequest);
    }
    let long = "x".repeat(201);
    world.viewer.get(&format!("{}?search={long}", world.keys())).await.refused(400, ProblemCode::InvalidRequest);
    world.viewer.get(&format!("{}?limit=500", world.keys())).await.is(200);
}

#[tokio::test]
async fn a_status_is_found_in_its_order_of_precedence() {
    let world = World::new().await;
    let mut made = Vec::new();
    for name in ["Expired", "Expired and off", "Expired and revoked"] {
        let mut short = new_key(name);
        short.expires_at = Some(soon());
        made.push(world.make(&world.member, short).await.0);
    }
    world.member.patch(&world.key(made[1].id), 1, &json!({ "enabled": false })).await.is(200);
    world.member.send("POST", &format!("{}/revoke", world.key(made[2].id)), &[], None).await.is(200);
    passed(made[2].expires_at.unwrap()).await;
    for (status, expected) in [
        ("active", vec![]),
        ("disabled", vec![]),
        ("expired", vec!["Expired and off", "Expired"]),
        ("revoked", vec!["Expired and revoked"]),
    ] {
        let found = page(&world.viewer, &format!("{}?status={status}", world.keys())).await;
        assert_eq!(names(&found), expected, "{status}");
        assert!(found.items.iter().all(|key| json!(key.status) == status));
    }
}

#[tokio::test]
async fn keys_are_found_by_who_made_them_and_whether_he_left() {
    let world = World::new().await;
    for (by, name) in [(&world.member, "a"), (&world.other_member, "b"), (&world.member, "c"), (&world.admin, "d")] {
        world.make(by, new_key(name)).await;
    }
    let (member, other, viewer) = (world.id_of("member").await, world.id_of("other_member").await, world.id_of("viewer").await);
    let check = async |query: String, expected: &[&str]| {
        let found = page(&world.viewer, &format!("{}?{query}", world.keys())).await;
        assert_eq!((names(&found), found.total as usize), (expected.to_vec(), expected.len()), "{query}");
    };
    check(format!("created_by={member}"), &["c", "a"]).await;
    check(format!("created_by={other}"), &["b"]).await;
    check(format!("created_by={viewer}"), &[]).await;
    check("creator_left=true".to_owned(), &[]).await;
    check("creator_left=false".to_owned(), &["d", "c", "b", "a"]).await;

    world.admin.delete(&format!("/v1/organizations/{}/members/{member}", world.organization)).await.is(204);
    check("creator_left=true".to_owned(), &["c", "a"]).await;
    check("creator_left=false".to_owned(), &["d", "b"]).await;
    check(format!("created_by={member}"), &["c", "a"]).await;
    check(format!("created_by={member}&creator_left=false"), &[]).await;
    check("creator_left=true&environment=live".to_owned(), &[]).await;
    // A member elsewhere is none here.
    world.server.add_member(world.other_organization, member, Role::Viewer).await.unwrap();
    check("creator_left=true&sort=name&direction=ascending".to_owned(), &["a", "c"]).await;
    for query in ["created_by=nobody", "creator_left=maybe", "created_by="] {
        world.viewer.get(&format!("{}?{query}", world.keys())).await.refused(400, ProblemCode::InvalidRequest);
    }

    // A cursor belongs to these filters as to the others.
    let first = page(&world.viewer, &format!("{}?creator_left=true&limit=1", world.keys())).await;
    let cursor = first.next.clone().unwrap();
    let second = page(&world.viewer, &format!("{}?creator_left=true&limit=1&cursor={cursor}", world.keys())).await;
    assert_eq!((names(&first), names(&second), second.next.as_ref()), (vec!["c"], vec!["a"], None));
    for other in ["", "creator_left=false&", &format!("creator_left=true&created_by={member}&")] {
        let path = format!("{}?{other}cursor={cursor}", world.keys());
        world.viewer.get(&path).await.refused(400, ProblemCode::InvalidRequest);
    }
}
