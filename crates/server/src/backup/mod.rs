//! Backups: a consistent copy of the database while the server runs, and the way back.
//!
//! A backup holds no pepper: whoever steals it has no usable key (and whoever restores it needs the
//! pepper from where that is kept).

pub(crate) mod inspect;
mod make;
mod restore;

pub use inspect::{Contents, Unfit};
pub use make::{BackupError, LastBackup, MadeBackup, last_backup, make};
pub use restore::{RestoreError, Restored, RevokedSince, restore};

pub(crate) use inspect::{rows_from_outside, same_pepper, whole};
