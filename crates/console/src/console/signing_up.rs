//! Making an account at a system that lets anybody make one. Its first key is all there is of the account: it goes into the
//! keychain before anything else is done with it.

use chrono::Utc;
use keydeck_domain::{Email, Name, SessionToken};

use super::Console;
use super::typed::typed;
use crate::connection::{Connection, ConnectionId};
use crate::error::{Error, ErrorCode, Result};
use crate::handoff::journal::{Place, Record, State};
use crate::keys::KeyRef;
use crate::servers::{SignedIn, SignedUp};

impl Console {
    /// Signs up, and connects with the first key that comes of it. The key stands among the new ones until the person
    /// has said what is to become of it.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] where there is such an account, [`ErrorCode::Incompatible`] where nobody signs up from
    /// here, and those of the network.
    pub async fn sign_up(&self, id: ConnectionId, email: String, name: String) -> Result<Connection> {
        let email: Email = typed("The e-mail address", &email)?;
        let name: Name = typed("The name", &name)?;
        let stored = self.stored(id)?;
        let (server, bound_to) = self.server(&stored).await?;
        if let Some(obstacle) = self.obstacle(id, server.as_ref()).await? {
            return Err(obstacle);
        }
        let SignedUp { organization, first, user } = server.sign_up(&email, &name).await.map_err(|failure| {
            let lost =
                "It may have worked all the same: then the account has a key that nobody has, and its owner must ask there.";
            let Error { code, message, retry_after } = failure.error;
            let message = if failure.perhaps_made { format!("{message} {lost}") } else { message };
            Error { retry_after, ..Error::new(code, message) }
        })?;
        let missing = || Error::new(ErrorCode::BadAnswer, "The server made an account and told no key of it.");
        let secret = first.secret.ok_or_else(missing)?;
        let key = KeyRef { connection: id, organization, key: first.key.id };
        let _telling = self.telling();
        self.inner.live.new_keys(|keys| keys.in_memory.insert(key, secret.duplicate()));
        let kept = self.keep(key, first.key.name.as_str(), &secret).await;
        let record = Record {
            key,
            name: first.key.name,
            environment: first.key.environment,
            hint: first.key.hint,
            state: State::Unclaimed,
            place: if kept.is_ok() { Place::Keychain } else { Place::Memory },
            server_made: true,
            begun_at: Utc::now(),
            asked: None,
        };
        self.inner.journal.add(record).await?;
        self.inner.live.new_keys(|keys| match kept {
            Ok(()) => drop(keys.in_memory.remove(&key)),
            Err(error) => {
                let problem = format!(
                    "{} The account's only key is in this program's memory alone and goes with it: copy it now.",
                    error.message
                );
                keys.problems.insert(key, problem);
            }
        });
        // Exposed to become a token, in another type that wipes itself as well.
        let token = SessionToken::new(secret.expose().to_owned());
        self.enter(&stored, &bound_to, SignedIn { token, user }).await
    }
}
