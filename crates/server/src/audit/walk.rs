//! How entries are read: a batch at a time, filtered, with the names of what they are about. What can't
//! be read is left out and told, so that also a log that was changed from outside can be looked at.

use keydeck_domain::OrganizationId;
use keydeck_domain::api::audit::{AuditEntry, AuditQuery};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::chain::{StoredEntry, action_word};
use super::names::Names;
use crate::error::Error;
use crate::server::Server;
use crate::times;

/// Longest text that is searched for, in characters.
const SEARCH_MAX: usize = 200;

/// In which order entries are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    OldestFirst,
    NewestFirst,
}

/// Which entries of an organization's log are wanted.
#[derive(Clone)]
pub(super) struct Filter {
    organization: OrganizationId,
    query: AuditQuery,
    /// In lower case.
    search: Option<String>,
}

impl Filter {
    pub(super) fn new(organization: OrganizationId, query: AuditQuery) -> Result<Self, Error> {
        let search = query.search.as_deref().map(str::trim).filter(|search| !search.is_empty()).map(str::to_lowercase);
        if search.as_ref().is_some_and(|search| search.chars().count() > SEARCH_MAX) {
            return Err(Error::InvalidRequest(format!("a search has at most {SEARCH_MAX} characters")));
        }
        Ok(Self { organization, query, search })
    }

    /// Whether the database alone can tell which entries are wanted. A search is done here: SQLite knows
    /// upper and lower case of ASCII only, and the names are not in the log.
    pub(super) fn searches(&self) -> bool {
        self.search.is_some()
    }

    fn push(&self, sql: &mut QueryBuilder<Sqlite>) -> Result<(), Error> {
        sql.push(" WHERE organization_id = ").push_bind(self.organization.0);
        if let Some(actor) = self.query.actor {
            sql.push(" AND actor_id = ").push_bind(actor.as_bytes().to_vec());
        }
        if let Some(target) = &self.query.target {
            sql.push(" AND target = ").push_bind(target.clone());
        }
        if let Some(action) = self.query.action {
            sql.push(" AND action = ").push_bind(action_word(action)?);
        }
        if let Some(from) = self.query.from {
            sql.push(" AND at >= ").push_bind(times::stored(from));
        }
        if let Some(to) = self.query.to {
            sql.push(" AND at < ").push_bind(times::stored(to));
        }
        Ok(())
    }

    /// How many entries there are, without regard to the search.
    pub(super) async fn count(&self, connection: &mut SqliteConnection) -> Result<u32, Error> {
        let mut count = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM audit");
        self.push(&mut count)?;
        Ok(count.build_query_scalar().fetch_one(connection).await?)
    }
}

/// Reads a log in one direction.
pub(super) struct Walk {
    filter: Filter,
    order: Order,
    /// The entry that was read last.
    pub(super) at: i64,
    /// Whether there is nothing behind it.
    pub(super) ended: bool,
}

impl Walk {
    /// Begins behind an entry.
    pub(super) fn behind(filter: Filter, order: Order, at: i64) -> Self {
        Self { filter, order, at, ended: false }
    }

    /// Begins at the first entry in this order.
    pub(super) fn whole(filter: Filter, order: Order) -> Self {
        let at = match order {
            Order::OldestFirst => i64::MIN,
            Order::NewestFirst => i64::MAX,
        };
        Self::behind(filter, order, at)
    }

    /// The next entries. At most `size` are looked at, so there can be fewer or none before the end.
    pub(super) async fn batch(&mut self, server: &Server, size: u32) -> Result<Vec<AuditEntry>, Error> {
        let organization = self.filter.organization;
        let (beyond, order) = match self.order {
            Order::OldestFirst => (">", "ASC"),
            Order::NewestFirst => ("<", "DESC"),
        };
        let mut sql = QueryBuilder::<Sqlite>::new("SELECT * FROM audit");
        self.filter.push(&mut sql)?;
        sql.push(format_args!(" AND sequence {beyond} ")).push_bind(self.at);
        sql.push(format_args!(" ORDER BY sequence {order} LIMIT ")).push_bind(size);
        // Given back before anything is sent: who reads slowly holds no connection.
        let mut connection = server.parts.store.read().await?;
        let rows = sql.build().fetch_all(&mut *connection).await?;
        self.ended = rows.len() < size as usize;
        if let Some(last) = rows.last() {
            self.at = last.try_get("sequence")?;
        }
        let stored: Vec<StoredEntry> = rows
            .iter()
            .filter_map(|row| match StoredEntry::from_row(row) {
                Ok(entry) => Some(entry),
                Err(error) => {
                    tracing::error!(alert = true, %organization, %error, "an audit entry can't be read: it is left out");
                    None
                }
            })
            .collect();
        let names = Names::of(&mut connection, organization, &stored).await?;
        drop(connection);
        let mut entries = Vec::with_capacity(stored.len());
        for entry in stored {
            let name = names.find(&entry);
            let wanted = self.filter.search.as_ref().is_none_or(|search| {
                entry.holds(search) || name.as_ref().is_some_and(|name| name.to_lowercase().contains(search))
            });
            if !wanted {
                continue;
            }
            let sequence = entry.sequence;
            match entry.shown() {
                Some(entry) => entries.push(AuditEntry { target_name: name, ..entry }),
                None => tracing::error!(alert = true, %organization, sequence, "an audit entry can't be shown: it is left out"),
            }
        }
        Ok(entries)
    }
}
