//! The database from outside, as somebody who got hold of the file.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};

pub async fn connect(folder: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(folder.join(keydeck_server::DATABASE_FILE));
    options.connect().await.unwrap()
}

/// Runs a statement and says how many rows it changed.
pub async fn run(folder: &Path, statement: &str) -> u64 {
    let mut connection = connect(folder).await;
    let done = sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    done.rows_affected()
}

pub async fn count(folder: &Path, statement: &str) -> i64 {
    let mut connection = connect(folder).await;
    sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut connection).await.unwrap()
}

/// An id as it is written in a statement.
pub fn literal(id: impl std::fmt::Display) -> String {
    format!("X'{}'", id.to_string().replace('-', ""))
}
