//! What systems that are not Keydeck lack: ids that are UUIDs, people, organizations with roles.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use keydeck_domain::api::organizations::{AccessDefinition, Organization, ScopeDefinition};
use keydeck_domain::api::sessions::User;
use keydeck_domain::key::Person;
use keydeck_domain::{Access, Dialect, Email, Name, OrganizationId, Permission, Role, Scope, Scopes, TenantId, UserId};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::error::{Error, ErrorCode, Result};

/// Most ids that are remembered: far more than a list shows.
const KNOWN_MAX: usize = 100_000;

/// A foreign system's id as a UUID, the same every time: SHA-256 of namespace and id, in the form of version 8.
/// The namespace says what it is an id of: `better-auth key`.
#[must_use]
pub fn id(namespace: &str, foreign: &str) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(namespace.as_bytes());
    hash.update([0]);
    hash.update(foreign.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The way back from our ids to those of a system. Nothing is kept: a list fills it again.
#[derive(Default)]
pub struct Ids {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    foreign: HashMap<Uuid, String>,
    order: VecDeque<Uuid>,
}

impl Ids {
    /// As [`id`], and remembers it.
    pub fn learn(&self, namespace: &str, foreign: &str) -> Uuid {
        let id = id(namespace, foreign);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.foreign.insert(id, foreign.to_owned()).is_none() {
            known.order.push_back(id);
            if known.order.len() > KNOWN_MAX
                && let Some(oldest) = known.order.pop_front()
            {
                known.foreign.remove(&oldest);
            }
        }
        id
    }

    /// The system's own id. `None` where no list has told it since the start: list first, then ask again.
    #[must_use]
    pub fn find(&self, id: Uuid) -> Option<String> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).foreign.get(&id).cloned()
    }
}

/// Who is signed in at a system that knows no people. `host` stands in place of an e-mail address's domain.
///
/// # Errors
/// [`ErrorCode::BadAnswer`] where the host can't stand there.
pub fn nobody(title: &str, host: &str) -> Result<User> {
    let email: Email = format!("key@{host}").parse().map_err(|_| bad())?;
    let name: Name = title.parse().map_err(|_| bad())?;
    Ok(User { id: UserId(id("nobody", host)), email, name })
}

/// The same as who made a key.
#[must_use]
pub fn person(user: &User) -> Person {
    Person { id: user.id, email: user.email.clone() }
}

/// An organization of who is signed in: its owner, as far as the system knows none of our roles. Its scopes and accesses
/// are those of the dialect; an adapter that knows better changes them.
///
/// # Errors
/// [`ErrorCode::BadAnswer`] where a part can't be read.
pub fn organization(id: OrganizationId, name: &str, dialect: Dialect, tenant: Option<TenantId>) -> Result<Organization> {
    let catalogue = dialect.contract().catalogue;
    let scope = |word: &str| word.parse::<Scope>().map_err(|_| bad());
    let scopes: Vec<ScopeDefinition> = catalogue
        .iter()
        .map(|(word, description)| Ok(ScopeDefinition { scope: scope(word)?, description: (*description).to_owned() }))
        .collect::<Result<_>>()?;
    let all: Scopes = scopes.iter().map(|definition| definition.scope.clone()).collect();
    let accesses = [Access::ReadOnly, Access::WriteOnly, Access::Full];
    let named = |access: Access| AccessDefinition { access, scopes: access.of(scopes.iter().map(|one| &one.scope)) };
    let accesses = accesses.into_iter().map(named).collect();
    Ok(Organization {
        id,
        name: printable(name)?,
        prefix: "key".parse().map_err(|_| bad())?,
        dialect,
        tenant,
        role: Role::Owner,
        accesses,
        scopes,
        presets: Vec::new(),
        grantable: all,
        permissions: vec![Permission::See, Permission::CreateKeys, Permission::ChangeOwnKeys, Permission::ChangeAllKeys],
        version: 0,
    })
}

/// A name that a foreign server gives: what can't stand in one is left out, and what is too long is cut.
///
/// # Errors
/// [`ErrorCode::BadAnswer`] where nothing of it is left.
pub fn printable(name: &str) -> Result<Name> {
    let clean: String = name.chars().filter(|c| !keydeck_domain::name::deceives(*c)).take(80).collect();
    clean.trim().parse().or_else(|_| "(without a name)".parse()).map_err(|_| bad())
}

fn bad() -> Error {
    Error::new(ErrorCode::BadAnswer, "The server's answer is not in the form that was expected.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_is_the_same_every_time() {
        let ids = Ids::default();
        let made = ids.learn("memory-api key", "key_abc123");
        assert_eq!(made, id("memory-api key", "key_abc123"));
        assert_ne!(made, id("memory-api organization", "key_abc123"));
        assert_ne!(id("a", "bc"), id("ab", "c"));
        assert_eq!(ids.find(made).as_deref(), Some("key_abc123"));
        assert_eq!(ids.find(Uuid::nil()), None);
    }

    #[test]
    fn every_dialect_makes_an_organization() {
        for dialect in Dialect::ALL {
            let made = organization(OrganizationId(id("x", "y")), "Northwind", dialect, None).expect("an organization");
            assert!(made.accesses.iter().all(|access| !access.scopes.spaced().contains("admin")), "{dialect}");
        }
    }

    proptest! {
        #[test]
        fn any_name_can_be_shown(name in "\\PC{0,300}|[\\x00-\\x20\u{202e}<>&]{0,20}") {
            let shown = printable(&name).expect("a name");
            prop_assert!(!shown.as_str().chars().any(keydeck_domain::name::deceives));
        }
    }
}
