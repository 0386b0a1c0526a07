//! What the server's operator sees: how much was verified for each organization, and how it ended. Read from
//! the files, also while the server runs; names of keys and people are not in it.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Duration;

use chrono::NaiveDate;
use keydeck_domain::{OrganizationId, Outcome};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::periods::minute_of;
use super::query::outcome_of;
use super::store::USAGE_FILE;
use super::sums::{Only, Reading};
use crate::error::Error;
use crate::open::DATABASE_FILE;

/// How long a file that is written to at this moment is waited for.
const WAIT: Duration = Duration::from_secs(5);

/// The sums of one organization.
#[derive(Debug, PartialEq, Eq)]
pub struct Summary {
    /// Whose; `None` for nobody's: keys that asked about themselves and were not known.
    pub organization: Option<OrganizationId>,
    /// What it is called; `None` where its record is gone.
    pub name: Option<String>,
    /// How verifications ended, each outcome that there was.
    pub outcomes: Vec<(Outcome, u64)>,
    /// How many of them name no key.
    pub unattributed: u64,
}

impl Summary {
    /// All verifications.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.outcomes.iter().map(|(_, count)| count).sum()
    }
}

/// Why there is no summary.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// Nothing was ever counted in this folder.
    #[error("nothing was counted here: there is no {USAGE_FILE} in the data folder")]
    Nothing,
    /// A file can't be read.
    #[error("what was counted can't be read: {0}")]
    Unreadable(#[from] Error),
}

impl From<sqlx::Error> for SummaryError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unreadable(error.into())
    }
}

/// The sums of every organization from the beginning of one UTC day to the beginning of another, the
/// largest first. What a running server has not written yet is not in them: that is a second's.
///
/// # Errors
/// [`SummaryError`]
pub async fn summary(data_dir: &Path, from: NaiveDate, before: NaiveDate) -> Result<Vec<Summary>, SummaryError> {
    let path = data_dir.join(USAGE_FILE);
    if std::fs::metadata(&path).map_or(true, |metadata| metadata.len() == 0) {
        return Err(SummaryError::Nothing);
    }
    let begins = |day: NaiveDate| minute_of(day.and_time(chrono::NaiveTime::MIN).and_utc());
    let names = names(data_dir).await?;
    let mut connection = connect(&path).await?;
    let mut transaction = connection.begin().await?;
    let mut organizations: Vec<(i64, Option<OrganizationId>)> = vec![(0, None)];
    let known: Vec<(i64, uuid::Uuid)> =
        sqlx::query_as("SELECT id, organization_id FROM organizations").fetch_all(&mut *transaction).await?;
    organizations.extend(known.into_iter().map(|(number, id)| (number, Some(OrganizationId(id)))));
    let mut summaries = Vec::new();
    for (number, organization) in organizations {
        let mut reading = Reading::of(&mut transaction, number).await?;
        let sums = reading.organization(&[begins(from), begins(before)], Only::default(), true).await?;
        let (mut outcomes, mut unattributed) = (BTreeMap::new(), 0);
        for ((environment, outcome), values) in sums.cells {
            let count: u64 = values.iter().sum();
            *outcomes.entry(outcome).or_insert(0) += count;
            unattributed += if environment == 0 { count } else { 0 };
        }
        let outcomes: Vec<(Outcome, u64)> = outcomes
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .filter_map(|(number, count)| Some((outcome_of(number)?, count)))
            .collect();
        if !outcomes.is_empty() {
            let name = organization.and_then(|id| names.get(&id).cloned());
            summaries.push(Summary { organization, name, outcomes, unattributed });
        }
    }
    transaction.rollback().await?;
    // Nothing was written, so nothing can be lost by it.
    let _ = connection.close().await;
    summaries.sort_by_key(|summary| (summary.organization.is_none(), std::cmp::Reverse(summary.total())));
    Ok(summaries)
}

async fn names(data_dir: &Path) -> Result<HashMap<OrganizationId, String>, SummaryError> {
    let mut connection = connect(&data_dir.join(DATABASE_FILE)).await?;
    let names: Vec<(uuid::Uuid, String)> =
        sqlx::query_as("SELECT id, name FROM organizations").fetch_all(&mut connection).await?;
    // As above.
    let _ = connection.close().await;
    Ok(names.into_iter().map(|(id, name)| (OrganizationId(id), name)).collect())
}

async fn connect(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new().filename(path).busy_timeout(WAIT).pragma("query_only", "on").connect().await
}
