//! Where the program's files are.

use std::io;
use std::path::{Path, PathBuf};

use keydeck_console::ports::Folders;
use tauri::{AppHandle, Manager, Runtime};

/// The folders of this program; all are this user's alone.
pub struct AppFolders {
    /// For the console: settings, journal and last lists, and where a person's own downloads go.
    pub console: Folders,
    /// For the key server of this computer.
    pub server: PathBuf,
    /// For what the webview writes; in memory, where the system has such a place.
    pub webview: PathBuf,
}

impl AppFolders {
    /// Finds them and makes those that are not there.
    ///
    /// # Errors
    /// Where the home folder is unknown, or can't be written.
    pub fn open<R: Runtime>(app: &AppHandle<R>) -> io::Result<Self> {
        let path = app.path();
        let config = path.app_config_dir().map_err(io::Error::other)?;
        let data = path.app_data_dir().map_err(io::Error::other)?;
        // `$XDG_RUNTIME_DIR` is in memory and ends with the session; the cache is the next best.
        if path.runtime_dir().is_err() {
            tracing::warn!("there is no XDG_RUNTIME_DIR: what the webview writes while it runs is on the disk");
        }
        let fleeting = path.runtime_dir().or_else(|_| path.app_cache_dir()).map_err(io::Error::other)?;
        // Not every desktop names a folder for downloads.
        let downloads = path.download_dir().or_else(|_| path.home_dir()).map_err(io::Error::other)?;
        let folders = Self {
            server: data.join("server"),
            console: Folders { config, data, downloads },
            webview: fleeting.join("keydeck").join("webview"),
        };
        for folder in [&folders.console.config, &folders.console.data, &folders.server] {
            make_private(folder)?;
        }
        empty(&folders.webview)?;
        make_private(&folders.webview)?;
        Ok(folders)
    }
}

/// Removes what the webview wrote.
///
/// # Errors
/// Where something can't be removed.
pub fn empty(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    // A user's own folders are his alone by the rules that they inherit.
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

    use super::*;

    #[cfg(unix)]
    #[test]
    fn folders_are_this_users_alone() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("keydeck/webview");
        make_private(&folder).unwrap();
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn what_is_emptied_may_be_missing() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("webview");
        empty(&folder).unwrap();
        std::fs::create_dir_all(folder.join("storage")).unwrap();
        std::fs::write(folder.join("storage/x"), "x").unwrap();
        empty(&folder).unwrap();
        assert!(!folder.exists());
    }
}
