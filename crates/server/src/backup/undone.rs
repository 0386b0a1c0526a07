//! What a way back undoes: what was made since the backup is gone, and what was changed is as it was.
//! Somebody has to know.

use std::collections::{HashMap, HashSet};

use keydeck_domain::OrganizationId;
use sqlx::{Row, SqliteConnection};

use super::told::Tally;

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
    /// By id: the organization, and the name.
    verifiers: HashMap<Vec<u8>, (Vec<u8>, String)>,
    /// By id: the e-mail address, and the password as it is stored.
    people: HashMap<Vec<u8>, (String, String)>,
}

impl Held {
    /// Reads it.
    pub(super) async fn by(connection: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let keys =
            sqlx::query_as("SELECT organization_id, id FROM keys WHERE revoked_at IS NULL").fetch_all(&mut *connection).await?;
        let verifiers = sqlx::query("SELECT id, organization_id, name FROM verifiers WHERE revoked_at IS NULL")
            .try_map(|row: sqlx::sqlite::SqliteRow| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?))))
            .fetch_all(&mut *connection)
            .await?;
        let people = sqlx::query("SELECT id, email, password FROM users")
            .try_map(|row: sqlx::sqlite::SqliteRow| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?))))
            .fetch_all(&mut *connection)
            .await?;
        let (keys, verifiers) = (keys.into_iter().collect(), verifiers.into_iter().collect());
        Ok(Self { keys, verifiers, people: people.into_iter().collect() })
    }

    fn verifiers_beyond<'a>(&'a self, backup: &'a Self) -> impl Iterator<Item = &'a (Vec<u8>, String)> {
        self.verifiers.iter().filter(|(id, _)| !backup.verifiers.contains_key(*id)).map(|(_, verifier)| verifier)
    }

    /// Adds to the numbers of each organization what is lost of it where that backup takes its place.
    pub(super) fn count_lost(&self, backup: &Self, tally: &mut Tally) {
        let numbered = |organization: &[u8]| uuid::Uuid::from_slice(organization).ok().map(OrganizationId);
        for organization in self.keys.difference(&backup.keys).filter_map(|(organization, _)| numbered(organization)) {
            tally.entry(organization).or_default().keys_gone += 1;
        }
        for organization in self.verifiers_beyond(backup).filter_map(|(organization, _)| numbered(organization)) {
            tally.entry(organization).or_default().verifiers_gone += 1;
        }
    }

    /// What is lost of it where that backup takes its place.
    pub(super) fn undone_by(&self, backup: &Self) -> Undone {
        let mut undone = Undone { keys: self.keys.difference(&backup.keys).count(), ..Undone::default() };
        undone.verifiers.extend(self.verifiers_beyond(backup).map(|(_, name)| name.clone()));
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
