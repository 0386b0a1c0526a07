//! A file that the person wants to have: private, written beside its place, and put there in one step when
//! it is whole. What did not come to its end leaves nothing, and what was there before stays as it was.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;

use crate::error::{Error, ErrorCode, Result};
use crate::history::ExportedFile;
use crate::servers::audit::Sink;

/// A file that is being written.
pub struct Download {
    part: Arc<Part>,
    bytes: u64,
}

/// What is written, removed when the last who writes it lets go before its end.
struct Part {
    path: PathBuf,
    beside: PathBuf,
    file: File,
    whole: AtomicBool,
}

impl Drop for Part {
    fn drop(&mut self) {
        if !*self.whole.get_mut()
            && let Err(error) = fs::remove_file(&self.beside)
        {
            tracing::warn!(kind = ?error.kind(), "a file that was begun could not be removed");
        }
    }
}

impl Download {
    /// Begins what will be at `path`. Whether something that is there may be replaced was asked before.
    ///
    /// # Errors
    /// [`ErrorCode::File`] where no file can be made there.
    pub fn begin(path: &Path) -> Result<Self> {
        let name = path.file_name().ok_or_else(|| Error::new(ErrorCode::File, format!("{} is no file.", path.display())))?;
        if path.is_dir() {
            return Err(Error::new(ErrorCode::File, format!("{} is a folder.", path.display())));
        }
        // In the same folder, because only there it can be put in place in one step; under a name that
        // nobody else has.
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.part", uuid::Uuid::new_v4().simple()));
        let beside = path.with_file_name(hidden);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&beside).map_err(|error| unwritable(path, &error))?;
        let part = Arc::new(Part { path: path.to_owned(), beside, file, whole: false.into() });
        Ok(Self { part, bytes: 0 })
    }

    /// How much was written, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// It is whole: puts it in its place.
    ///
    /// # Errors
    /// [`ErrorCode::File`] where the disk did not take it.
    pub async fn end(self) -> Result<ExportedFile> {
        let part = Arc::clone(&self.part);
        self.blocking(move || {
            part.file.sync_all()?;
            fs::rename(&part.beside, &part.path)?;
            part.whole.store(true, Ordering::Relaxed);
            // The rename itself is durable only once the folder is synced; not every system lets it be.
            #[cfg(unix)]
            if let Some(folder) = part.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                let _best_effort = File::open(folder).and_then(|folder| folder.sync_all());
            }
            Ok(())
        })
        .await?;
        Ok(ExportedFile { path: self.part.path.display().to_string(), bytes: u32::try_from(self.bytes).unwrap_or(u32::MAX) })
    }

    async fn blocking(&self, work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<()> {
        let done = tokio::task::spawn_blocking(work).await.map_err(io::Error::other).and_then(|done| done);
        done.map_err(|error| unwritable(&self.part.path, &error))
    }
}

#[async_trait]
impl Sink for Download {
    async fn take(&mut self, part: &[u8]) -> Result<()> {
        let (file, part) = (Arc::clone(&self.part), part.to_owned());
        let bytes = part.len() as u64;
        self.blocking(move || (&file.file).write_all(&part)).await?;
        self.bytes += bytes;
        Ok(())
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorCode::File, format!("{} can't be written: {error}.", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn it_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.csv");
        let mut first = Download::begin(&path).unwrap();
        first.take(b"one,").await.unwrap();
        assert!(!path.exists());
        first.take(b"two").await.unwrap();
        let first = first.end().await.unwrap();
        assert_eq!((first.path.as_str(), first.bytes), (path.to_str().unwrap(), 7));
        assert_eq!(fs::read_to_string(&path).unwrap(), "one,two");
        // The second one does not come to its end: the first one is as it was.
        let mut second = Download::begin(&path).unwrap();
        second.take(b"half").await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one,two");
        drop(second);
        assert_eq!(names(folder.path()), ["audit.csv"]);
        // The third one replaces it.
        let mut third = Download::begin(&path).unwrap();
        third.take(b"three").await.unwrap();
        third.end().await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        assert_eq!(names(folder.path()), ["audit.csv"]);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.json");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        // Also where everybody could read what was there before.
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let file = Download::begin(&path).unwrap();
        assert_eq!(mode(&file.part.beside), 0o600);
        file.end().await.unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    /// F: a disk that is full.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_full_disk_is_said_so_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.csv");
        fs::write(&path, "old").unwrap();
        let (beside, full) = (folder.path().join(".part"), OpenOptions::new().write(true).open("/dev/full").unwrap());
        fs::write(&beside, "").unwrap();
        let part = Part { path: path.clone(), beside, file: full, whole: false.into() };
        let mut file = Download { part: Arc::new(part), bytes: 0 };
        let error = file.take(b"more than fits").await.unwrap_err();
        assert!(error.code == ErrorCode::File && error.message.contains("audit.csv"), "{error:?}");
        drop(file);
        assert_eq!(names(folder.path()), ["audit.csv"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }

    #[test]
    fn a_place_that_is_none_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("missing/audit.csv"), PathBuf::from("/")] {
            assert_eq!(Download::begin(&path).err().unwrap().code, ErrorCode::File, "{}", path.display());
        }
        assert!(names(folder.path()).is_empty());
    }
}
