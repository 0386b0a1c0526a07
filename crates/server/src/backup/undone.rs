//! What a way back undoes: what was made since the backup is gone, and what was changed is as it was.
//! Somebody has to know.

use std::collections::{HashMap, HashSet};

use sqlx::{Row, SqliteConnection};

/// What the way back undoes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// Keys that were made since and are not revoked: nobody knows them any more.
    pub keys: usize,
    /// Verifiers that were made since, by name: the services that hold them are refused.
    pub verifiers: Vec<String>,
    /// Who came since, by e-mail address.
    pub people: Vec<String>,
    /// Whose password was changed since: the one of before is good again.
    pub passwords: Vec<String>,
}

/// What a database holds of that.
pub(super) struct Held {
    keys: HashSet<(Vec<u8>, Vec<u8>)>,
    /// By id: the name.
    verifiers: HashMap<Vec<u8>, String>,
    /// By id: the e-mail address, and the password as it is stored.
    people: HashMap<Vec<u8>, (String, String)>,
}

impl Held {
    /// Reads it.
    pub(super) async fn by(connection: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let keys =
            sqlx::query_as("SELECT organization_id, id FROM keys WHERE revoked_at IS NULL").fetch_all(&mut *connection).await?;
        let verifiers =
            sqlx::query_as("SELECT id, name FROM verifiers WHERE revoked_at IS NULL").fetch_all(&mut *connection).await?;
        let people = sqlx::query("SELECT id, email, password FROM users")
            .try_map(|row: sqlx::sqlite::SqliteRow| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?))))
            .fetch_all(&mut *connection)
            .await?;
        let (keys, verifiers) = (keys.into_iter().collect(), verifiers.into_iter().collect());
        Ok(Self { keys, verifiers, people: people.into_iter().collect() })
    }

    /// What is lost of it where that backup takes its place.
    pub(super) fn undone_by(&self, backup: &Self) -> Undone {
        let mut undone = Undone { keys: self.keys.difference(&backup.keys).count(), ..Undone::default() };
        undone
            .verifiers
            .extend(self.verifiers.iter().filter(|(id, _)| !backup.verifiers.contains_key(*id)).map(|(_, name)| name.clone()));
        for (id, (email, password)) in &self.people {
            match backup.people.get(id) {
                None => undone.people.push(email.clone()),
                Some((_, before)) if before != password => undone.passwords.push(email.clone()),
                Some(_) => {}
            }
        }
        for list in [&mut undone.verifiers, &mut undone.people, &mut undone.passwords] {
            list.sort();
        }
        undone
    }
}
