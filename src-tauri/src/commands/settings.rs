//! Settings, the keychain check, and links.

use keydeck_console::error::Result;
use keydeck_console::keychain::KeychainReport;
use keydeck_console::preferences::Preferences;

use super::Desk;

#[tauri::command]
pub async fn set_preferences(desk: Desk<'_>, preferences: Preferences) -> Result<Preferences> {
    desk.console().await?.set_preferences(preferences).await
}

#[tauri::command]
pub async fn check_keychain(desk: Desk<'_>) -> Result<KeychainReport> {
    desk.console().await?.check_keychain().await
}

#[tauri::command]
pub async fn open_link(desk: Desk<'_>, url: String) -> Result<()> {
    desk.console().await?.open_link(url).await
}
