//! Files: who can read them, how old the newest backup is.

use std::path::Path;

use super::{Finding, Patient};
use crate::backup::last_backup;
use crate::open::DATABASE_FILE;
use crate::times;

/// A backup that is older is told of.
const BACKUP_DAYS: i64 = 7;

/// The data folder and the files in it.
pub(super) fn examine(patient: &Patient) -> Vec<Finding> {
    let mut findings = vec![folder(&patient.data_dir)];
    let inside = std::path::absolute(&patient.pepper_file)
        .and_then(|pepper| Ok(pepper.starts_with(std::path::absolute(&patient.data_dir)?)))
        .unwrap_or(false);
    if inside {
        findings.push(Finding::warning(
            "pepper",
            "its file lies in the data folder: a thief of the folder has both. Keep it elsewhere, or as a systemd credential",
        ));
    }
    findings
}

fn folder(data_dir: &Path) -> Finding {
    const WHAT: &str = "data folder";
    if !data_dir.join(DATABASE_FILE).is_file() {
        return Finding::ill(WHAT, format!("there is no database in {}: is --data-dir right?", data_dir.display()));
    }
    match open_to_others(data_dir) {
        Ok(None) => Finding::well(WHAT, format!("{}, for its owner alone", data_dir.display())),
        Ok(Some(path)) => Finding::ill(WHAT, format!("{path} can be read by others: chmod go-rwx it")),
        Err(error) => Finding::ill(WHAT, format!("{}: {error}", data_dir.display())),
    }
}

/// The first of the folder and its files that somebody else may read.
#[cfg(unix)]
fn open_to_others(data_dir: &Path) -> std::io::Result<Option<String>> {
    use std::os::unix::fs::PermissionsExt;
    let mut paths = vec![data_dir.to_owned()];
    for entry in std::fs::read_dir(data_dir)? {
        paths.push(entry?.path());
    }
    for path in paths {
        match std::fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => return Ok(Some(path.display().to_string())),
            Ok(_) => {}
            // SQLite removes its log files when the last program is done with them.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> std::io::Result<Option<String>> {
    // The access list of the folder protects it: there is no mode to look at.
    Ok(None)
}

/// The newest backup.
pub(super) fn backup(patient: &Patient) -> Finding {
    const WHAT: &str = "backup";
    let Some(last) = last_backup(&patient.data_dir) else {
        return Finding::warning(WHAT, "none was made yet: keydeck-server backup --to FILE, and keep the pepper elsewhere");
    };
    let days = (times::now() - last.at).num_days();
    let told = format!("the newest is of {}, at {}", last.at.format("%Y-%m-%d %H:%M UTC"), last.path.display());
    if days >= BACKUP_DAYS { Finding::warning(WHAT, format!("{told}: {days} days old")) } else { Finding::well(WHAT, told) }
}
