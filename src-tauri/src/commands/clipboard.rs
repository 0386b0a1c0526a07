//! The clipboard and what a secret is tried with: the page names a key, and Rust copies it.

use keydeck_console::clipboard::{ClipboardState, CopyAs};
use keydeck_console::error::Result;
use keydeck_console::keys::{KeyRef, Trial};

use super::Desk;

#[tauri::command]
pub async fn copy_secret(desk: Desk<'_>, key: KeyRef, form: CopyAs) -> Result<ClipboardState> {
    desk.console().await?.copy_secret(key, form).await
}

#[tauri::command]
pub async fn clear_clipboard(desk: Desk<'_>) -> Result<ClipboardState> {
    desk.console().await?.clear_clipboard().await
}

#[tauri::command]
pub async fn try_key(desk: Desk<'_>, operation: String, key: KeyRef) -> Result<Trial> {
    desk.run(&operation, |console| console.try_key(key)).await
}
