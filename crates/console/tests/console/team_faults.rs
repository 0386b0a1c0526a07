//! What a team does, over a network that fails: answers that are lost, links that lead elsewhere, exports
//! that are cut off, a history that went back.

use keydeck_console::connection::{Connection, ConnectionState};
use keydeck_console::error::ErrorCode;
use keydeck_domain::api::audit::{AuditQuery, ExportFormat};
use keydeck_domain::api::invitations::NewInvitation;
use keydeck_domain::api::keys::KeyQuery;
use keydeck_domain::{OneTimeToken, Password, Role};

use crate::support::desk::connection;
use crate::support::proxy::{answer, json, meta};
use crate::support::world::{EMAIL, Fresh, MEMBER};
use crate::support::{Act, Desk, PASSWORD, Proxy, World, new_key};
use crate::team::{claim, invite, join};

async fn scene() -> (World, Proxy, Desk, Connection) {
    let world = World::start().await;
    let proxy = Proxy::before(world.address).await;
    let desk = Desk::start().await;
    let at = desk.signed_in(&proxy.origin()).await;
    (world, proxy, desk, at)
}

fn password() -> Password {
    Password::new(PASSWORD.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_joined_without_hearing_of_it_finds_the_connection_and_signs_in() {
    let (_world, proxy, owner, here) = scene().await;
    let link = invite(&owner, &here, "cleo@example.org", Role::Member).await;
    let guest = Desk::start().await;
    proxy.rule(|seen| if seen.is("POST", "/accept") { Act::LoseAnswer } else { Act::Pass });
    let error = guest.console.accept_invitation(join(&link)).await.unwrap_err();
    assert!(error.code == ErrorCode::Unreachable && error.message.contains("try to sign in"), "{error:?}");
    assert_eq!(proxy.count("POST", "/accept"), 1, "sent once");
    proxy.rule(|_| Act::Pass);
    let there = guest.console.overview().await.unwrap().connections.remove(0);
    assert_eq!(there.state, ConnectionState::SignedOut);
    let there = guest.console.sign_in(there.id, "cleo@example.org".into(), password()).await.unwrap();
    assert_eq!(there.organizations.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_adds_no_connection() {
    let (_world, _proxy, owner, here) = scene().await;
    let link = invite(&owner, &here, MEMBER.replace("ben", "dora").as_str(), Role::Member).await;
    let guest = Desk::start().await;
    let mut short = join(&link);
    short.password = Password::new("short".to_owned());
    assert_eq!(guest.console.accept_invitation(short).await.unwrap_err().code, ErrorCode::Invalid);
    let mut nameless = join(&link);
    nameless.name = " ".to_owned();
    let error = guest.console.accept_invitation(nameless).await.unwrap_err();
    assert!(error.code == ErrorCode::Invalid && error.message.starts_with("Your name"), "{error:?}");
    assert_eq!(guest.console.overview().await.unwrap().connections, Vec::new());
    guest.console.accept_invitation(join(&link)).await.unwrap();
}

/// T27, for what proves something once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t27_a_token_goes_to_the_server_of_its_link_and_nowhere_else() {
    let other = Proxy::alone(|_| meta()).await;
    let location = format!("location: {}/v1/invitations/look\r\n", other.origin());
    let door =
        Proxy::alone(move |seen| if seen.method == "POST" { answer("307 Temporary Redirect", &location, b"") } else { meta() })
            .await;
    let desk = Desk::start().await;
    let link = format!("{}/join#kdi_CANARY0123456789", door.origin());
    let token = || OneTimeToken::new(link.clone());
    assert_eq!(desk.console.look_at_invitation(token(), None).await.unwrap_err().code, ErrorCode::Redirected);
    assert_eq!(desk.console.accept_invitation(join(&link)).await.unwrap_err().code, ErrorCode::Redirected);
    assert_eq!(other.seen().len(), 0);
    for seen in door.seen() {
        assert!(!seen.head.contains("CANARY"), "the token is in no line of a head: {}", seen.path);
    }
    // A page that answers everything gets none either.
    let hotel = Proxy::alone(|_| answer("200 OK", "content-type: text/html\r\n", b"<html>")).await;
    let link = format!("{}/join#kdi_CANARY0123456789", hotel.origin());
    let error = desk.console.look_at_invitation(OneTimeToken::new(link), None).await.unwrap_err();
    assert_eq!((error.code, hotel.count("POST", "")), (ErrorCode::NotAKeyServer, 0));
    let error = desk.console.look_at_invitation(OneTimeToken::new("http://192.0.2.1/join#kdi_CANARY1".into()), None).await;
    assert_eq!(error.unwrap_err().code, ErrorCode::InsecureAddress);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_is_not_answered_is_told_and_sent_once() {
    let fresh = Fresh::start().await;
    let proxy = Proxy::before(fresh.origin().trim_start_matches("http://").parse().unwrap()).await;
    let desk = Desk::start().await;
    let at = desk.add(&proxy.origin()).await;
    proxy.rule(|seen| if seen.is("POST", "/v1/claim") { Act::LoseAnswer } else { Act::Pass });
    let error = desk.console.claim_server(at.id, claim(&fresh.token)).await.unwrap_err();
    assert!(error.code == ErrorCode::Unreachable && error.message.contains("try to sign in"), "{error:?}");
    assert_eq!(proxy.count("POST", "/v1/claim"), 1);
    let signed_in = desk.console.sign_in(at.id, EMAIL.into(), password()).await.unwrap();
    assert_eq!(signed_in.state, ConnectionState::SignedIn);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_whose_answer_was_lost_is_asked_for_again() {
    let (world, proxy, desk, here) = scene().await;
    let members = desk.console.members(here.id, world.organization).await.unwrap();
    let ben = members.iter().find(|member| member.user.email.as_str() == MEMBER).unwrap().user.id;
    let mut first = true;
    proxy.rule(move |seen| if seen.method == "DELETE" && std::mem::take(&mut first) { Act::LoseAnswer } else { Act::Pass });
    desk.console.remove_member(here.id, world.organization, ben).await.unwrap();
    assert_eq!(proxy.count("DELETE", "/members/"), 2);
    assert_eq!(desk.console.members(here.id, world.organization).await.unwrap().len(), 1);
    // Who is not there at all is told.
    assert_eq!(desk.console.remove_member(here.id, world.organization, ben).await.unwrap_err().code, ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_sent_once() {
    let (_world, proxy, desk, here) = scene().await;
    proxy.rule(|seen| if seen.is("PUT", "/password") { Act::LoseAnswer } else { Act::Pass });
    let next = Password::new("another horse battery".to_owned());
    let error = desk.console.change_password(here.id, password(), next).await.unwrap_err();
    assert!(error.message.contains("the new one works"), "{error:?}");
    assert_eq!(proxy.count("PUT", "/password"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_an_export_that_did_not_come_to_its_end_nothing_is_left() {
    let (world, proxy, desk, here) = scene().await;
    let downloads = desk.folder().join("Downloads");
    let left = || std::fs::read_dir(&downloads).map_or(0, Iterator::count);
    let export = || desk.console.export_audit("export", here.id, world.organization, AuditQuery::default(), ExportFormat::Csv);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\nconnection: close\r\n";
    let cut = format!("{head}content-length: 1000\r\n\r\nsequence,at\r\n1,").into_bytes();
    let chunk = format!("{head}transfer-encoding: chunked\r\n\r\n5\r\nseque\r\n").into_bytes();
    for bytes in [cut, chunk] {
        proxy.rule(move |seen| if seen.is("GET", "/export") { Act::Answer(bytes.clone()) } else { Act::Pass });
        assert_eq!(export().await.unwrap_err().code, ErrorCode::BadAnswer);
        assert_eq!(left(), 0);
    }
    proxy.rule(
        |seen| {
            if seen.is("GET", "/export") { answer("200 OK", "content-type: text/html\r\n", b"<html>") } else { Act::Pass }
        },
    );
    assert_eq!((export().await.unwrap_err().code, left()), (ErrorCode::NotAKeyServer, 0));
    proxy.rule(|seen| if seen.is("GET", "/export") { Act::Hang } else { Act::Pass });
    let before = proxy.count("GET", "/export");
    let (ended, ()) = tokio::join!(desk.console.run("export-1", export()), async {
        while proxy.count("GET", "/export") == before {
            tokio::task::yield_now().await;
        }
        desk.console.cancel("export-1");
    });
    assert_eq!((ended.unwrap_err().code, left()), (ErrorCode::Cancelled, 0));
    proxy.rule(|_| Act::Pass);
    export().await.unwrap();
    assert_eq!(left(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t49_a_check_says_that_the_history_went_back() {
    let (world, proxy, desk, here) = scene().await;
    desk.console.create_key(here.id, world.organization, new_key("Billing worker")).await.unwrap();
    let report = desk.console.check_audit(here.id, world.organization).await.unwrap();
    assert_eq!((report.went_back, report.check.broken), (None, None));
    let mac = "0".repeat(64);
    let other = format!(r#"{{"head":{{"sequence":1,"mac":"{mac}"}},"at":null}}"#);
    proxy.rule(move |seen| if seen.is("GET", "/audit/head") { json("200 OK", "", &other) } else { Act::Pass });
    let report = desk.console.check_audit(here.id, world.organization).await.unwrap();
    assert!(report.went_back.unwrap().contains("Northwind"));
    let shown = desk.console.overview().await.unwrap().connections.remove(0);
    assert!(shown.notice.unwrap().contains("Northwind"));
    // A chain that can't be compared is not called good.
    proxy.rule(|seen| if seen.is("GET", "/audit/head") { answer("500 Internal Server Error", "", b"") } else { Act::Pass });
    assert_eq!(desk.console.check_audit(here.id, world.organization).await.unwrap_err().code, ErrorCode::ServerFailed);
}

/// A create was not answered, and its maker was removed: nothing is known of the key, so nothing is
/// settled; he can let go of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_member_is_not_told_that_his_key_was_never_made() {
    let (world, proxy, owner, here) = scene().await;
    let guest = Desk::start().await;
    let there = guest.add(&proxy.origin()).await;
    guest.console.sign_in(there.id, MEMBER.into(), password()).await.unwrap();
    proxy.rule(|seen| if seen.is("PUT", "/keys/") { Act::LoseAnswer } else { Act::Pass });
    let handoff = guest.console.create_key(there.id, world.organization, new_key("Ben's worker")).await.unwrap();
    proxy.rule(|_| Act::Pass);
    let members = owner.console.members(here.id, world.organization).await.unwrap();
    let ben = members.iter().find(|member| member.user.email.as_str() == MEMBER).unwrap().user.id;
    owner.console.remove_member(here.id, world.organization, ben).await.unwrap();
    let waiting = guest.console.handoffs().await.unwrap();
    assert_eq!((waiting.len(), waiting[0].registered), (1, None));
    assert!(!waiting[0].problem.clone().unwrap().contains("never made"));
    assert_eq!(guest.console.forget_handoff(handoff.key).await.unwrap(), Vec::new());
    assert_eq!(
        guest.console.list_keys(there.id, world.organization, KeyQuery::default()).await.unwrap_err().code,
        ErrorCode::NotFound
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_was_taken_away_is_seen_by_the_refusal() {
    let (world, _proxy, owner, here) = scene().await;
    let guest = Desk::start().await;
    let there = guest.add(&world.origin()).await;
    let there = guest.console.sign_in(there.id, MEMBER.into(), password()).await.unwrap();
    let ben = there.user.unwrap().id;
    owner.console.change_member(here.id, world.organization, ben, Role::Viewer).await.unwrap();
    guest.events.clear();
    let new = NewInvitation { email: "dora@example.org".parse().unwrap(), role: Role::Member };
    assert_eq!(guest.console.invite(there.id, world.organization, new).await.unwrap_err().code, ErrorCode::Forbidden);
    guest
        .events
        .wait_for(|event| {
            matches!(event, keydeck_console::event::Event::Connection { connection }
                if connection.organizations.iter().any(|organization| organization.role == Role::Viewer))
        })
        .await;
}

/// Two servers side by side: each has its own people, and neither gets the other's session.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_have_their_own_states() {
    let (one, two) = (World::start().await, World::start().await);
    let (first, second) = (Proxy::before(one.address).await, Proxy::before(two.address).await);
    let desk = Desk::start().await;
    let here = desk.signed_in(&first.origin()).await;
    let mut named = connection(&second.origin());
    named.name = "Staging".to_owned();
    let there = desk.console.add_connection(named).await.unwrap();
    desk.console.sign_in(there.id, MEMBER.into(), password()).await.unwrap();
    first.rule(|_| Act::Answer(Vec::new()));
    desk.console.refresh_connection(here.id).await.unwrap_err();
    let shown = desk.console.overview().await.unwrap().connections;
    let states: Vec<_> = shown.iter().map(|connection| (connection.name.as_str(), connection.state)).collect();
    assert_eq!(states, [("127.0.0.1", ConnectionState::Unreachable), ("Staging", ConnectionState::SignedIn)]);
    let token = |proxy: &Proxy| {
        let heads: Vec<String> = proxy.seen().into_iter().map(|seen| seen.head).collect();
        let line = heads.iter().flat_map(|head| head.lines()).find(|line| line.to_lowercase().starts_with("authorization"));
        line.unwrap().to_owned()
    };
    assert_ne!(token(&first), token(&second));
    assert!(!second.seen().iter().any(|seen| seen.head.contains(token(&first).split(' ').next_back().unwrap())));
}
