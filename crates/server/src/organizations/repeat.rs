//! How a repeated request for a new organization is recognised.

use keydeck_domain::api::organizations::NewOrganization;
use keydeck_domain::{OrganizationId, UserId};
use sha2::{Digest as _, Sha256};
use sqlx::{Row, SqliteConnection};

use crate::error::Error;
use crate::subkeys::Tag;
use crate::times;
use crate::web::repeat::REMEMBERED;

/// A request that can be repeated.
pub(super) struct Repeatable {
    user: UserId,
    /// What its `Idempotency-Key` is kept as.
    token: Tag,
    /// What its body is recognised by.
    creation: Tag,
}

impl Repeatable {
    pub(super) fn new(user: UserId, token: Tag, wanted: &NewOrganization) -> Self {
        let body = serde_json::to_vec(wanted).expect("a wish is texts and words");
        Self { user, token, creation: Sha256::digest(body).into() }
    }

    /// The organization that the same request made earlier.
    ///
    /// # Errors
    /// [`Error::IdempotencyMismatch`] where it was another request.
    pub(super) async fn earlier(&self, connection: &mut SqliteConnection) -> Result<Option<OrganizationId>, Error> {
        let row = sqlx::query("SELECT creation, organization_id FROM organization_idempotency WHERE user_id = ? AND token = ?")
            .bind(self.user.0)
            .bind(self.token.as_slice())
            .fetch_optional(connection)
            .await?;
        let Some(row) = row else { return Ok(None) };
        if row.try_get::<Vec<u8>, _>("creation")? != self.creation {
            return Err(Error::IdempotencyMismatch);
        }
        Ok(Some(OrganizationId(row.try_get("organization_id")?)))
    }

    /// Remembers what the request made, in the transaction that made it.
    pub(super) async fn made(&self, connection: &mut SqliteConnection, organization: OrganizationId) -> Result<(), Error> {
        let now = times::now();
        // Cleared away where rows are added, so that the table stays bounded by use.
        sqlx::query("DELETE FROM organization_idempotency WHERE created_at < ?")
            .bind(times::stored(now - REMEMBERED))
            .execute(&mut *connection)
            .await?;
        sqlx::query(
            "INSERT INTO organization_idempotency (user_id, token, creation, organization_id, created_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(self.user.0)
        .bind(self.token.as_slice())
        .bind(self.creation.as_slice())
        .bind(organization.0)
        .bind(times::stored(now))
        .execute(connection)
        .await?;
        Ok(())
    }
}
