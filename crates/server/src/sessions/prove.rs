//! How somebody shows with a password who he is: at sign-in, before a password is changed, and when a
//! known person accepts an invitation. All are slowed alike, or the slowest would be gone round.

use std::net::IpAddr;
use std::time::Instant;

use keydeck_domain::{Email, Password};

use super::record::{StoredUser, user_by_email};
use crate::error::Error;
use crate::server::Server;

/// The person whose address and password these are; none where they don't belong together. Unknown
/// people cost the same work. Without an address, as behind a proxy, only the account is slowed.
pub(crate) async fn prove(
    server: &Server,
    email: &Email,
    password: Password,
    address: Option<IpAddr>,
) -> Result<Option<StoredUser>, Error> {
    let parts = &server.parts;
    parts.throttle.begin(email.as_str(), address, Instant::now())?;
    let stored = {
        let mut connection = parts.store.read().await?;
        user_by_email(&mut connection, &parts.subkeys, email).await?
    };
    let hash = stored.as_ref().map(|stored| stored.password.clone());
    if !parts.passwords.verify(password, hash).await? {
        return Ok(None);
    }
    parts.throttle.succeed(email.as_str(), address);
    Ok(stored)
}
