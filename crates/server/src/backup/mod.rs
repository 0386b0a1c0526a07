//! Backups: a consistent copy of the database, and one of what was counted beside it, while the server runs, and the way back.
//!
//! A backup holds no pepper: whoever steals it has no usable key (and whoever restores it needs the
//! pepper from where that is kept).

pub(crate) mod inspect;
mod make;
mod restore;
mod restore_usage;
mod told;
mod undone;

pub use inspect::{Contents, Unfit};
pub use make::{BackupError, LastBackup, MadeBackup, UsageCopy, last_backup, make};
pub use restore::{RestoreError, Restored, RevokedSince, restore};
pub use restore_usage::RestoredUsage;
pub use undone::Undone;

pub(crate) use inspect::{rows_from_outside, same_pepper, whole};
