//! A file in the person's folder for downloads: private, never over another one, and gone again where
//! it did not come to its end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use crate::error::{Error, ErrorCode, Result};
use crate::history::ExportedFile;
use crate::servers::audit::Sink;

/// Most files of the same name.
const SAME_NAME_MAX: u32 = 1_000;

/// A file that is being written.
pub struct Download {
    part: Arc<Part>,
    bytes: u64,
}

/// The file, removed when the last who writes it lets go before its end.
struct Part {
    path: PathBuf,
    file: File,
    whole: std::sync::atomic::AtomicBool,
}

impl Drop for Part {
    fn drop(&mut self) {
        if !*self.whole.get_mut()
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(kind = ?error.kind(), "a file that was begun could not be removed");
        }
    }
}

impl Download {
    /// Makes `{stem}.{extension}` in this folder, or `{stem}-2.{extension}` where that is there.
    ///
    /// # Errors
    /// [`ErrorCode::File`] where no file can be made there.
    pub fn begin(folder: &Path, stem: &str, extension: &str) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        for number in 1..=SAME_NAME_MAX {
            let name = if number == 1 { format!("{stem}.{extension}") } else { format!("{stem}-{number}.{extension}") };
            let path = folder.join(name);
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            match options.open(&path) {
                Ok(file) => {
                    let part = Arc::new(Part { path, file, whole: false.into() });
                    return Ok(Self { part, bytes: 0 });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(unwritable(folder, &error)),
            }
        }
        Err(Error::new(ErrorCode::File, format!("{} holds too many files of this name.", folder.display())))
    }

    /// It is whole: from now on it stays.
    ///
    /// # Errors
    /// [`ErrorCode::File`] where the disk did not take it.
    pub async fn end(self) -> Result<ExportedFile> {
        let part = Arc::clone(&self.part);
        self.blocking(move || part.file.sync_all()).await?;
        self.part.whole.store(true, std::sync::atomic::Ordering::Relaxed);
        Ok(ExportedFile { path: self.part.path.display().to_string(), bytes: u32::try_from(self.bytes).unwrap_or(u32::MAX) })
    }

    async fn blocking(&self, work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<()> {
        let done = tokio::task::spawn_blocking(work).await.map_err(io::Error::other).and_then(|done| done);
        done.map_err(|error| unwritable(self.part.path.parent().unwrap_or(&self.part.path), &error))
    }
}

#[async_trait]
impl Sink for Download {
    async fn take(&mut self, part: &[u8]) -> Result<()> {
        let (file, part) = (Arc::clone(&self.part), part.to_owned());
        self.bytes += part.len() as u64;
        self.blocking(move || (&file.file).write_all(&part)).await
    }
}

fn unwritable(folder: &Path, error: &io::Error) -> Error {
    Error::new(ErrorCode::File, format!("The file can't be written in {}: {error}.", folder.display()))
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
    async fn nothing_is_overwritten_and_nothing_half_is_left() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("Downloads");
        let mut first = Download::begin(&folder, "audit", "csv").unwrap();
        first.take(b"one,").await.unwrap();
        first.take(b"two").await.unwrap();
        let first = first.end().await.unwrap();
        assert_eq!((fs::read_to_string(&first.path).unwrap(), first.bytes), ("one,two".to_owned(), 7));
        let mut second = Download::begin(&folder, "audit", "csv").unwrap();
        second.take(b"half").await.unwrap();
        assert_eq!(names(&folder), ["audit-2.csv", "audit.csv"]);
        drop(second);
        assert_eq!(names(&folder), ["audit.csv"]);
        assert_eq!(fs::read_to_string(&first.path).unwrap(), "one,two");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = Download::begin(folder.path(), "audit", "json").unwrap();
        assert_eq!(fs::metadata(&file.part.path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_folder_that_is_none_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Download::begin(&file, "audit", "csv").err().unwrap();
        assert_eq!(error.code, ErrorCode::File);
    }
}
