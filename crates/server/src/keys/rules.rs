//! What a key may be: the limits of the wire, and who may grant what.

use chrono::{DateTime, SubsecRound, Utc};
use keydeck_domain::api::keys::{ADDRESSES_MAX, METADATA_MAX, NewKey};
use keydeck_domain::key::Metadata;
use keydeck_domain::name::deceives;
use keydeck_domain::scope::SCOPES_MAX;
use keydeck_domain::{AddressRange, Dialect, Hint, KeyKind, Permission, Scope, Scopes};
use sha2::{Digest, Sha256};

use crate::auth::member::Member;
use crate::error::Error;
use crate::organizations::record::OrganizationRecord;
use crate::subkeys::Tag;

/// Longest name of a metadata pair, in characters.
const PAIR_NAME_MAX: usize = 64;
/// Longest value of a metadata pair, in characters.
const PAIR_VALUE_MAX: usize = 512;

/// The one form of a wish: times no finer than they are stored, each address once, in order. Equal
/// wishes are then equal however they were written.
pub(super) fn canonical(mut wanted: NewKey) -> NewKey {
    wanted.expires_at = wanted.expires_at.map(|at| at.trunc_subsecs(6));
    wanted.allowed_addresses.sort_unstable();
    wanted.allowed_addresses.dedup();
    wanted
}

/// What a repeated request is recognised by.
pub(crate) fn creation(wanted: &NewKey, hint: Option<&str>) -> Tag {
    let text = serde_json::to_vec(&(wanted, hint)).expect("a wish is texts, words and times");
    Sha256::digest(text).into()
}

/// Checks who makes a new key, and its fields.
pub(super) fn check_new(wanted: &NewKey, member: &Member, now: DateTime<Utc>) -> Result<(), Error> {
    if !member.role.may(Permission::CreateKeys) {
        return Err(Error::Forbidden { missing: None });
    }
    check_expiry(wanted.expires_at, now)?;
    check_metadata(&wanted.metadata)?;
    check_addresses(&wanted.allowed_addresses)?;
    check_kind(wanted.kind, &wanted.scopes, member.organization.dialect)?;
    check_scopes(&wanted.scopes, &Scopes::default(), member)
}

/// What is told of a client's own secret fits what keys of this kind begin with.
pub(super) fn check_hint(hint: &Hint, wanted: &NewKey, member: &Member) -> Result<(), Error> {
    let OrganizationRecord { dialect, prefix, .. } = &member.organization;
    if *dialect == Dialect::Keydeck {
        let Some((hinted, environment)) = hint.native() else {
            return Err(invalid("`hint` must be `prefix_environment_abcd…wxyz`"));
        };
        if hinted != prefix.as_str() {
            return Err(invalid("`hint` must have the organization's prefix"));
        }
        if environment != wanted.environment {
            return Err(invalid("`hint` must have the key's environment"));
        }
        return Ok(());
    }
    let lead = dialect.lead(prefix, wanted.environment, wanted.kind);
    // A token that is random from its first character can have a separator among the first four.
    if lead == hint.lead() || lead.is_empty() { Ok(()) } else { Err(invalid(&format!("`hint` must begin with `{lead}`"))) }
}

/// A publishable key stands where everybody reads it: a dialect that has them lets them see, and no more.
pub(super) fn check_kind(kind: KeyKind, scopes: &Scopes, dialect: Dialect) -> Result<(), Error> {
    let contract = dialect.contract();
    if kind == KeyKind::Secret || dialect == Dialect::Keydeck {
        return Ok(());
    }
    if !contract.kinds {
        return Err(invalid(&format!("`kind`: {} has no publishable keys", contract.title)));
    }
    if scopes.0.iter().any(|scope| scope.as_str() != "read") {
        return Err(invalid("`scopes`: a publishable key can have `read` alone"));
    }
    Ok(())
}

/// A time of expiry lies ahead.
pub(super) fn check_expiry(expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), Error> {
    // What is beyond the year 9999 can't be written as RFC 3339 tells.
    let end = DateTime::from_timestamp(253_402_300_800, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    match expires_at {
        Some(at) if at <= now => Err(invalid("`expires_at` must lie in the future")),
        Some(at) if at >= end => Err(invalid("`expires_at` must lie before the year 10000")),
        _ => Ok(()),
    }
}

/// The limits of [`Metadata`].
pub(super) fn check_metadata(metadata: &Metadata) -> Result<(), Error> {
    if metadata.len() > METADATA_MAX {
        return Err(invalid(&format!("`metadata` must have at most {METADATA_MAX} pairs")));
    }
    for (name, value) in metadata {
        if name.is_empty() || name.chars().count() > PAIR_NAME_MAX {
            return Err(invalid(&format!("`metadata`: a name must have 1 to {PAIR_NAME_MAX} characters")));
        }
        if value.chars().count() > PAIR_VALUE_MAX {
            return Err(invalid(&format!("`metadata`: a value must have at most {PAIR_VALUE_MAX} characters")));
        }
        if name.chars().chain(value.chars()).any(deceives) {
            return Err(invalid("`metadata` must not hold characters that can hide or reorder text"));
        }
    }
    Ok(())
}

/// The limit of addresses.
pub(super) fn check_addresses(addresses: &[AddressRange]) -> Result<(), Error> {
    if addresses.len() > ADDRESSES_MAX {
        return Err(invalid(&format!("`allowed_addresses` must have at most {ADDRESSES_MAX} entries")));
    }
    Ok(())
}

/// What is added to the scopes must be in the catalogue, and grantable by who asks. What was there
/// may stay: a member can rename a key that an admin gave more.
pub(super) fn check_scopes(wanted: &Scopes, before: &Scopes, member: &Member) -> Result<(), Error> {
    if wanted.0.len() > SCOPES_MAX {
        return Err(invalid(&format!("`scopes` must have at most {SCOPES_MAX} entries")));
    }
    let added = before.missing(wanted);
    let catalogue: Scopes = member.organization.scopes().cloned().collect();
    if let Some(unknown) = catalogue.missing(&added).0.first() {
        return Err(unknown_scope(unknown));
    }
    let lacking = member.role.grantable(member.organization.scopes()).missing(&added);
    if lacking.is_empty() { Ok(()) } else { Err(Error::Forbidden { missing: Some(lacking) }) }
}

pub(super) fn unknown_scope(scope: &Scope) -> Error {
    // A scope's form is checked: at most 64 characters of a few kinds. One that looks like a secret
    // is not repeated all the same.
    let shown = scope.as_str();
    if shown.len() > 40 {
        return invalid("`scopes`: one is not in this organization's catalogue");
    }
    invalid(&format!("`scopes`: `{shown}` is not in this organization's catalogue"))
}

pub(super) fn invalid(text: &str) -> Error {
    Error::InvalidBody(text.to_owned())
}
