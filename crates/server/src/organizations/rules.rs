//! What a catalogue and its presets may be.

use std::collections::HashSet;

use keydeck_domain::api::claim::CLAIM_PREFIX;
use keydeck_domain::api::invitations::INVITATION_PREFIX;
use keydeck_domain::api::organizations::{CATALOGUE_MAX, PRESETS_MAX, Preset, ScopeDefinition};
use keydeck_domain::name::deceives;
use keydeck_domain::scope::SCOPES_MAX;
use keydeck_domain::{Dialect, KeyFormat, Name, OrganizationId, Prefix, Scopes, TenantId};

use super::record::OrganizationRecord;
use crate::auth::verifier::VERIFIER_PREFIX;
use crate::error::Error;
use crate::sessions::record::TOKEN_PREFIX;

/// Longest description of a scope, in characters.
const DESCRIPTION_MAX: usize = 200;

/// What the server's own tokens begin with: a key that began so would be taken for one of them.
const RESERVED: [&str; 4] = [TOKEN_PREFIX, VERIFIER_PREFIX, INVITATION_PREFIX, CLAIM_PREFIX];

/// Checks what keys are to begin with.
pub(super) fn check_prefix(prefix: &Prefix) -> Result<(), Error> {
    if RESERVED.iter().any(|reserved| reserved.strip_suffix('_') == Some(prefix.as_str())) {
        return Err(invalid("`prefix`: the server's own tokens begin with this one: take another".to_owned()));
    }
    Ok(())
}

/// What the tenant header is to name an organization by: what was wished, or its id, where the dialect has one.
pub(super) fn tenant(id: OrganizationId, dialect: Dialect, wished: Option<TenantId>) -> Result<Option<TenantId>, Error> {
    match (dialect.contract().tenant_header, wished) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(invalid(format!("`tenant`: {} has no tenants: leave it out", dialect.contract().title))),
        (Some(_), Some(wished)) => Ok(Some(wished)),
        (Some(_), None) => {
            let made = format!("tenant_{}", id.0.simple()).parse();
            made.map(Some).map_err(|_| Error::Internal("an id is no name of a tenant".to_owned()))
        }
    }
}

/// Checks an organization as it is to be.
pub(super) fn check(organization: &OrganizationRecord) -> Result<(), Error> {
    check_catalogue(&organization.catalogue)?;
    let catalogue: Scopes = organization.scopes().cloned().collect();
    check_presets(&organization.presets, &catalogue)
}

fn check_catalogue(catalogue: &[ScopeDefinition]) -> Result<(), Error> {
    if catalogue.is_empty() || catalogue.len() > CATALOGUE_MAX {
        return Err(invalid(format!("`scopes` must have 1 to {CATALOGUE_MAX} entries")));
    }
    let mut seen = HashSet::new();
    for (index, definition) in catalogue.iter().enumerate() {
        if !seen.insert(&definition.scope) {
            return Err(invalid(format!("`scopes[{index}].scope`: this scope is in the catalogue twice")));
        }
        if definition.description.chars().count() > DESCRIPTION_MAX {
            return Err(invalid(format!("`scopes[{index}].description`: must have at most {DESCRIPTION_MAX} characters")));
        }
        if definition.description.chars().any(deceives) {
            return Err(invalid(format!(
                "`scopes[{index}].description`: must be one line, without characters that can hide or reorder text"
            )));
        }
    }
    Ok(())
}

fn check_presets(presets: &[Preset], catalogue: &Scopes) -> Result<(), Error> {
    if presets.len() > PRESETS_MAX {
        return Err(invalid(format!("`presets` must have at most {PRESETS_MAX} entries")));
    }
    let mut seen = HashSet::new();
    for preset in presets {
        let called = called(&preset.name);
        // Names that differ in upper and lower case alone would deceive whoever chooses one.
        if !seen.insert(preset.name.as_str().to_lowercase()) {
            return Err(invalid(format!("`presets`: {called} is there twice")));
        }
        if preset.scopes.is_empty() || preset.scopes.0.len() > SCOPES_MAX {
            return Err(invalid(format!("`presets`: {called} must have 1 to {SCOPES_MAX} scopes")));
        }
        if let Some(admin) = preset.scopes.0.iter().find(|scope| scope.is_admin()) {
            return Err(invalid(format!("`presets`: {called} has `{admin}`, which no preset may have")));
        }
        if let Some(unknown) = catalogue.missing(&preset.scopes).0.first() {
            return Err(invalid(format!(
                "`presets`: {called} has `{unknown}`, which is not in the catalogue: take it out of the preset, or leave it in"
            )));
        }
    }
    Ok(())
}

/// A preset as a refusal names it. What looks like a secret is not repeated.
fn called(name: &Name) -> String {
    if KeyFormat::parse(name.as_str()).is_ok() { "one".to_owned() } else { format!("`{name}`") }
}

fn invalid(text: String) -> Error {
    Error::InvalidBody(text)
}
