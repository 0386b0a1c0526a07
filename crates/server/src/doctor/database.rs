//! Pepper, database, rows and audit logs, looked at without changing anything.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use super::{Finding, Patient, named};
use crate::audit::verify::check;
use crate::backup::{Unfit, inspect, rows_from_outside, same_pepper, whole};
use crate::open::DATABASE_FILE;
use crate::pepper::Pepper;
use crate::store::MIGRATIONS;
use crate::subkeys::Subkeys;

/// Looks at the database; gives the instant of its newest change.
pub(super) async fn examine(patient: &Patient, findings: &mut Vec<Finding>) -> Option<DateTime<Utc>> {
    let subkeys = match Pepper::read_file(&patient.pepper_file) {
        Ok(pepper) => Some(Subkeys::of(&pepper)),
        Err(error) => {
            findings.push(Finding::ill("pepper", error.to_string()));
            None
        }
    };
    let path = patient.data_dir.join(DATABASE_FILE);
    if !path.is_file() {
        return None;
    }
    match connect(&path).await {
        Ok(mut connection) => {
            let newest = look(&mut connection, subkeys.as_ref(), findings).await;
            // Nothing was written, so nothing can be lost by it.
            let _ = connection.close().await;
            newest
        }
        Err(error) => {
            findings.push(Finding::ill("database", format!("it can't be opened: {error}. Restore a backup")));
            None
        }
    }
}

pub(super) async fn connect(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new().filename(path).busy_timeout(Duration::from_secs(5)).pragma("query_only", "on").connect().await
}

async fn look(
    connection: &mut SqliteConnection,
    subkeys: Option<&Subkeys>,
    findings: &mut Vec<Finding>,
) -> Option<DateTime<Utc>> {
    match whole(connection).await {
        Ok(()) => findings.push(Finding::well("database", "every page and index is whole")),
        Err(why) => {
            findings.push(Finding::ill("database", format!("{why}. Restore a backup")));
            return None;
        }
    }
    findings.push(schema(connection, "schema", &MIGRATIONS).await);
    let subkeys = subkeys?;
    match same_pepper(connection, subkeys).await {
        Ok(()) => findings.push(Finding::well("pepper", "it is the one that the database was made with")),
        Err(why) => {
            findings.push(Finding::ill("pepper", why.to_string()));
            return None;
        }
    }
    findings.push(match rows_from_outside(connection, subkeys).await {
        Ok(()) => Finding::well("rows", "keys, people, members, verifiers, webhooks and limits are as they were written"),
        Err(why) => Finding::ill("rows", format!("{why}. They are refused; restore a backup from before")),
    });
    if let Err(why) = audit(connection, subkeys, findings).await {
        findings.push(Finding::ill("audit log", why.to_string()));
    }
    inspect::newest(connection).await.ok().flatten()
}

/// Whether this program and the database are of one version.
pub(super) async fn schema(connection: &mut SqliteConnection, what: &'static str, migrations: &Migrator) -> Finding {
    let applied = sqlx::query_scalar::<_, i64>("SELECT version FROM _sqlx_migrations WHERE success").fetch_all(connection).await;
    let applied: HashSet<i64> = match applied {
        Ok(applied) => applied.into_iter().collect(),
        Err(error) => return Finding::ill(what, format!("it can't be read: {error}")),
    };
    let known: HashSet<i64> = migrations.iter().map(|migration| migration.version).collect();
    if !applied.is_subset(&known) {
        return Finding::ill(what, "a newer keydeck-server made it: use that version");
    }
    if known.is_subset(&applied) {
        return Finding::well(what, format!("version {}", applied.len()));
    }
    Finding::warning(what, format!("version {} of {}: the next start brings it up to date", applied.len(), known.len()))
}

async fn audit(connection: &mut SqliteConnection, subkeys: &Subkeys, findings: &mut Vec<Finding>) -> Result<(), Unfit> {
    const WHAT: &str = "audit log";
    let mut entries = 0;
    let mut broken = 0;
    let organizations = crate::open::organizations(connection).await?;
    for organization in &organizations {
        match check(connection, &subkeys.audit, *organization).await? {
            Ok(count) => entries += count,
            Err(why) => {
                broken += 1;
                let row = sqlx::query("SELECT name FROM organizations WHERE id = ?")
                    .bind(organization.0)
                    .fetch_optional(&mut *connection)
                    .await?;
                let name = row.and_then(|row| row.try_get::<String, _>("name").ok()).and_then(|name| name.parse().ok());
                findings.push(Finding::ill(
                    WHAT,
                    format!(
                        "of {}: {why}. Nothing is changed there any more; restore a backup",
                        named(name.as_ref(), *organization)
                    ),
                ));
            }
        }
    }
    if broken == 0 {
        findings.push(Finding::well(WHAT, format!("{entries} entries of {} organizations add up", organizations.len())));
    }
    Ok(())
}
