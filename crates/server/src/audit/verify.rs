//! Whether a chain adds up: nothing changed, nothing removed, nothing cut off.

use keydeck_domain::OrganizationId;
use sqlx::{Row, SqliteConnection};

use super::chain::{BEGINNING, StoredEntry, head};
use crate::error::Error;
use crate::subkeys::{MacKey, Tag, same};

/// Entries that are read at once.
const BATCH: u32 = 1_000;

/// Where a chain does not add up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenChain {
    /// The head row is gone, or was not written by this server.
    #[error("the head row is gone or forged")]
    Head,
    /// An entry was changed, removed or put in.
    #[error("entry {sequence} was changed, or one before it was removed")]
    Entry {
        /// The first entry that does not fit.
        sequence: u32,
    },
    /// The newest entries are gone.
    #[error("the tail is cut: {found} of {expected} entries are there")]
    Cut {
        /// The newest entry that is there.
        found: u32,
        /// The newest entry that the head names.
        expected: u32,
    },
}

/// Reads a whole chain and says where it first does not add up.
///
/// # Errors
/// Where the database can't be read.
pub(crate) async fn check(
    connection: &mut SqliteConnection,
    key: &MacKey,
    organization: OrganizationId,
) -> Result<Result<u32, BrokenChain>, Error> {
    let head = match head(connection, key, organization).await {
        Ok(Some(head)) => head,
        Ok(None) | Err(Error::Damaged(_)) => return Ok(Err(BrokenChain::Head)),
        Err(error) => return Err(error),
    };
    let mut previous: Tag = BEGINNING;
    let mut sequence = 0_u32;
    loop {
        let rows = sqlx::query("SELECT * FROM audit WHERE organization_id = ? AND sequence > ? ORDER BY sequence LIMIT ?")
            .bind(organization.0)
            .bind(sequence)
            .bind(BATCH)
            .fetch_all(&mut *connection)
            .await?;
        let last = rows.len() < BATCH as usize;
        for row in rows {
            let stated: i64 = row.try_get("sequence")?;
            let broken = BrokenChain::Entry { sequence: u32::try_from(stated).unwrap_or(u32::MAX) };
            let Ok(entry) = StoredEntry::from_row(&row) else { return Ok(Err(broken)) };
            let expected = entry.expected(key, organization, &previous);
            if entry.sequence != sequence + 1 || !same(&entry.mac, &expected) {
                return Ok(Err(broken));
            }
            (previous, sequence) = (expected, entry.sequence);
        }
        if last {
            break;
        }
    }
    if sequence != head.sequence || !same(&previous, &head.entry_mac) {
        return Ok(Err(BrokenChain::Cut { found: sequence, expected: head.sequence }));
    }
    Ok(Ok(sequence))
}

/// Reads an organization's whole chain of a running server; gives the number of entries, or says
/// where it first does not add up.
///
/// # Errors
/// Where the database can't be read.
pub async fn verify_chain(server: &crate::Server, organization: OrganizationId) -> Result<Result<u32, BrokenChain>, Error> {
    let mut connection = server.parts.store.read().await?;
    check(&mut connection, &server.parts.subkeys.audit, organization).await
}
