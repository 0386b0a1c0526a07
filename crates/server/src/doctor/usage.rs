//! What was counted: whether it can be read. Keys are verified whatever is wrong with it.

use sqlx::Connection;

use super::database::{connect, schema};
use super::{Finding, Patient};
use crate::usage::USAGE_FILE;
use crate::usage::store::MIGRATIONS;

const WHAT: &str = "usage";

/// Looks at every page; nothing where nothing was counted yet.
pub(super) async fn examine(patient: &Patient) -> Option<Finding> {
    let path = patient.data_dir.join(USAGE_FILE);
    if std::fs::metadata(&path).map_or(true, |metadata| metadata.len() == 0) {
        return None;
    }
    let ill = |why: String| {
        Finding::ill(
            WHAT,
            format!(
                "{why}. Keys are verified, but nothing is counted: stop the server and move usage.db, usage.db-wal and \
                 usage.db-shm away, or restore a backup"
            ),
        )
    };
    let mut connection = match connect(&path).await {
        Ok(connection) => connection,
        Err(error) => return Some(ill(format!("usage.db can't be opened: {error}"))),
    };
    let found: Result<Vec<String>, _> = sqlx::query_scalar("PRAGMA quick_check(3)").fetch_all(&mut connection).await;
    let finding = match found {
        Ok(lines) if lines == ["ok"] => schema(&mut connection, WHAT, &MIGRATIONS).await,
        Ok(lines) => ill(format!("usage.db is damaged: {}", lines.join("; "))),
        Err(error) => ill(format!("usage.db is damaged: {error}")),
    };
    // Nothing was written, so nothing can be lost by it.
    let _ = connection.close().await;
    Some(finding)
}
