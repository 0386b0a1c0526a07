//! A server to look at: an organization with people and keys, and a year of traffic that somebody could
//! have made. Everything is made up, from a seed that repeats itself; no secret of it is known to anybody.

mod cast;
mod chance;
mod counted;
mod ledger;
mod names;
mod plan;
mod record;
mod rhythm;
mod rows;
mod span;
mod stream;

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use keydeck_domain::{Email, Name, OrganizationId, Password};

use crate::config::Config;
use crate::error::Error;
use crate::open::{DATABASE_FILE, StartError, open, private_file, take_folder};
use crate::pepper::Pepper;
use crate::usage::USAGE_FILE;
use span::Span;

/// Most keys of a demonstration.
pub const KEYS_MAX: u32 = 100_000;
/// Most days of a demonstration.
pub const DAYS_MAX: u32 = 1_000;

/// What is to be made up.
pub struct Demo {
    /// The same seed and the same `until` give the same figures, names and times.
    pub seed: u64,
    /// How many keys, 1 to [`KEYS_MAX`].
    pub keys: u32,
    /// How many whole days are counted, 1 to [`DAYS_MAX`], before the one that runs.
    pub days: u32,
    /// Up to which instant; not in the future.
    pub until: DateTime<Utc>,
    /// What the owner signs in with.
    pub email: Email,
    /// What the owner is called.
    pub name: Name,
    /// The owner's password.
    pub password: Password,
}

/// What was made up.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// The organization.
    pub organization: OrganizationId,
    /// Verifications that were counted.
    pub verifications: u64,
    /// Rows that they are in.
    pub rows: u64,
}

/// Why there is no demonstration.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// There is something already.
    #[error("there is {0} already, and a demonstration is for an empty data folder: give another --data-dir")]
    NotFresh(PathBuf),
    /// A number lies beyond what is made.
    #[error("a demonstration has 1 to {KEYS_MAX} keys and 1 to {DAYS_MAX} days, and does not end in the future")]
    Bounds,
    /// The server did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The counts could not be written.
    #[error("the file of counts: {0}")]
    Counts(#[source] sqlx::Error),
    /// Something else.
    #[error(transparent)]
    Other(#[from] Error),
}

/// Refuses a folder in which anything was kept.
///
/// # Errors
/// [`DemoError::NotFresh`] names what is there.
pub fn fresh(data_dir: &Path) -> Result<(), DemoError> {
    for file in [DATABASE_FILE, USAGE_FILE] {
        let path = data_dir.join(file);
        if path.exists() {
            return Err(DemoError::NotFresh(path));
        }
    }
    Ok(())
}

/// Fills a fresh data folder and closes it again.
///
/// # Errors
/// [`DemoError`] says what is in the way. What was begun then is of no use: remove the folder.
pub async fn fill(config: Config, pepper: Pepper, demo: Demo) -> Result<Made, DemoError> {
    let within = (1..=KEYS_MAX).contains(&demo.keys) && (1..=DAYS_MAX).contains(&demo.days);
    if !within || demo.until > Utc::now() + TimeDelta::minutes(1) {
        return Err(DemoError::Bounds);
    }
    fresh(&config.data_dir)?;
    let span = Span::new(demo.until, demo.days);
    let keys = plan::keys(demo.seed, demo.keys, demo.until - TimeDelta::days(demo.days.into()), demo.until);
    let organization = OrganizationId::generate();
    // The counts come first: the keys' rows say when each was last used.
    let usage = config.data_dir.join(USAGE_FILE);
    let lock = take_folder(&config.data_dir)?;
    private_file(&usage).map_err(|source| StartError::Folder { path: usage.clone(), source })?;
    let counted = counted::fill(&usage, organization, demo.seed, span, &keys).await.map_err(DemoError::Counts)?;
    tracing::info!(verifications = counted.verifications, rows = counted.rows, "the counts are written");
    drop(lock);
    let server = open(config, pepper).await?;
    let written = record::write(&server, &demo, organization, &keys, &counted.uses).await;
    server.close().await;
    written?;
    Ok(Made { organization, verifications: counted.verifications, rows: counted.rows })
}
