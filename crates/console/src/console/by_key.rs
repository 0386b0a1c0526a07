//! Signing in with a key that exists already, and what is taken from the clipboard.

use keydeck_domain::{Secret, TenantId};

use super::Console;
use super::typed::typed;
use crate::connection::{Connection, ConnectionId};
use crate::error::{Error, ErrorCode, Result};
use crate::kinds::{self, SignInWith};
use crate::recognise;

impl Console {
    /// Signs in with a key that the person has copied. It goes from the clipboard to the server that the connection
    /// names and into the keychain; the page never holds it. The clipboard is cleared if it still holds the key.
    ///
    /// # Errors
    /// [`ErrorCode::Clipboard`], [`ErrorCode::Invalid`] for a key of another system, [`ErrorCode::WrongCredentials`],
    /// and those of the network.
    pub async fn sign_in_from_clipboard(&self, id: ConnectionId, tenant: Option<String>) -> Result<Connection> {
        let mut stored = self.stored(id)?;
        let kind = kinds::find(stored.kind)?;
        if kind.sign_in != SignInWith::Key {
            return Err(Error::new(ErrorCode::Invalid, "Nobody signs in to this server with a key."));
        }
        let tenant = tenant.filter(|tenant| !tenant.trim().is_empty());
        let tenant: Option<TenantId> = tenant.map(|tenant| typed("The tenant", &tenant)).transpose()?;
        if kind.tenant {
            stored.tenant = tenant.or(stored.tenant);
        }
        let (secret, copied) = self.take_from_clipboard().await?;
        recognise::fits(kind, &secret)?;
        let (server, bound_to) = self.server(&stored).await?;
        if let Some(obstacle) = self.obstacle(id, server.as_ref()).await? {
            return Err(obstacle);
        }
        let signed_in = server.sign_in_with_key(&secret, stored.tenant.as_ref()).await?;
        let _told_in_its_state = self.inner.countdown.clear_this(copied).await;
        let tenant = stored.tenant.clone();
        let change = self.inner.settings.change(move |settings| {
            for stored in settings.connections.iter_mut().filter(|stored| stored.id == id) {
                stored.tenant.clone_from(&tenant);
            }
        });
        change.await?;
        self.enter(&stored, &bound_to, signed_in).await
    }

    /// The text that the person has copied: without the blanks and the line end that were copied along, and as it is,
    /// to be cleared.
    pub(super) async fn take_from_clipboard(&self) -> Result<(Secret, Secret)> {
        let copied = self.inner.countdown.read().await?;
        // Exposed to cut off the blanks; both wipe themselves.
        let secret = Secret::new(copied.expose().trim().to_owned());
        // Exposed to see that there is something.
        if secret.expose().is_empty() {
            return Err(Error::new(ErrorCode::Clipboard, "The clipboard is empty. Copy the key, then try again."));
        }
        Ok((secret, copied))
    }
}
