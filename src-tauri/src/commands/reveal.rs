//! Reveal: the page gets an address for the sealed frame, never the secret.

use keydeck_console::error::Result;
use keydeck_console::handoff::Reveal;
use keydeck_console::keys::KeyRef;

use super::Desk;

#[tauri::command]
pub async fn reveal_secret(desk: Desk<'_>, key: KeyRef) -> Result<Reveal> {
    desk.console().await?.reveal_secret(key).await
}

#[tauri::command]
pub async fn reveal_served(desk: Desk<'_>, address: String) -> Result<bool> {
    desk.console().await?.reveal_served(address).await
}

#[tauri::command]
pub async fn end_reveal(desk: Desk<'_>, address: String) -> Result<()> {
    desk.console().await?.end_reveal(address).await
}
