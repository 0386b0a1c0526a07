//! The register: taking in a key that exists elsewhere, and keys that are gone at their server.

use chrono::{DateTime, Utc};
use keydeck_domain::api::Page;
use keydeck_domain::api::keys::{KeyQuery, NewKey};
use keydeck_domain::{Key, KeyId, Name, Note, OrganizationId, PresentedKey, Scopes, Secret};

use super::Console;
use super::typed::typed;
use crate::connection::{ConnectionId, ServerKind};
use crate::error::{Error, ErrorCode, Result};
use crate::handoff::journal::{Place, Record, State};
use crate::keys::{KeyRef, KeyRow, Recognised, Revocation, RevocationCheck, TakeIn};
use crate::kinds::{self, Kind};
use crate::lists::select::select;
use crate::recognise;
use crate::register::{Entry, Registered};
use crate::servers::registered::record;

impl Console {
    /// What the person has copied seems to be, for this connection. Nothing is sent, taken in or cleared.
    ///
    /// # Errors
    /// [`ErrorCode::Clipboard`].
    pub async fn look_at_clipboard(&self, connection: ConnectionId) -> Result<Recognised> {
        let kind = kinds::find(self.stored(connection)?.kind)?;
        let (secret, _) = self.take_from_clipboard().await?;
        Ok(recognise::look(kind, &secret))
    }

    /// Takes a key in that the person has copied: from the clipboard into the keychain, and its record into the
    /// register. The clipboard is cleared if it still holds the key. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorCode::Clipboard`], [`ErrorCode::Invalid`] for a key of another system and a weak one,
    /// [`ErrorCode::Conflict`] for one that is here already, and those of the keychain.
    pub async fn take_key_in(&self, connection: ConnectionId, organization: OrganizationId, new: TakeIn) -> Result<KeyRow> {
        let stored = self.stored(connection)?;
        let kind = kinds::find(stored.kind)?;
        if !(kind.can)(stored.kind).take_in {
            return Err(Error::new(ErrorCode::Incompatible, "This server lists its keys itself: none need be taken in."));
        }
        let name: Name = typed("The name", &new.name)?;
        let note: Note = typed("The note", &new.note)?;
        let (secret, copied) = self.take_from_clipboard().await?;
        recognise::fits(kind, &secret)?;
        recognise::strong_enough(&secret)?;
        let asked = asked(kind, &secret, name, note, &new)?;
        self.not_here_yet(connection, organization, &secret).await?;
        let session = self.session(connection).await?;
        let by = session.server.user(&session.token).await?;
        let key = KeyRef { connection, organization, key: KeyId::generate() };
        let made = record(key.key, organization, asked.0, asked.1, &by);
        self.keep_taken(key, &made, &secret).await?;
        let entry = Entry { rotate_by: new.rotate_by, ..Entry::default() };
        if let Err(error) = self.inner.register.put(Registered { key, record: made.clone(), entry }).await {
            self.forget_entry(key).await?;
            return Err(error);
        }
        let _told_in_its_state = self.inner.countdown.clear_this(copied).await;
        Ok(self.row(connection, made))
    }

    /// Into the keychain, or not at all: unlike a new key it can be copied once more where it came from.
    async fn keep_taken(&self, key: KeyRef, made: &Key, secret: &Secret) -> Result<()> {
        let taken = Record {
            key,
            name: made.name.clone(),
            environment: made.environment,
            hint: made.hint.clone(),
            state: State::Kept,
            place: Place::Keychain,
            server_made: true,
            begun_at: made.created_at,
            asked: None,
        };
        // First, so that no entry of the keychain is ever unknown here.
        self.inner.journal.add(taken).await?;
        if let Err(error) = self.keep(key, made.name.as_str(), secret).await {
            self.inner.journal.remove(key).await?;
            return Err(error);
        }
        Ok(())
    }

    async fn not_here_yet(&self, connection: ConnectionId, organization: OrganizationId, secret: &Secret) -> Result<()> {
        for other in self.inner.register.of(connection, organization) {
            if self.held(other.key).await?.is_some_and(|held| held.secret == *secret) {
                return Err(Error::new(ErrorCode::Conflict, format!("This key is here already, as {}.", other.record.name)));
            }
        }
        Ok(())
    }

    /// Changes by when a key of the register should be replaced.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where it does not stand there.
    pub async fn set_rotate_by(&self, key: KeyRef, rotate_by: Option<DateTime<Utc>>) -> Result<KeyRow> {
        let mut registered = self.in_register(key)?;
        registered.entry.rotate_by = rotate_by;
        self.inner.register.put(registered.clone()).await?;
        Ok(self.row(key.connection, registered.record))
    }

    /// Takes a key out of the register, and its secret out of the keychain. At its system nothing changes.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where it does not stand there, and those of the keychain.
    pub async fn forget_registered(&self, key: KeyRef) -> Result<()> {
        self.in_register(key)?;
        self.forget_entry(key).await?;
        self.inner.register.forget(key).await?;
        self.publish_handoffs();
        Ok(())
    }

    fn in_register(&self, key: KeyRef) -> Result<Registered> {
        let missing = || Error::new(ErrorCode::NotFound, "There is no such key in the register any more.");
        self.inner.register.find(key).ok_or_else(missing)
    }

    /// Whether the register is the only list that this key stands in.
    pub(super) fn is_registered(&self, key: KeyRef) -> Result<bool> {
        let kind = self.stored(key.connection)?.kind;
        Ok((kinds::find(kind)?.can)(kind).take_in && self.inner.register.find(key).is_some())
    }

    /// A key that only its own system can end: it is tried first, and stands as revoked only once it is refused.
    pub(super) async fn revoke_registered(&self, key: KeyRef) -> Result<Revocation> {
        let registered = self.in_register(key)?;
        let check = match self.held(key).await? {
            Some(held) => self.check_revoked(key, &held).await,
            None => RevocationCheck::NotHeld,
        };
        if !matches!(check, RevocationCheck::Refused | RevocationCheck::NotHeld) {
            return Ok(Revocation { row: self.row(key.connection, registered.record), check });
        }
        let revoked = self
            .with_session(key.connection, |session| async move {
                session.server.revoke(&session.token, key.organization, key.key).await
            })
            .await?;
        self.forget_entry(key).await?;
        self.publish_handoffs();
        Ok(Revocation { row: self.row(key.connection, revoked), check })
    }

    /// The keys of the register that belong into this list although the server does not give them any more: those that
    /// the last list had and this one has not, and those found so before.
    pub(super) async fn gone(
        &self,
        connection: ConnectionId,
        organization: OrganizationId,
        query: &KeyQuery,
        page: &Page<Key>,
    ) -> Result<Vec<Key>> {
        let stored = self.stored(connection)?;
        let lists_itself = (kinds::find(stored.kind)?.can)(stored.kind).take_in;
        // Where a key is revoked it stays in the list, so none is ever missing.
        if lists_itself || matches!(stored.kind, ServerKind::Local | ServerKind::Keydeck) {
            return Ok(Vec::new());
        }
        let whole = page.next.is_none() && query.cursor.is_none() && page.total as usize == page.items.len();
        let unfiltered = KeyQuery { sort: query.sort, direction: query.direction, limit: query.limit, ..KeyQuery::default() };
        if whole && *query == unfiltered {
            self.compare(connection, organization, stored.user.map(|user| user.id), &page.items).await?;
        }
        if page.next.is_some() {
            return Ok(Vec::new());
        }
        let here = self.inner.register.of(connection, organization);
        let gone: Vec<Key> = here.into_iter().filter(|one| one.entry.gone_at.is_some()).map(|one| one.record).collect();
        Ok(select(&gone, query, Utc::now()))
    }

    async fn compare(
        &self,
        connection: ConnectionId,
        organization: OrganizationId,
        user: Option<keydeck_domain::UserId>,
        now: &[Key],
    ) -> Result<()> {
        let Some(user) = user else { return Ok(()) };
        let is_there = |id: KeyId| now.iter().any(|key| key.id == id);
        let before = self.inner.lists.find((connection, organization), user).await;
        let missing = before.iter().flat_map(|list| &list.keys).filter(|key| !is_there(key.id));
        for key in missing {
            let reference = KeyRef { connection, organization, key: key.id };
            if self.inner.register.find(reference).is_none() {
                let entry = Entry { gone_at: Some(Utc::now()), ..Entry::default() };
                self.inner.register.put(Registered { key: reference, record: key.clone(), entry }).await?;
            }
        }
        for back in self.inner.register.of(connection, organization) {
            if is_there(back.key.key) {
                self.inner.register.forget(back.key).await?;
            }
        }
        Ok(())
    }
}

/// What the text of a key tells of it counts more than what was chosen.
fn asked(kind: &Kind, secret: &Secret, name: Name, note: Note, new: &TakeIn) -> Result<(NewKey, keydeck_domain::Hint)> {
    let dialect = kind.dialect.unwrap_or_default();
    let unread = |_| Error::new(ErrorCode::Invalid, "What you copied is not a key of this system.");
    // Exposed to look at its form.
    let presented = PresentedKey::parse(dialect, secret.expose()).map_err(unread)?;
    let key = NewKey {
        name,
        environment: presented.environment.unwrap_or(new.environment),
        kind: presented.kind.unwrap_or_default(),
        scopes: Scopes::default(),
        expires_at: None,
        note,
        metadata: Default::default(),
        allowed_addresses: Vec::new(),
    };
    Ok((key, presented.hint()))
}
