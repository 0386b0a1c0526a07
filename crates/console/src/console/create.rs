//! Making a key, so that its secret can't be lost: journal, then keychain, then the request.

use chrono::Utc;
use std::future::Future;

use keydeck_domain::api::keys::{NewKey, RegisterKey};
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::{Digest, Environment, Hint, KeyId, OrganizationId, Prefix, PresentedKey, Secret};

use super::Console;
use super::session::Session;
use super::state::internal;
use crate::connection::ConnectionId;
use crate::error::{Error, ErrorCode, Result};
use crate::handoff::Handoff;
use crate::handoff::journal::{Place, Record, State};
use crate::keys::KeyRef;
use crate::servers::{CreateFailure, KeyServer};

impl Console {
    /// Makes a key. Where the server's answer is lost, the handoff says so and the secret is safe;
    /// an error means that no key was made.
    ///
    /// # Errors
    /// Those of the network and of the server's rules.
    pub async fn create_key(&self, connection: ConnectionId, organization: OrganizationId, new: NewKey) -> Result<Handoff> {
        self.changeable(connection)?;
        // Asked first, so that a session that is over is found before anything is written.
        let session = self.session(connection).await.inspect_err(|error| self.note(connection, error))?;
        let owner = self.organization(connection, organization).await?;
        let key = KeyRef { connection, organization, key: KeyId::generate() };
        let _busy = self.inner.live.busy(key);
        // From here on the person is told of what there is, however this ends.
        let _telling = self.telling();
        if session.server.capabilities().client_made_secrets {
            self.create_here(key, session.server.as_ref(), &owner, new).await
        } else {
            self.create_there(key, &owner.prefix, new).await
        }
    }

    /// Sends a create again that was not answered.
    ///
    /// # Errors
    /// [`ErrorCode::NotInKeychain`] where its secret is gone, and as [`Console::create_key`].
    pub async fn resend_handoff(&self, key: KeyRef) -> Result<Handoff> {
        // What is being asked about new keys in the background ends first: then it is known whether
        // this one must be sent at all.
        let _settled = self.inner.settling.lock().await;
        let record = self.new_key(key)?;
        let Some(_busy) = self.inner.live.busy(key) else {
            return Err(Error::new(ErrorCode::Conflict, "This key is being worked on. Please wait."));
        };
        let _telling = self.telling();
        if record.state != State::Pending {
            return Ok(self.handoff(&record));
        }
        let (Some(new), false) = (record.asked.clone(), record.server_made) else {
            let message = "The server makes this secret, so sending it again could make a second key. Make another one instead.";
            return Err(Error::new(ErrorCode::Conflict, message));
        };
        let held = self.held_for_sure(key).await?;
        if record.place == Place::Memory {
            self.try_keychain(&record, &held.secret).await?;
        }
        self.register(&record, &held.secret, new).await
    }

    async fn create_here(&self, key: KeyRef, server: &dyn KeyServer, owner: &Organization, new: NewKey) -> Result<Handoff> {
        let secret = server.make_secret(owner, &new)?;
        // Exposed to take its visible part from it.
        let hint = PresentedKey::parse(owner.dialect, secret.expose()).map_err(internal)?.hint();
        let record = Record {
            key,
            name: new.name.clone(),
            environment: new.environment,
            hint,
            state: State::Pending,
            place: Place::Memory,
            server_made: false,
            begun_at: Utc::now(),
            asked: Some(new.clone()),
        };
        self.inner.journal.add(record.clone()).await?;
        self.try_keychain(&record, &secret).await?;
        self.register(&record, &secret, new).await
    }

    /// Puts a new secret into the keychain, or, where there is none, keeps it in memory and says so.
    async fn try_keychain(&self, record: &Record, secret: &Secret) -> Result<()> {
        let key = record.key;
        // In memory first, and called kept only when it is: if this is cancelled in between, it is in
        // one of the two, and the journal does not promise more than there is.
        self.inner.live.new_keys(|keys| keys.in_memory.insert(key, secret.duplicate()));
        match self.keep(key, record.name.as_str(), secret).await {
            Ok(()) => {
                self.inner.journal.update(key, |record| record.place = Place::Keychain).await?;
                self.inner.live.new_keys(|keys| {
                    keys.in_memory.remove(&key);
                    keys.problems.remove(&key);
                });
            }
            Err(error) => {
                let problem =
                    format!("{} The secret is in this program's memory alone and goes with it: copy it now.", error.message);
                self.inner.live.new_keys(|keys| keys.problems.insert(key, problem));
            }
        }
        Ok(())
    }

    async fn register(&self, record: &Record, secret: &Secret, new: NewKey) -> Result<Handoff> {
        let key = record.key;
        let registration = &RegisterKey { key: new, digest: Digest::of(secret), hint: record.hint.clone() };
        let answer = self
            .sent(key.connection, |session| async move {
                session.server.register(&session.token, key.organization, key.key, registration).await
            })
            .await;
        match answer {
            Ok(_) => {
                self.registered(key).await?;
                self.find_handoff(key)
            }
            Err(failure) if failure.perhaps_made => {
                self.unanswered(key, &failure.error);
                self.find_handoff(key)
            }
            Err(failure) => {
                // Surely not made: nothing of it is needed any more.
                self.forget_entry(key).await?;
                Err(self.as_a_member(key.connection, key.organization, failure.error).await)
            }
        }
    }

    /// The server makes id and secret. Sent once; the answer's secret goes into the keychain before
    /// anything else is done with it.
    async fn create_there(&self, key: KeyRef, prefix: &Prefix, new: NewKey) -> Result<Handoff> {
        let record = Record {
            key,
            name: new.name.clone(),
            environment: new.environment,
            hint: unknown_hint(prefix, new.environment)?,
            state: State::Pending,
            place: Place::Nowhere,
            server_made: true,
            begun_at: Utc::now(),
            asked: Some(new.clone()),
        };
        self.inner.journal.add(record.clone()).await?;
        let asked = &new;
        let answer = self
            .sent(key.connection, |session| async move { session.server.create(&session.token, key.organization, asked).await })
            .await;
        let issued = match answer {
            Ok(issued) => issued,
            Err(failure) if failure.perhaps_made => {
                self.unanswered(key, &failure.error);
                return self.find_handoff(key);
            }
            Err(failure) => {
                self.forget_entry(key).await?;
                return Err(self.as_a_member(key.connection, key.organization, failure.error).await);
            }
        };
        let real = KeyRef { key: issued.key.id, ..key };
        let made = Record { key: real, hint: issued.key.hint.clone(), state: State::Unclaimed, asked: None, ..record };
        let Some(secret) = issued.secret else {
            self.lost(key, made).await?;
            return self.find_handoff(real);
        };
        self.inner.live.new_keys(|keys| keys.in_memory.insert(real, secret.duplicate()));
        let kept = self.keep(real, made.name.as_str(), &secret).await;
        let place = if kept.is_ok() { Place::Keychain } else { Place::Memory };
        self.inner.journal.add(Record { place, ..made }).await?;
        self.inner.journal.remove(key).await?;
        self.inner.live.new_keys(|keys| match kept {
            Ok(()) => drop(keys.in_memory.remove(&real)),
            Err(error) => {
                let problem = format!("{} The secret is in this program's memory alone: copy it now.", error.message);
                keys.problems.insert(real, problem);
            }
        });
        self.find_handoff(real)
    }

    /// The server has a key whose secret nobody has.
    pub(super) async fn lost(&self, begun_as: KeyRef, made: Record) -> Result<()> {
        let real = made.key;
        self.inner.journal.add(Record { place: Place::Nowhere, state: State::Unclaimed, ..made }).await?;
        if begun_as != real {
            self.inner.journal.remove(begun_as).await?;
        }
        let problem = "The server made this key, but the answer with its secret was lost: nobody has it. Discard the key and make another one.";
        self.inner.live.new_keys(|keys| keys.problems.insert(real, problem.to_owned()));
        Ok(())
    }

    /// The server has the key.
    pub(super) async fn registered(&self, key: KeyRef) -> Result<()> {
        let update = self.inner.journal.update(key, |record| {
            record.state = State::Unclaimed;
            record.asked = None;
        });
        update.await?;
        self.inner.live.new_keys(|keys| {
            keys.registered.insert(key, true);
            if !keys.in_memory.contains_key(&key) {
                keys.problems.remove(&key);
            }
        });
        Ok(())
    }

    fn unanswered(&self, key: KeyRef, error: &Error) {
        let problem = format!(
            "{} It is not known whether the key was made. The secret is safe, if there is one: send it again.",
            error.message
        );
        self.inner.live.new_keys(|keys| {
            keys.registered.remove(&key);
            keys.problems.insert(key, problem);
        });
    }

    fn find_handoff(&self, key: KeyRef) -> Result<Handoff> {
        self.new_key(key).map(|record| self.handoff(&record))
    }

    /// Like `with_session`, with the failure that tells whether something was made.
    async fn sent<T, F, Fut>(&self, connection: ConnectionId, work: F) -> std::result::Result<T, CreateFailure>
    where
        T: Send,
        F: Fn(Session) -> Fut + Send + Sync,
        Fut: Future<Output = std::result::Result<T, CreateFailure>> + Send,
    {
        let work = &work;
        let answer = self
            .with_session(connection, |session| async move {
                match work(session).await {
                    // Passed on as an error: a session that is over is got again on this computer.
                    Err(failure) if failure.error.code == ErrorCode::SignedOut && !failure.perhaps_made => Err(failure.error),
                    other => Ok(other),
                }
            })
            .await;
        let answer = answer.unwrap_or_else(|error| Err(CreateFailure { error, perhaps_made: false }));
        if let Err(failure) = &answer {
            self.note(connection, &failure.error);
        }
        answer
    }

    /// An organization of who is signed in.
    async fn organization(&self, connection: ConnectionId, id: OrganizationId) -> Result<Organization> {
        let find = |all: Vec<Organization>| all.into_iter().find(|organization| organization.id == id);
        if let Some(known) = find(self.stored(connection)?.organizations) {
            return Ok(known);
        }
        let refreshed = self.refresh_connection(connection).await?;
        find(refreshed.organizations).ok_or_else(|| Error::new(ErrorCode::NotFound, "There is no such organization any more."))
    }
}

/// Stands for the hint until the server has told it.
fn unknown_hint(prefix: &Prefix, environment: Environment) -> Result<Hint> {
    format!("{prefix}_{environment}_xxxx…xxxx").parse().map_err(internal)
}
