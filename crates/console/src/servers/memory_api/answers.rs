//! What Memory API answers. Its document shows no body, so each part is looked for where servers of its kind have it;
//! what is not known stays out.

use chrono::{DateTime, Utc};
use keydeck_domain::key::{Metadata, Person};
use keydeck_domain::{
    Dialect, Environment, Hint, Key, KeyId, KeyKind, KeyStatus, Note, OrganizationId, PresentedKey, Scope, Scopes, Secret,
};

use crate::error::{Error, ErrorCode, Result};
use crate::servers::foreign::{self, Ids};
use crate::servers::loose::Loose;

/// What an id of this system is an id of.
pub(super) const KEY: &str = "memory-api key";

/// What an account tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    /// The system's own id of it.
    pub(super) id: Option<String>,
    /// What it is called.
    pub(super) name: Option<String>,
    /// Whose it is.
    pub(super) email: Option<String>,
    /// What the asking key may do.
    pub(super) scopes: Option<Scopes>,
    /// The asking key.
    pub(super) key: Option<String>,
}

/// Whose a list is.
pub(super) struct Owner<'a> {
    pub(super) organization: OrganizationId,
    pub(super) by: &'a Person,
    pub(super) now: DateTime<Utc>,
}

/// A page of keys, and what to ask for the next one with.
pub(super) struct Listed {
    pub(super) keys: Vec<Key>,
    pub(super) next: Option<String>,
}

/// `{"success":true,"data":…}`: the inside.
fn data(answer: &Loose) -> &Loose {
    answer.field(&["data", "result"]).unwrap_or(answer)
}

/// A text that names a thing: short, and without what could lead a path elsewhere.
pub(super) fn plain_id(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_-.~".contains(&b);
    (1..=200).contains(&text.len()) && text.bytes().all(allowed) && text.bytes().any(|b| b != b'.')
}

fn id(of: &Loose, names: &[&str]) -> Option<String> {
    let field = of.field(names)?;
    let text = match field.text() {
        Some(text) => text.to_owned(),
        None => field.count()?.to_string(),
    };
    plain_id(&text).then_some(text)
}

/// An account.
pub(super) fn account(answer: &Loose) -> Account {
    let all = data(answer);
    let inside = all.field(&["account", "organization", "org"]).unwrap_or(all);
    let key = all.field(&["key", "apikey"]).or_else(|| inside.field(&["key", "apikey"]));
    let text = |names: &[&str]| {
        let found = inside.field(names).or_else(|| all.field(names))?;
        found.text().map(str::to_owned)
    };
    Account {
        id: id(inside, &["orgid", "organizationid", "accountid", "id"]),
        name: text(&["name", "organizationname", "orgname"]),
        email: text(&["email"]),
        scopes: key.unwrap_or(inside).field(&["scopes", "permissions"]).and_then(scopes),
        key: key.and_then(|key| id(key, &["id", "keyid"])),
    }
}

/// A list of keys: an array, or an object that has it as `data`, `keys` or `api_keys`.
pub(super) fn listed(answer: &Loose, ids: &Ids, owner: &Owner<'_>) -> Result<Listed> {
    let names = ["data", "keys", "apikeys", "items", "results"];
    let mut inside = answer;
    // `{"data":{"keys":[…]}}` as well, but nothing deeper.
    for _ in 0..2 {
        if inside.list().is_none() {
            inside = inside.field(&names).unwrap_or(inside);
        }
    }
    let rows = inside.list().ok_or_else(bad)?;
    let keys: Vec<Key> = rows.iter().filter_map(|row| key(row, ids, owner)).collect();
    if keys.is_empty() && !rows.is_empty() {
        return Err(bad());
    }
    let next = answer.field(&["pagination", "meta"]).and_then(|pages| id(pages, &["next"]));
    Ok(Listed { keys, next })
}

/// A key and its secret, as a create and a sign-up give them.
pub(super) fn issued(answer: &Loose, ids: &Ids, owner: &Owner<'_>) -> Result<(Key, Secret)> {
    let outer = data(answer);
    let inner = ["apikey", "key"].iter().find_map(|name| outer.field(&[name]).filter(|part| !part.fields().is_empty()));
    let record = inner.filter(|part| id(part, &["id", "keyid"]).is_some()).unwrap_or(outer);
    let told = [inner, Some(outer), Some(answer)];
    let secret = told.into_iter().flatten().find_map(secret).ok_or_else(bad)?;
    let mut key = key(record, ids, owner).ok_or_else(bad)?;
    // Exposed to take its visible part from it: better than what the server says of it.
    if let Ok(presented) = PresentedKey::parse(Dialect::MemoryApi, secret.expose()) {
        key.hint = presented.hint();
        key.environment = presented.environment.unwrap_or(key.environment);
    }
    Ok((key, secret))
}

/// `key`, `api_key` or `secret`, where it is text.
fn secret(of: &Loose) -> Option<Secret> {
    let texts = ["key", "apikey", "secret", "secretkey", "token"].iter().filter_map(|name| of.field(&[name])?.text());
    let usable = |text: &&str| text.len() >= 16 && text.len() <= 512 && text.bytes().all(|b| b.is_ascii_graphic());
    texts.filter(usable).map(|text| Secret::new(text.to_owned())).next()
}

/// One key. `None` where it has no id by which it could be asked for.
pub(super) fn key(row: &Loose, ids: &Ids, owner: &Owner<'_>) -> Option<Key> {
    let own = id(row, &["id", "keyid"])?;
    let shown = row.field(&["keyprefix", "keyhint", "prefix", "hint", "maskedkey", "key"]);
    let text = shown.and_then(Loose::text).unwrap_or_default();
    let named = row.field(&["environment", "env", "mode"]).and_then(Loose::text).and_then(environment);
    let environment = named.or_else(|| lead(text).map(|(_, environment)| environment)).unwrap_or(Environment::Live);
    let time = |names: &[&str]| row.field(names).and_then(Loose::time);
    let word = row.field(&["status", "state"]).and_then(Loose::text).unwrap_or_default().to_ascii_lowercase();
    let created_at = time(&["createdat", "created"]).unwrap_or(DateTime::UNIX_EPOCH);
    let said_revoked = word == "revoked" || row.field(&["isrevoked", "revoked"]).and_then(Loose::yes) == Some(true);
    let revoked_at = time(&["revokedat"]).or_else(|| said_revoked.then_some(owner.now));
    let expires_at = time(&["expiresat", "expires", "expiry"]);
    let on = row.field(&["isactive", "active", "enabled", "isenabled"]).and_then(Loose::yes).unwrap_or(true);
    let enabled = on && word != "disabled" && word != "inactive";
    let mut status = KeyStatus::of(revoked_at.is_some(), expires_at, enabled, owner.now);
    if status == KeyStatus::Active && word == "expired" {
        status = KeyStatus::Expired;
    }
    Some(Key {
        id: KeyId(ids.learn(KEY, &own)),
        organization_id: owner.organization,
        name: foreign::printable(row.field(&["name", "label"]).and_then(Loose::text).unwrap_or_default()).ok()?,
        environment,
        kind: KeyKind::Secret,
        hint: hint(text, environment)?,
        scopes: row.field(&["scopes", "permissions"]).and_then(scopes).unwrap_or_default(),
        note: Note::default(),
        metadata: Metadata::new(),
        allowed_addresses: Vec::new(),
        status,
        // A key that is over is not switched off.
        enabled: enabled || status != KeyStatus::Disabled,
        expires_at,
        revoked_at,
        created_at,
        created_by: owner.by.clone(),
        creator_left: false,
        updated_at: time(&["updatedat"]).unwrap_or(created_at),
        last_used_at: time(&["lastusedat", "lastused"]),
        version: 1,
    })
}

fn environment(word: &str) -> Option<Environment> {
    match word.to_ascii_lowercase().as_str() {
        "live" | "production" | "prod" => Some(Environment::Live),
        "test" | "sandbox" | "development" | "dev" => Some(Environment::Test),
        _ => None,
    }
}

/// A list of scopes, or one text of them. What is no scope stays out.
fn scopes(of: &Loose) -> Option<Scopes> {
    let one = |text: &str| text.parse::<Scope>().ok();
    match of {
        Loose::List(list) => Some(list.iter().filter_map(|scope| one(scope.text()?)).collect()),
        Loose::Text(text) => Some(text.split([' ', ',']).filter_map(one).collect()),
        _ => None,
    }
}

/// "`mem_live_...` - Production keys", "`mem_test_...` - Sandbox keys".
fn lead(text: &str) -> Option<(&'static str, Environment)> {
    [("mem_live_", Environment::Live), ("mem_test_", Environment::Test)].into_iter().find(|(lead, _)| text.starts_with(lead))
}

/// What may be shown, from whatever the server shows: never more than four characters of each end.
fn hint(text: &str, environment: Environment) -> Option<Hint> {
    let beginning = match environment {
        Environment::Live => "mem_live_",
        Environment::Test => "mem_test_",
    };
    let (beginning, rest) = lead(text).map_or((beginning, text), |(lead, _)| (lead, &text[lead.len()..]));
    let masked = |c: char| matches!(c, '…' | '*' | '.' | '•');
    let allowed = |c: &char| c.is_ascii_alphanumeric();
    let start: String = rest.chars().take_while(allowed).take(4).collect();
    // Only what follows a mask is the end: otherwise the text is a beginning alone.
    let end: String = match rest.rsplit_once(masked) {
        Some((_, end)) if end.chars().count() <= 8 => {
            let last: Vec<char> = end.chars().filter(allowed).collect();
            last[last.len().saturating_sub(4)..].iter().collect()
        }
        _ => String::new(),
    };
    format!("{beginning}{start}…{end}").parse().or_else(|_| format!("{beginning}…").parse()).ok()
}

fn bad() -> Error {
    Error::new(ErrorCode::BadAnswer, "The server's answer is not in the form that was expected.")
}

#[cfg(test)]
mod tests;
