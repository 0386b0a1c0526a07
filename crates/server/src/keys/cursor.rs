//! Cursors: where a page ends, bound to the organization, the filter and the sorting that it belongs
//! to, and authenticated, so that nobody can make one up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keydeck_domain::api::audit::AuditQuery;
use keydeck_domain::api::keys::KeyQuery;
use keydeck_domain::api::usage::StaleQuery;
use keydeck_domain::{KeyId, OrganizationId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::Error;
use crate::subkeys::{MacKey, Tag, same};

/// Bytes of the MAC that a cursor carries.
const MAC: usize = 16;
/// Longest cursor that is looked at: a name of 100 characters in its longest lower case, and the rest.
const LONGEST: usize = 4_096;

/// What rows are sorted by, of the last row of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum SortValue {
    Number(i64),
    Text(String),
}

/// The last row of a page.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) value: SortValue,
    pub(super) id: KeyId,
}

/// Seals a position for the same filter and sorting.
pub(super) fn seal(key: &MacKey, organization: OrganizationId, query: &KeyQuery, position: &Position) -> String {
    let payload = serde_json::to_vec(position).expect("a position is a text or a number, and an id");
    sealed(key, &binding(organization, query), payload)
}

/// Opens a cursor that was sealed for this filter and sorting.
pub(super) fn open(key: &MacKey, organization: OrganizationId, query: &KeyQuery, text: &str) -> Result<Position, Error> {
    let payload = opened(key, &binding(organization, query), text)?;
    serde_json::from_slice(&payload).map_err(|_| refused())
}

/// Seals the number of an audit entry for the same filter.
pub(crate) fn seal_sequence(key: &MacKey, organization: OrganizationId, query: &AuditQuery, sequence: i64) -> String {
    sealed(key, &audit_binding(organization, query), sequence.to_be_bytes().to_vec())
}

/// Opens the number of an audit entry that was sealed for this filter.
pub(crate) fn open_sequence(key: &MacKey, organization: OrganizationId, query: &AuditQuery, text: &str) -> Result<i64, Error> {
    let payload = opened(key, &audit_binding(organization, query), text)?;
    payload.try_into().map(i64::from_be_bytes).map_err(|_| refused())
}

/// Seals a key's last use, -1 for never, and its id, for a list of keys that could go.
pub(crate) fn seal_stale(key: &MacKey, organization: OrganizationId, query: &StaleQuery, used: i64, id: KeyId) -> String {
    let payload = [used.to_be_bytes().as_slice(), id.as_bytes()].concat();
    sealed(key, &stale_binding(organization, query), payload)
}

/// Opens what was sealed for the same list.
pub(crate) fn open_stale(
    key: &MacKey,
    organization: OrganizationId,
    query: &StaleQuery,
    text: &str,
) -> Result<(i64, KeyId), Error> {
    let payload = opened(key, &stale_binding(organization, query), text)?;
    let (used, id) = payload.split_first_chunk::<8>().ok_or_else(refused)?;
    let id = Uuid::from_slice(id).map_err(|_| refused())?;
    Ok((i64::from_be_bytes(*used), KeyId(id)))
}

/// What a cursor belongs to: all of the query but the page itself.
fn binding(organization: OrganizationId, query: &KeyQuery) -> Tag {
    let bound = KeyQuery { cursor: None, limit: None, ..query.clone() };
    let text = serde_json::to_vec(&bound).expect("a query is texts and words");
    Sha256::new().chain_update(b"keys").chain_update(organization.as_bytes()).chain_update(text).finalize().into()
}

fn audit_binding(organization: OrganizationId, query: &AuditQuery) -> Tag {
    let bound = AuditQuery { cursor: None, limit: None, ..query.clone() };
    let text = serde_json::to_vec(&bound).expect("a query is texts and words");
    Sha256::new().chain_update(b"audit").chain_update(organization.as_bytes()).chain_update(text).finalize().into()
}

fn stale_binding(organization: OrganizationId, query: &StaleQuery) -> Tag {
    let days = query.days.to_be_bytes();
    Sha256::new().chain_update(b"stale").chain_update(organization.as_bytes()).chain_update(days).finalize().into()
}

fn sealed(key: &MacKey, binding: &Tag, payload: Vec<u8>) -> String {
    let mut bytes = key.over("cursor", &[binding, &payload])[..MAC].to_vec();
    bytes.extend(payload);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn opened(key: &MacKey, binding: &Tag, text: &str) -> Result<Vec<u8>, Error> {
    if text.len() > LONGEST {
        return Err(refused());
    }
    let mut bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| refused())?;
    if bytes.len() < MAC {
        return Err(refused());
    }
    let payload = bytes.split_off(MAC);
    if same(&bytes, &key.over("cursor", &[binding, &payload])[..MAC]) { Ok(payload) } else { Err(refused()) }
}

fn refused() -> Error {
    Error::InvalidRequest("the cursor does not belong to this list, filter and sorting: begin at the first page".to_owned())
}

/// The id before every other, where a list begins.
pub(crate) const FIRST_ID: Uuid = Uuid::nil();

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use keydeck_domain::api::keys::KeySort;
    use proptest::prelude::*;

    use super::*;
    use crate::pepper::Pepper;
    use crate::subkeys::Subkeys;

    fn keys() -> Subkeys {
        Subkeys::of(&Pepper::from_bytes([3; 32]))
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens(text: String, number: i64, search: Option<String>) {
            let (keys, organization) = (keys(), OrganizationId::generate());
            let query = KeyQuery { search, ..KeyQuery::default() };
            for value in [SortValue::Text(text), SortValue::Number(number)] {
                let position = Position { value, id: KeyId::generate() };
                let cursor = seal(&keys.cursor, organization, &query, &position);
                prop_assert_eq!(open(&keys.cursor, organization, &query, &cursor).unwrap(), position);
            }
        }

        #[test]
        fn a_changed_cursor_is_refused(at: prop::sample::Index, bit in 0_u8..8) {
            let (keys, organization, query) = (keys(), OrganizationId::generate(), KeyQuery::default());
            let position = Position { value: SortValue::Number(7), id: KeyId::generate() };
            let cursor = seal(&keys.cursor, organization, &query, &position);
            let mut bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let cursor = URL_SAFE_NO_PAD.encode(bytes);
            prop_assert!(open(&keys.cursor, organization, &query, &cursor).is_err());
        }

        #[test]
        fn anything_else_is_refused(text in ".{0,80}") {
            let (keys, organization) = (keys(), OrganizationId::generate());
            prop_assert!(open(&keys.cursor, organization, &KeyQuery::default(), &text).is_err());
            prop_assert!(open_sequence(&keys.cursor, organization, &AuditQuery::default(), &text).is_err());
        }
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let (keys, organization, query) = (keys(), OrganizationId::generate(), KeyQuery::default());
        let position = Position { value: SortValue::Number(7), id: KeyId::generate() };
        let cursor = seal(&keys.cursor, organization, &query, &position);
        let other = KeyQuery { sort: KeySort::Name, ..query.clone() };
        assert!(open(&keys.cursor, organization, &other, &cursor).is_err());
        assert!(open(&keys.cursor, OrganizationId::generate(), &query, &cursor).is_err());
        let more = KeyQuery { limit: Some(7), cursor: Some(cursor.clone()), ..query };
        assert!(open(&keys.cursor, organization, &more, &cursor).is_ok(), "the size of a page may change");
        let log = AuditQuery::default();
        let number = seal_sequence(&keys.cursor, organization, &log, 9);
        assert_eq!(open_sequence(&keys.cursor, organization, &log, &number).unwrap(), 9);
        assert!(open_sequence(&keys.cursor, OrganizationId::generate(), &log, &number).is_err());
        let narrower = AuditQuery { search: Some("x".to_owned()), ..log };
        assert!(open_sequence(&keys.cursor, organization, &narrower, &number).is_err());
    }
}
