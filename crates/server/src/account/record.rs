//! A person's row, as he changes it himself.

use keydeck_domain::api::sessions::User;

use crate::error::Error;
use crate::server::Server;
use crate::sessions::record::{SignedIn, StoredUser, user_mac};

/// Writes another name. The row's MAC covers who signs in, not what he is called.
pub(super) async fn rename(server: &Server, user: &User) -> Result<(), Error> {
    let mut writing = server.parts.store.write().await?;
    sqlx::query("UPDATE users SET name = ? WHERE id = ?").bind(user.name.as_str()).bind(user.id.0).execute(&mut *writing).await?;
    drop(writing.commit().await?);
    Ok(())
}

/// Writes another password and ends every session but the one that asks. `stored` is the row that the
/// password of now was found right for: where it has changed since, somebody else was faster.
pub(super) async fn set_password(server: &Server, signed_in: &SignedIn, stored: &StoredUser, hash: &str) -> Result<(), Error> {
    let user = &stored.user;
    let mut writing = server.parts.store.write().await?;
    let changed = sqlx::query("UPDATE users SET password = ?, mac = ? WHERE id = ? AND password = ?")
        .bind(hash)
        .bind(user_mac(&server.parts.subkeys, user.id, &user.email, hash).as_slice())
        .bind(user.id.0)
        .bind(&stored.password)
        .execute(&mut *writing)
        .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::InvalidCredentials);
    }
    sqlx::query("DELETE FROM sessions WHERE user_id = ? AND digest <> ?")
        .bind(user.id.0)
        .bind(signed_in.digest.as_slice())
        .execute(&mut *writing)
        .await?;
    drop(writing.commit().await?);
    Ok(())
}
