//! F31, F32: a keychain that is locked, absent or refusing, at every step.

use keydeck_console::clipboard::CopyAs;
use keydeck_console::error::ErrorCode;
use keydeck_console::event::Event;
use keydeck_console::keychain::KeychainState;
use keydeck_console::keys::{Custody, RevocationCheck};
use keydeck_console::vault::{Entry, Vault};
use keydeck_domain::Outcome;

use crate::support::{Desk, World, new_key};

const FAULTS: [(ErrorCode, KeychainState); 3] = [
    (ErrorCode::KeychainLocked, KeychainState::Locked),
    (ErrorCode::KeychainAbsent, KeychainState::Absent),
    (ErrorCode::KeychainRefused, KeychainState::Refusing),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f31_without_a_keychain_the_secret_stays_in_memory_until_it_is_safe() {
    for (code, state) in FAULTS {
        let world = World::start().await;
        let desk = Desk::start().await;
        let console = &desk.console;
        desk.vault.fail_with(Some(code));
        let connection = desk.signed_in(&world.origin()).await;
        assert!(connection.notice.unwrap().contains("sign in again"));
        let handoff = console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
        assert_eq!((handoff.custody, handoff.registered), (Custody::MemoryOnly, Some(true)));
        assert!(handoff.problem.unwrap().contains("memory alone"));
        assert_eq!(console.overview().await.unwrap().keychain, state);
        // It would be lost: neither kept nor copied.
        assert_eq!(console.finish_handoff(handoff.key, true).await.unwrap_err().code, code);
        assert_eq!(console.finish_handoff(handoff.key, false).await.unwrap_err().code, ErrorCode::KeychainAbsent);
        assert_eq!(console.try_key(handoff.key).await.unwrap().outcome, Outcome::Accepted);
        console.copy_secret(handoff.key, CopyAs::Plain).await.unwrap();
        let left = console.finish_handoff(handoff.key, false).await.unwrap();
        assert_eq!((left[0].custody, left[0].copied), (Custody::MemoryOnly, true));
        // Nothing of it went to a file.
        let secret = desk.clipboard.content().unwrap();
        for (path, content) in desk.files() {
            let found = content.windows(secret.expose().len()).any(|window| window == secret.expose().as_bytes());
            assert!(!found, "{}", path.display());
        }
        // The keychain works again: the same click keeps it.
        desk.vault.fail_with(None);
        assert_eq!(console.finish_handoff(handoff.key, true).await.unwrap(), Vec::new());
        assert_eq!(console.get_key(handoff.key).await.unwrap().custody, Custody::Kept);
        let later = desk.again().await;
        later.console.copy_secret(handoff.key, CopyAs::Plain).await.unwrap();
        assert!(later.clipboard.content().unwrap() == secret);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f32_the_keychain_fails_between_sign_in_and_create() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let console = &desk.console;
    let connection = desk.signed_in(&world.origin()).await;
    desk.vault.fail_with(Some(ErrorCode::KeychainLocked));
    let handoff = console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    assert_eq!(handoff.custody, Custody::MemoryOnly);
    let revocation = console.discard_key(handoff.key).await.unwrap();
    assert_eq!((revocation.check, revocation.row.custody), (RevocationCheck::Refused, Custody::None));
    assert_eq!(console.handoffs().await.unwrap(), Vec::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_in_memory_alone_is_mourned_at_the_next_start() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&world.origin()).await;
    desk.vault.fail_with(Some(ErrorCode::KeychainAbsent));
    let handoff = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    desk.vault.fail_with(None);
    let desk = desk.again().await;
    let found = desk.console.handoffs().await.unwrap().remove(0);
    assert_eq!((found.key, found.custody, found.registered), (handoff.key, Custody::None, Some(true)));
    assert!(found.problem.unwrap().contains("is gone"));
    let revocation = desk.console.discard_key(handoff.key).await.unwrap();
    assert_eq!(revocation.check, RevocationCheck::NotHeld);
    assert_eq!(desk.console.handoffs().await.unwrap(), Vec::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_keychain_is_not_an_empty_one() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&world.origin()).await;
    let handoff = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    desk.console.finish_handoff(handoff.key, true).await.unwrap();
    desk.vault.fail_with(Some(ErrorCode::KeychainLocked));
    let desk = desk.again().await;
    assert_eq!(desk.console.refresh_connection(connection.id).await.unwrap_err().code, ErrorCode::KeychainLocked);
    assert_eq!(desk.console.copy_secret(handoff.key, CopyAs::Plain).await.unwrap_err().code, ErrorCode::KeychainLocked);
    // What can't be forgotten there is not called forgotten.
    assert_eq!(desk.console.forget_secret(handoff.key).await.unwrap_err().code, ErrorCode::KeychainLocked);
    desk.vault.fail_with(None);
    desk.console.refresh_connection(connection.id).await.unwrap();
    assert_eq!(desk.console.get_key(handoff.key).await.unwrap().custody, Custody::Kept);
}

#[tokio::test]
async fn the_check_tells_what_is_wrong_and_what_to_do() {
    let desk = Desk::start().await;
    assert_eq!(desk.console.overview().await.unwrap().keychain, KeychainState::Unknown);
    let report = desk.console.check_keychain().await.unwrap();
    assert_eq!((report.state, report.advice.as_str(), report.entries), (KeychainState::Working, "", 0));
    assert_eq!(desk.vault.labels(), Vec::new());
    for (code, state) in FAULTS {
        desk.vault.fail_with(Some(code));
        let report = desk.console.check_keychain().await.unwrap();
        assert_eq!(report.state, state);
        assert!(!report.advice.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f31_a_prompt_that_nobody_answers_can_be_left_and_the_secret_is_still_there() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let console = &desk.console;
    let connection = desk.signed_in(&world.origin()).await;
    desk.vault.hang(true);
    let create = console.create_key(connection.id, world.organization, new_key("Billing worker"));
    let (created, ()) = tokio::join!(console.run("create-1", create), async {
        desk.vault.until_somebody_waits().await;
        console.cancel("create-1");
    });
    assert_eq!(created.unwrap_err().code, ErrorCode::Cancelled);
    // It was never called kept: the keychain had not answered.
    let handoff = console.overview().await.unwrap().handoffs.remove(0);
    assert_eq!((handoff.custody, handoff.registered), (Custody::MemoryOnly, None));
    desk.vault.hang(false);
    let asked = console.handoffs().await.unwrap().remove(0);
    assert_eq!((asked.custody, asked.registered), (Custody::MemoryOnly, Some(false)));
    let sent = console.resend_handoff(handoff.key).await.unwrap();
    assert_eq!((sent.custody, sent.registered, sent.problem), (Custody::Unclaimed, Some(true), None));
    assert_eq!(console.try_key(handoff.key).await.unwrap().outcome, Outcome::Accepted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f05_killed_before_the_keychain_had_it_nothing_was_sent_and_nothing_is_left() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&world.origin()).await;
    desk.vault.hang(true);
    tokio::select! {
        _ = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")) => panic!("never answered"),
        () = desk.vault.until_somebody_waits() => {}
    }
    desk.vault.hang(false);
    let desk = desk.again().await;
    assert_eq!(desk.console.handoffs().await.unwrap(), Vec::new());
    let list = desk.console.list_keys(connection.id, world.organization, keydeck_domain::api::keys::KeyQuery::default());
    assert_eq!(list.await.unwrap().total, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f05_killed_between_the_keychain_and_its_note_in_the_journal() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let connection = desk.signed_in(&world.origin()).await;
    let handoff = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    // What the journal says until the keychain has answered.
    let path = desk.folder().join("data/new-keys.json");
    let journal = std::fs::read_to_string(&path).unwrap().replace("\"keychain\"", "\"memory\"");
    std::fs::write(&path, journal).unwrap();
    let desk = desk.again().await;
    let found = desk.console.handoffs().await.unwrap().remove(0);
    assert_eq!((found.key, found.custody, found.problem), (handoff.key, Custody::Unclaimed, None));
    desk.console.copy_secret(handoff.key, CopyAs::Plain).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_took_out_of_the_keychain_is_told_at_every_start() {
    let world = World::start().await;
    let mut desk = Desk::start().await;
    let connection = desk.signed_in(&world.origin()).await;
    let handoff = desk.console.create_key(connection.id, world.organization, new_key("Billing worker")).await.unwrap();
    desk.vault.forget(&Entry::KeySecret(handoff.key)).await.unwrap();
    assert_eq!(desk.console.finish_handoff(handoff.key, true).await.unwrap_err().code, ErrorCode::NotInKeychain);
    for _ in 0..2 {
        desk = desk.again().await;
        let found = desk.console.handoffs().await.unwrap().remove(0);
        assert_eq!((found.custody, found.registered), (Custody::None, Some(true)));
        assert!(found.problem.unwrap().contains("Discard the key"));
    }
    assert_eq!(desk.console.forget_handoff(handoff.key).await.unwrap(), Vec::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_the_keychain_does_is_told_as_it_changes_and_remembered() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let overview = desk.console.overview().await.unwrap();
    assert_eq!((overview.keychain, overview.keychain_worked_at), (KeychainState::Unknown, None));
    desk.signed_in(&world.origin()).await;
    let is = |wanted: KeychainState| move |event: &Event| matches!(event, Event::Keychain { state } if *state == wanted);
    desk.events.wait_for(is(KeychainState::Working)).await;
    desk.vault.fail_with(Some(ErrorCode::KeychainLocked));
    desk.console.check_keychain().await.unwrap();
    desk.events.wait_for(is(KeychainState::Locked)).await;

    // The next start finds out by itself, and knows until then when it worked.
    desk.vault.fail_with(None);
    let again = desk.again().await;
    assert!(again.console.overview().await.unwrap().keychain_worked_at.is_some());
    again.events.wait_for(is(KeychainState::Working)).await;
}
