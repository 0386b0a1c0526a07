//! Pictures of the real window, kept under `target/`.

use std::path::PathBuf;

use crate::canary;
use crate::desktop::root;
use crate::page::Page;

/// Takes numbered pictures into a folder; each is also a look at what the page holds.
pub struct Album {
    folder: PathBuf,
    taken: u32,
}

impl Album {
    /// An empty album at `target/<name>`.
    ///
    /// # Panics
    /// Where the folder can't be made.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let folder = root().join("target").join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder, taken: 0 }
    }

    /// Where the pictures are.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// A picture of the window as it is now. The page must hold nothing secret.
    ///
    /// # Panics
    /// Where it does.
    pub async fn take(&mut self, page: &Page, name: &str) {
        canary::page_is_clean(&page.everything().await, name);
        self.taken += 1;
        let picture = page.client.screenshot().await.unwrap();
        std::fs::write(self.folder.join(format!("{:02}-{name}.png", self.taken)), picture).unwrap();
    }
}
