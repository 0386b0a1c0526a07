//! The system's clipboard on a real display. Runs where there is one (`DISPLAY`); with
//! `KEYDECK_TEST_DISPLAY=1` it fails where there is none.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use keydeck_console::clipboard::{Clipboard, ClipboardEnd, SystemClipboard};
use keydeck_domain::Secret;
use tokio::sync::{Mutex, MutexGuard};

/// There is one clipboard a display: one test after the other. `None` where there is no display.
async fn display() -> Option<MutexGuard<'static, ()>> {
    static ONE: OnceLock<Mutex<()>> = OnceLock::new();
    if std::env::var_os("DISPLAY").is_none() {
        assert!(std::env::var_os("KEYDECK_TEST_DISPLAY").is_none(), "KEYDECK_TEST_DISPLAY is set, and there is no DISPLAY");
        return None;
    }
    let one = ONE.get_or_init(Mutex::default).lock().await;
    // Xvfb starts anew when its last client leaves, and throws out whoever comes meanwhile: one stays.
    static STAYS: OnceLock<SystemClipboard> = OnceLock::new();
    STAYS.get_or_init(SystemClipboard::open).put(Secret::new("first".to_owned())).await.unwrap();
    Some(one)
}

fn secret() -> Secret {
    Secret::new("kd_test_COPIED".to_owned())
}

/// What another program would paste.
async fn pasted(target: &str) -> String {
    let target = target.to_owned();
    tokio::task::spawn_blocking(move || {
        let output =
            Command::new("xclip").args(["-selection", "clipboard", "-o", "-t", &target]).output().expect("xclip is installed");
        String::from_utf8(output.stdout).unwrap()
    })
    .await
    .unwrap()
}

/// Another program copies something. It goes on running until somebody else copies.
async fn copied_by_another_program(text: &'static str) {
    tokio::task::spawn_blocking(move || {
        let mut xclip = Command::new("xclip")
            .args(["-selection", "clipboard", "-i"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("xclip is installed");
        xclip.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        // It leaves a child behind that serves the clipboard, and may return before that owns it.
        assert!(xclip.wait().unwrap().success());
    })
    .await
    .unwrap();
}

/// Waits until another program would paste this; a copy that is lost never comes back.
async fn until_pasted(text: &str) {
    for _ in 0..500 {
        if pasted("UTF8_STRING").await == text {
            return;
        }
    }
    panic!("{text} was lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t36_what_is_copied_is_pasted_and_marked_as_secret() {
    let Some(_display) = display().await else { return };
    let clipboard = SystemClipboard::open();
    clipboard.put(secret()).await.unwrap();
    assert_eq!(pasted("UTF8_STRING").await, "kd_test_COPIED");
    assert_eq!(pasted("STRING").await, "kd_test_COPIED");
    assert_eq!(pasted("x-kde-passwordManagerHint").await, "secret");
    let targets = pasted("TARGETS").await;
    for target in ["UTF8_STRING", "TIMESTAMP", "x-kde-passwordManagerHint", "text/plain;charset=utf-8"] {
        assert!(targets.lines().any(|line| line == target), "{targets}");
    }
    clipboard.put(Secret::new("kd_test_AGAIN".to_owned())).await.unwrap();
    assert_eq!(pasted("UTF8_STRING").await, "kd_test_AGAIN");
    assert!(clipboard.is_ours().await);
    assert_eq!(clipboard.clear().await, ClipboardEnd::Cleared);
    assert_eq!(pasted("UTF8_STRING").await, "");
    assert!(!clipboard.is_ours().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t37_what_another_program_copied_since_stays() {
    let Some(_display) = display().await else { return };
    let clipboard = SystemClipboard::open();
    clipboard.put(secret()).await.unwrap();
    copied_by_another_program("mine").await;
    until_pasted("mine").await;
    assert_eq!(clipboard.clear().await, ClipboardEnd::Replaced);
    assert_eq!(pasted("UTF8_STRING").await, "mine");
    clipboard.put(secret()).await.unwrap();
    copied_by_another_program("mine").await;
    until_pasted("mine").await;
    clipboard.clear_at_exit();
    assert_eq!(pasted("UTF8_STRING").await, "mine");
    // It is told by the display, without anything being read.
    while clipboard.is_ours().await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t37_clearing_never_hits_a_copy_that_comes_at_the_same_moment() {
    let Some(_display) = display().await else { return };
    let clipboard = SystemClipboard::open();
    for _ in 0..20 {
        clipboard.put(secret()).await.unwrap();
        // Either order may win; what the other program copied must be there afterwards.
        tokio::join!(copied_by_another_program("mine"), clipboard.clear());
        until_pasted("mine").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_gone_at_the_end_of_the_program() {
    let Some(_display) = display().await else { return };
    let clipboard = SystemClipboard::open();
    clipboard.put(secret()).await.unwrap();
    clipboard.clear_at_exit();
    assert_eq!(pasted("UTF8_STRING").await, "");
}
