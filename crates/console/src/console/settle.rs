//! New keys whose create was not answered: each is asked for at its server. Found: unclaimed. Not
//! there: it can be sent again or forgotten. Offline or signed out: untouched.

use chrono::TimeDelta;
use keydeck_domain::Key;
use keydeck_domain::api::keys::{Direction, KeyQuery, KeySort, PAGE_MAX};

use super::Console;
use crate::connection::ConnectionId;
use crate::error::{Error, ErrorCode, Result};
use crate::handoff::Handoff;
use crate::handoff::journal::{Place, Record, State};
use crate::keys::KeyRef;
use crate::vault::Entry;

/// How far the server's clock may be off when an orphan is looked for by its time.
const SKEW: TimeDelta = TimeDelta::minutes(10);

impl Console {
    /// The new keys that are not settled, each asked for at its server.
    ///
    /// # Errors
    /// None: what can't be asked stays as it is.
    pub async fn handoffs(&self) -> Result<Vec<Handoff>> {
        self.settle_all(None).await;
        Ok(self.unsettled())
    }

    /// Forgets a create that never reached the server.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] where the server has the key after all, and those of the network:
    /// as long as it is not known, nothing is forgotten.
    pub async fn forget_handoff(&self, key: KeyRef) -> Result<Vec<Handoff>> {
        let record = self.new_key(key)?;
        if record.state == State::Pending && self.perhaps_at_server(&record).await?.is_some() {
            self.settle(&record).await?;
            self.publish_handoffs();
            let message = "The server has this key after all. Keep its secret, or discard the key.";
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        // A key whose secret is nowhere can be let go of: there is nothing to lose.
        if record.state != State::Pending && record.place != Place::Nowhere && self.held(key).await?.is_some() {
            let message = "The server has this key. Keep its secret, say that you have stored it, or discard the key.";
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        self.forget_entry(key).await?;
        Ok(self.publish_handoffs())
    }

    /// Settles what can be settled now, of one connection or of all.
    pub(super) async fn settle_all(&self, of: Option<ConnectionId>) {
        // One after the other: whoever asks gets an answer, not the word that somebody else is asking.
        let _one_at_a_time = self.inner.settling.lock().await;
        let before = self.unsettled();
        for record in self.inner.journal.all() {
            if record.state == State::Kept || of.is_some_and(|of| of != record.key.connection) {
                continue;
            }
            // Being created or sent again: whoever does that tells how it ended.
            let Some(_busy) = self.inner.live.busy(record.key) else { continue };
            if let Err(error) = self.settle(&record).await {
                tracing::debug!(code = ?error.code, "a new key could not be settled now");
            }
        }
        // Only what is new is told: whoever asks again when he is told would never end.
        if self.unsettled() != before {
            self.publish_handoffs();
        }
    }

    async fn settle(&self, record: &Record) -> Result<()> {
        let key = record.key;
        self.look_for_secret(record).await;
        if record.state == State::Pending {
            match self.found_at_server(record).await? {
                Some(found) if record.server_made => self.orphan(record, found).await?,
                Some(_) => self.registered(key).await?,
                None => {
                    self.inner.live.new_keys(|keys| keys.registered.insert(key, false));
                    if record.server_made || self.held(key).await?.is_none() {
                        // Neither a key nor a secret: there is nothing to settle.
                        return self.forget_entry(key).await;
                    }
                    let problem = "The key was never made at the server. Send it again, or forget it.";
                    self.inner.live.new_keys(|keys| keys.problems.insert(key, problem.to_owned()));
                }
            }
        }
        self.mourn(key).await
    }

    /// The program may have ended between keeping a secret in the keychain and writing that down.
    async fn look_for_secret(&self, record: &Record) {
        let key = record.key;
        let in_memory = self.inner.live.new_keys(|keys| keys.in_memory.contains_key(&key));
        if record.place != Place::Memory || in_memory {
            return;
        }
        if let Ok(Some(_)) = self.held(key).await
            && self.inner.journal.update(key, |record| record.place = Place::Keychain).await.is_err()
        {
            tracing::warn!("the register of new keys could not be written");
        }
    }

    /// Tells of a secret that is gone: it was in the memory of a program that ended, or somebody
    /// took it out of the keychain.
    async fn mourn(&self, key: KeyRef) -> Result<()> {
        let Some(record) = self.inner.journal.find(key) else { return Ok(()) };
        if record.place == Place::Nowhere || self.held(key).await?.is_some() {
            return Ok(());
        }
        self.inner.journal.update(key, |record| record.place = Place::Nowhere).await?;
        let problem = match (record.place, record.state) {
            (_, State::Pending) => "The secret is gone, and the key was never made. Forget it.",
            (Place::Memory, _) => {
                "Keydeck ended while the secret was in its memory alone: it is gone, unless you copied it. Discard the key if you did not."
            }
            _ => "The secret is no longer in the keychain. Discard the key if you have not stored it elsewhere.",
        };
        self.inner.live.new_keys(|keys| keys.problems.insert(key, problem.to_owned()));
        Ok(())
    }

    /// The same for who wants to forget it: of an organization that he is no member of any more nothing
    /// can be known, and nothing done.
    async fn perhaps_at_server(&self, record: &Record) -> Result<Option<Key>> {
        match self.found_at_server(record).await {
            Err(error) if error.code == ErrorCode::NotFound => Ok(None),
            other => other,
        }
    }

    /// The server's record of a key whose create was not answered. Who is no member any more can't
    /// know: that is an error, so that nothing is settled by it.
    async fn found_at_server(&self, record: &Record) -> Result<Option<Key>> {
        if record.server_made {
            return self.orphan_of(record).await;
        }
        let key = record.key;
        let answer = self
            .in_organization(key.connection, key.organization, |session| async move {
                session.server.get(&session.token, key.organization, key.key).await
            })
            .await;
        match answer {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.code == ErrorCode::NotFound => {
                let organizations = self.stored(key.connection)?.organizations;
                if organizations.iter().any(|known| known.id == key.organization) { Ok(None) } else { Err(error) }
            }
            Err(error) => Err(error),
        }
    }

    /// A key that the server made for us without our hearing of it: ours by name, environment, maker
    /// and time, and not known here otherwise.
    async fn orphan_of(&self, record: &Record) -> Result<Option<Key>> {
        let query = &KeyQuery {
            search: Some(record.name.as_str().to_owned()),
            environment: Some(record.environment),
            sort: KeySort::CreatedAt,
            direction: Direction::Descending,
            limit: Some(PAGE_MAX),
            ..KeyQuery::default()
        };
        let key = record.key;
        let page =
            self.with_session(key.connection, |session| async move {
                session.server.list(&session.token, key.organization, query).await
            })
            .await?;
        let me = self.stored(key.connection)?.user.map(|user| user.id);
        let mut ours = page.items.into_iter().filter(|found| {
            let known = self.inner.journal.find(KeyRef { key: found.id, ..key }).is_some();
            let near = (found.created_at - record.begun_at).abs() <= SKEW;
            let mine = me.is_none_or(|me| found.created_by.id == me);
            found.name == record.name && near && mine && !known && found.revoked_at.is_none()
        });
        // Newest first: the first is the one that was asked for last.
        Ok(ours.next())
    }

    async fn orphan(&self, record: &Record, found: Key) -> Result<()> {
        let real = KeyRef { key: found.id, ..record.key };
        let made = Record { key: real, hint: found.hint, state: State::Unclaimed, asked: None, ..record.clone() };
        // The program may have ended between keeping the secret and writing that down.
        let kept = self.observe(self.inner.vault.read(&Entry::KeySecret(real)).await)?;
        if kept.is_none() {
            return self.lost(record.key, made).await;
        }
        self.inner.journal.add(Record { place: Place::Keychain, ..made }).await?;
        self.inner.journal.remove(record.key).await
    }
}
