//! Rows of whole numbers, written many at a time: a statement for each would take ten times as long.

use sqlx::{AssertSqlSafe, SqliteConnection};

/// Rows of one statement.
const AT_ONCE: usize = 1_000;

/// Rows that wait for a table, in the order of its primary key.
pub(super) struct Rows {
    table: &'static str,
    /// Their names, blanks between.
    named: &'static str,
    columns: usize,
    many: String,
    values: Vec<i64>,
    /// How many were written.
    pub(super) written: u64,
}

impl Rows {
    pub(super) fn of(table: &'static str, named: &'static str) -> Self {
        let columns = named.split(' ').count();
        Self { table, named, columns, many: statement(table, named, AT_ONCE), values: Vec::new(), written: 0 }
    }

    pub(super) fn add<const N: usize>(&mut self, row: [i64; N]) {
        debug_assert_eq!(N, self.columns, "{}", self.table);
        self.values.extend(row);
    }

    /// Writes what is enough for a whole statement; the rest waits.
    pub(super) async fn write(&mut self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let whole = self.columns * AT_ONCE;
        let ready = self.values.len() / whole * whole;
        for values in self.values[..ready].chunks_exact(whole) {
            insert(&self.many, values, connection).await?;
            self.written += AT_ONCE as u64;
        }
        self.values.drain(..ready);
        Ok(())
    }

    /// Writes all that waits; gives how many rows there were in all.
    pub(super) async fn finish(mut self, connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
        self.write(connection).await?;
        let rest = self.values.len() / self.columns;
        if rest > 0 {
            insert(&statement(self.table, self.named, rest), &self.values, connection).await?;
        }
        Ok(self.written + rest as u64)
    }
}

fn statement(table: &str, named: &str, rows: usize) -> String {
    let columns: Vec<&str> = named.split(' ').collect();
    let row = format!("({})", vec!["?"; columns.len()].join(","));
    format!("INSERT INTO {table} ({}) VALUES {}", columns.join(","), vec![row; rows].join(","))
}

async fn insert(statement: &str, values: &[i64], connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    // Names of tables and columns, and question marks: nothing in it comes from outside.
    let mut query = sqlx::query(AssertSqlSafe(statement.to_owned()));
    for value in values {
        query = query.bind(value);
    }
    query.execute(connection).await?;
    Ok(())
}
