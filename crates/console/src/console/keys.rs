//! Keys: list, look at, change, revoke.

use keydeck_domain::api::keys::{KeyChange, KeyQuery};
use keydeck_domain::{Key, OrganizationId};

use super::Console;
use super::held::Held;
use crate::connection::ConnectionId;
use crate::error::Result;
use crate::keys::{KeyPage, KeyRef, KeyRow, Revocation, RevocationCheck, Update};
use crate::servers::Updated;

impl Console {
    /// A page of keys, and what this computer holds of each. Where the server can't be reached, the last
    /// list, marked as old: searched, filtered and sorted here, its total the rows of it that match.
    ///
    /// # Errors
    /// Those of the network, and [`crate::error::ErrorCode::NotFound`] where the person is no member any
    /// more: the organization is gone from the connection then.
    pub async fn list_keys(&self, connection: ConnectionId, organization: OrganizationId, query: KeyQuery) -> Result<KeyPage> {
        let query = &query;
        let answer = self
            .in_organization(connection, organization, |session| async move {
                let page = session.server.list(&session.token, organization, query).await?;
                Ok((page, session.server.notice(organization)))
            })
            .await;
        let (page, notice) = match answer {
            Ok(answer) => answer,
            Err(error) => return self.last_list(connection, organization, query, error).await,
        };
        let gone = self.gone(connection, organization, query, &page).await?;
        self.keep_list(connection, organization, query, &page.items, page.next.is_none());
        self.look_at_history_sometimes(connection, organization);
        self.refresh_sometimes(connection);
        let total = page.total.saturating_add(u32::try_from(gone.len()).unwrap_or(u32::MAX));
        let items = page.items.into_iter().chain(gone).map(|key| self.row(connection, key)).collect();
        Ok(KeyPage { items, next: page.next, total, as_of: None, notice })
    }

    /// One key.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::NotFound`], and those of the network.
    pub async fn get_key(&self, key: KeyRef) -> Result<KeyRow> {
        // Where the server does not have it any more, what is known of it stands in the register.
        if let Some(gone) = self.inner.register.find(key).filter(|one| one.entry.gone_at.is_some()) {
            return Ok(self.row(key.connection, gone.record));
        }
        let record = self
            .in_organization(key.connection, key.organization, |session| async move {
                session.server.get(&session.token, key.organization, key.key).await
            })
            .await?;
        self.inner.lists.mend((key.connection, key.organization), &record);
        Ok(self.row(key.connection, record))
    }

    /// Changes a key that is still at the version that was edited.
    ///
    /// # Errors
    /// Those of the network; somebody else's change is an answer, not an error.
    pub async fn update_key(&self, key: KeyRef, version: u32, change: KeyChange) -> Result<Update> {
        self.changeable(key.connection)?;
        let change = &change;
        let updated = self
            .in_organization(key.connection, key.organization, |session| async move {
                session.server.update(&session.token, key.organization, key.key, version, change).await
            })
            .await?;
        let (Updated::Saved(record) | Updated::Changed(record)) = &updated;
        self.inner.lists.mend((key.connection, key.organization), record);
        Ok(match updated {
            Updated::Saved(record) => Update::Saved { row: self.row(key.connection, record) },
            Updated::Changed(record) => Update::Changed { row: self.row(key.connection, record) },
        })
    }

    /// Revokes a key, and presents it to see that it is refused. Its secret is forgotten here once
    /// the server has refused it.
    ///
    /// # Errors
    /// Those of the network: then it is not known to be revoked.
    pub async fn revoke_key(&self, key: KeyRef) -> Result<Revocation> {
        self.changeable(key.connection)?;
        if self.is_registered(key)? {
            return self.revoke_registered(key).await;
        }
        let record = self
            .in_organization(key.connection, key.organization, |session| async move {
                session.server.revoke(&session.token, key.organization, key.key).await
            })
            .await?;
        self.inner.lists.mend((key.connection, key.organization), &record);
        let check = match self.held(key).await {
            Ok(Some(held)) => self.check_revoked(key, &held).await,
            Ok(None) => RevocationCheck::NotHeld,
            Err(error) => RevocationCheck::Failed { why: error.message },
        };
        if check == RevocationCheck::Refused {
            // A secret that proves nothing any more is of no use. Where it can't be forgotten, the
            // row goes on saying that it is held.
            if let Err(error) = self.forget_entry(key).await {
                self.inner.live.new_keys(|keys| keys.problems.insert(key, error.message));
            }
            self.publish_handoffs();
        }
        Ok(Revocation { row: self.row(key.connection, record), check })
    }

    pub(super) async fn check_revoked(&self, key: KeyRef, held: &Held) -> RevocationCheck {
        match self.present(key, held).await {
            Ok(probed) if probed.accepted => RevocationCheck::StillAccepted,
            Ok(_) => RevocationCheck::Refused,
            Err(error) => RevocationCheck::Failed { why: error.message },
        }
    }

    /// The server's record of a key.
    pub(super) async fn record_at_server(&self, key: KeyRef) -> Result<Key> {
        self.with_session(
            key.connection,
            |session| async move { session.server.get(&session.token, key.organization, key.key).await },
        )
        .await
    }

    pub(super) fn row(&self, connection: ConnectionId, key: Key) -> KeyRow {
        let reference = KeyRef { connection, organization: key.organization_id, key: key.id };
        let entry = self.inner.register.find(reference).map(|registered| registered.entry);
        KeyRow { custody: self.inner.journal.custody(reference), entry, key }
    }
}
