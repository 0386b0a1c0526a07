//! Files that a person wants: asked for by the system, whole or not there.

use std::path::{Path, PathBuf};

use keydeck_console::error::ErrorCode;
use keydeck_console::event::Event;
use keydeck_domain::api::audit::{AuditQuery, ExportFormat};

use crate::support::{Desk, World};

/// The smallest PNG that there is: one point.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn folder(desk: &Desk) -> PathBuf {
    desk.folder().join("Downloads")
}

#[tokio::test]
async fn a_picture_is_put_where_the_person_wants_it() {
    let desk = Desk::start().await;
    let saved = desk.console.save_picture("picture-1", "Usage of Northwind, 7 days".into(), PNG.into()).await.unwrap().unwrap();
    assert_eq!(saved.path, folder(&desk).join("usage-of-northwind-7-days.png").display().to_string());
    let content = std::fs::read(&saved.path).unwrap();
    assert!(content.starts_with(b"\x89PNG") && content.len() == saved.bytes as usize);
    let asked = desk.saving.asked.lock().unwrap().remove(0);
    assert_eq!((asked.folder, asked.name.as_str()), (folder(&desk), "usage-of-northwind-7-days.png"));
    let told = |event: &Event| matches!(event, Event::Progress { operation, bytes } if operation == "picture-1" && *bytes == saved.bytes);
    desk.events.wait_for(told).await;
}

#[tokio::test]
async fn what_is_no_picture_is_refused_before_anybody_is_asked() {
    let desk = Desk::start().await;
    for wrong in ["", "PHNjcmlwdD4=", "not base64", &PNG[..PNG.len() - 8]] {
        let error = desk.console.save_picture("p", "usage".into(), wrong.into()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid, "{wrong}");
    }
    assert!(desk.saving.asked.lock().unwrap().is_empty());
    assert!(names(&folder(&desk)).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_closes_the_dialog_gets_no_file_and_no_error() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let at = desk.signed_in(&world.origin()).await;
    desk.saving.answer(None);
    assert_eq!(desk.console.save_picture("p", "usage".into(), PNG.into()).await.unwrap(), None);
    let audit = desk.console.export_audit("e", at.id, world.organization, AuditQuery::default(), ExportFormat::Csv).await;
    assert_eq!(audit.unwrap(), None);
    assert!(names(&folder(&desk)).is_empty());
}

#[tokio::test]
async fn a_place_that_can_not_be_written_is_told_with_its_name() {
    let desk = Desk::start().await;
    let missing = desk.folder().join("gone");
    desk.saving.answer(Some(missing.clone()));
    let error = desk.console.save_picture("p", "usage".into(), PNG.into()).await.unwrap_err();
    assert!(error.code == ErrorCode::File && error.message.contains(missing.to_str().unwrap()), "{error:?}");
}
