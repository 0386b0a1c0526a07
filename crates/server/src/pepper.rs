//! The pepper: 32 bytes without which the database proves nothing. It is never in the database.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The pepper. Wipes itself; can't be printed.
pub struct Pepper(Zeroizing<[u8; 32]>);

/// Why a pepper file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PepperError {
    /// There is no such file.
    #[error("there is no pepper file at {0}: restore it from where it is kept; a new one would make every key useless")]
    Missing(PathBuf),
    /// Somebody else may read it.
    #[error("the pepper file {path} has mode {mode:04o}: it must be 0600, for its owner alone")]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not 64 hexadecimal digits.
    #[error("the pepper file {0} does not hold 64 hexadecimal digits: restore it from where it is kept")]
    Content(PathBuf),
    /// There is one already.
    #[error("there is a pepper file at {0} already: it is never written over")]
    Exists(PathBuf),
    /// The system refused.
    #[error("the pepper file {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system's generator failed.
    #[error("the system's random generator failed: {0}")]
    Generator(#[from] getrandom::Error),
}

impl Pepper {
    /// A new pepper from the system's generator.
    ///
    /// # Errors
    /// Where the generator fails; nothing weaker is used in its place.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// A pepper that is kept elsewhere, in a keychain for instance.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes. Every call says in a comment why it needs them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a pepper file: 64 hexadecimal digits and at most one line break.
    ///
    /// # Errors
    /// A file that others may read is refused before it is read, and so is anything but a pepper.
    pub fn read_file(path: &Path) -> Result<Self, PepperError> {
        let mut file = File::open(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => PepperError::Missing(path.to_owned()),
            _ => PepperError::Io { path: path.to_owned(), source },
        })?;
        // Asked of the open file, not of the name, so that it can't be exchanged in between.
        private(&file, path)?;
        let mut text = Zeroizing::new(String::with_capacity(128));
        Read::by_ref(&mut file).take(100).read_to_string(&mut text).map_err(|_| PepperError::Content(path.to_owned()))?;
        let mut bytes = Zeroizing::new([0; 32]);
        let digits = text.strip_suffix('\n').unwrap_or(&text);
        hex::decode_to_slice(digits, bytes.as_mut_slice()).map_err(|_| PepperError::Content(path.to_owned()))?;
        Ok(Self(bytes))
    }

    /// Makes a pepper and writes it to a file that only its owner can read. An existing file is
    /// never written over.
    ///
    /// # Errors
    /// Where a file is there already, or the system refuses.
    pub fn create_file(path: &Path) -> Result<Self, PepperError> {
        let io = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::AlreadyExists => PepperError::Exists(path.to_owned()),
            _ => PepperError::Io { path: path.to_owned(), source },
        };
        let pepper = Self::generate()?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(io)?;
        // Exposed to be written to the one file that exists to hold it.
        let text = Zeroizing::new(format!("{}\n", *Zeroizing::new(hex::encode(pepper.expose()))));
        file.write_all(text.as_bytes()).map_err(io)?;
        file.sync_all().map_err(io)?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            // The name must survive a power loss as well as the content.
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
        }
        Ok(pepper)
    }
}

#[cfg(unix)]
fn private(file: &File, path: &Path) -> Result<(), PepperError> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let metadata = file.metadata().map_err(|source| PepperError::Io { path: path.to_owned(), source })?;
    let mode = metadata.permissions().mode() & 0o7777;
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY");
    let credential = credentials.is_some_and(|folder| path.starts_with(folder)) && of_systemd(mode, metadata.uid());
    if mode == 0o600 || credential { Ok(()) } else { Err(PepperError::Mode { path: path.to_owned(), mode }) }
}

/// Whether a file in the credentials' folder, which only the service can read, is as systemd makes it: its
/// owner's alone (0400), or, from systemd 254 on where the service runs as another user, root's with an access
/// list for that user. Such a list shows in the mode as if the group might read: 0440.
#[cfg(target_os = "linux")]
fn of_systemd(mode: u32, owner: u32) -> bool {
    matches!(mode, 0o400 | 0o440) && (owner == 0 || owner == rustix::process::geteuid().as_raw())
}

#[cfg(all(unix, not(target_os = "linux")))]
fn of_systemd(_: u32, _: u32) -> bool {
    false
}

#[cfg(not(unix))]
fn private(_: &File, _: &Path) -> Result<(), PepperError> {
    // The access list of the folder protects it: there is no mode to look at.
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_was_created_is_read_and_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pepper");
        let made = Pepper::create_file(&path).unwrap();
        // Exposed to be compared.
        assert!(Pepper::read_file(&path).unwrap().expose() == made.expose());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(Pepper::create_file(&path), Err(PepperError::Exists(_))));
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pepper");
        Pepper::create_file(&path).unwrap();
        for mode in [0o644, 0o640, 0o604, 0o660, 0o700, 0o400, 0o440] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(Pepper::read_file(&path), Err(PepperError::Mode { .. })), "{mode:o}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_credential_is_of_root_or_of_the_service_and_nobody_else_may_read_it() {
        let own = rustix::process::geteuid().as_raw();
        for owner in [0, own] {
            assert!(of_systemd(0o400, owner) && of_systemd(0o440, owner), "{owner}");
            for mode in [0o404, 0o444, 0o460, 0o640, 0o644, 0o4440] {
                assert!(!of_systemd(mode, owner), "{mode:o}");
            }
        }
        assert!(!of_systemd(0o400, own + 1) && !of_systemd(0o440, own + 1));
    }

    #[test]
    fn what_is_no_pepper_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pepper");
        assert!(matches!(Pepper::read_file(&path), Err(PepperError::Missing(_))));
        for content in ["", "abc", &"0".repeat(63), &"g".repeat(64), &format!("{}\n\n", "0".repeat(64))] {
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            assert!(matches!(Pepper::read_file(&path), Err(PepperError::Content(_))), "{content:?}");
        }
    }
}
