//! The handoff: what becomes of a new secret.

use keydeck_console::error::Result;
use keydeck_console::handoff::Handoff;
use keydeck_console::keys::{Custody, KeyRef, Revocation};

use super::Desk;

#[tauri::command]
pub async fn handoffs(desk: Desk<'_>, operation: String) -> Result<Vec<Handoff>> {
    desk.run(&operation, |console| console.handoffs()).await
}

#[tauri::command]
pub async fn finish_handoff(desk: Desk<'_>, key: KeyRef, keep: bool) -> Result<Vec<Handoff>> {
    desk.console().await?.finish_handoff(key, keep).await
}

#[tauri::command]
pub async fn confirm_stored(desk: Desk<'_>, key: KeyRef) -> Result<Vec<Handoff>> {
    desk.console().await?.confirm_stored(key).await
}

#[tauri::command]
pub async fn resend_handoff(desk: Desk<'_>, operation: String, key: KeyRef) -> Result<Handoff> {
    desk.run(&operation, |console| console.resend_handoff(key)).await
}

#[tauri::command]
pub async fn forget_handoff(desk: Desk<'_>, key: KeyRef) -> Result<Vec<Handoff>> {
    desk.console().await?.forget_handoff(key).await
}

#[tauri::command]
pub async fn discard_key(desk: Desk<'_>, operation: String, key: KeyRef) -> Result<Revocation> {
    desk.run(&operation, |console| console.discard_key(key)).await
}

#[tauri::command]
pub async fn forget_secret(desk: Desk<'_>, key: KeyRef) -> Result<Custody> {
    desk.console().await?.forget_secret(key).await
}
