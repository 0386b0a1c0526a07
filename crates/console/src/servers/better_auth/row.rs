//! A key as Better Auth tells it, as one of ours.

use chrono::{DateTime, Utc};
use keydeck_domain::api::keys::METADATA_MAX;
use keydeck_domain::api::sessions::User;
use keydeck_domain::key::{Metadata, Person};
use keydeck_domain::name::deceives;
use keydeck_domain::scope::SCOPES_MAX;
use keydeck_domain::{Access, Dialect, Environment, Hint, Key, KeyId, KeyKind, KeyStatus, OrganizationId, Scope, Scopes, UserId};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::fields::{count, flag, object, text, time};
use crate::error::Result;
use crate::servers::foreign::{self, Ids};

/// What our ids of keys are made from: configuration and id, since a server finds a key by both.
pub(crate) const KEYS: &str = "better-auth key";
/// The configuration of a key that names none.
pub(crate) const DEFAULT_CONFIG: &str = "default";
/// Longest name and value of a pair that are shown, in characters.
const PAIR_NAME_MAX: usize = 64;
const PAIR_VALUE_MAX: usize = 512;

/// A key, and what of it has no place in ours.
pub(crate) struct Row {
    pub(crate) key: Key,
    /// What it was made with; new ones begin alike.
    pub(crate) prefix: Option<String>,
    /// As the server has it: what is not text among it is kept when the pairs are changed.
    pub(crate) metadata: Map<String, Value>,
}

/// Whose keys are read.
pub(crate) struct Whose<'a> {
    pub(crate) organization: OrganizationId,
    /// Who is signed in, and the server's own id of him.
    pub(crate) me: &'a User,
    pub(crate) my_id: &'a str,
    pub(crate) host: &'a str,
    pub(crate) ids: &'a Ids,
    /// Whether permissions mean read only, write only and full, as on Azen.
    pub(crate) accesses: bool,
}

/// Which key of the server one of ours is: its configuration, and its id there.
pub(crate) fn split(foreign: &str) -> (&str, &str) {
    foreign.split_once('\n').unwrap_or((DEFAULT_CONFIG, foreign))
}

impl Whose<'_> {
    /// Reads a key. `None` where it has no id, so that nothing could be done with it.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::BadAnswer`] where the server's own name can't stand in for a person's.
    pub(crate) fn row(&self, fields: &Map<String, Value>) -> Result<Option<Row>> {
        let Some(id) = text(fields, "id") else { return Ok(None) };
        let config = text(fields, "configId").unwrap_or_else(|| DEFAULT_CONFIG.to_owned());
        let id = KeyId(self.ids.learn(KEYS, &format!("{config}\n{id}")));
        let prefix = text(fields, "prefix").filter(|prefix| prefix.len() <= 32);
        let hint = hint(text(fields, "start").as_deref(), prefix.as_deref());
        let metadata = object(fields, "metadata");
        let enabled = flag(fields, "enabled").unwrap_or(true);
        let expires_at = time(fields, "expiresAt");
        let created_at = time(fields, "createdAt").unwrap_or(DateTime::UNIX_EPOCH);
        let name = match text(fields, "name") {
            Some(name) => foreign::printable(&name)?,
            None => foreign::printable(&hint.to_string())?,
        };
        let key = Key {
            id,
            organization_id: self.organization,
            name,
            environment: Environment::Live,
            kind: KeyKind::Secret,
            hint,
            scopes: self.scopes(fields),
            note: limits(fields).parse().unwrap_or_default(),
            metadata: shown(&metadata),
            allowed_addresses: Vec::new(),
            status: KeyStatus::of(false, expires_at, enabled, Utc::now()),
            enabled,
            expires_at,
            revoked_at: None,
            created_at,
            created_by: self.maker(fields)?,
            creator_left: false,
            updated_at: time(fields, "updatedAt").unwrap_or(created_at),
            last_used_at: time(fields, "lastRequest"),
            version: version(fields),
        };
        Ok(Some(Row { key, prefix, metadata }))
    }

    /// Who made it: the server tells that of a person's own keys alone.
    fn maker(&self, fields: &Map<String, Value>) -> Result<Person> {
        let owner = text(fields, "referenceId").or_else(|| text(fields, "userId"));
        if owner.as_deref().is_none_or(|owner| owner == self.my_id) {
            return Ok(foreign::person(self.me));
        }
        let mut unknown = foreign::nobody("unknown", self.host)?;
        unknown.id = UserId(foreign::id("better-auth user", owner.as_deref().unwrap_or_default()));
        Ok(foreign::person(&unknown))
    }

    fn scopes(&self, fields: &Map<String, Value>) -> Scopes {
        let permissions = object(fields, "permissions");
        let pairs = permissions.iter().flat_map(|(resource, actions)| {
            let actions = actions.as_array().into_iter().flatten().filter_map(Value::as_str);
            actions.map(move |action| (resource.as_str(), action))
        });
        if !self.accesses {
            return pairs.filter_map(|(resource, action)| scope(&format!("{resource}:{action}"))).take(SCOPES_MAX).collect();
        }
        match text(fields, "access").and_then(|word| access(&word)) {
            Some(access) => scopes_of(access),
            None => pairs.filter_map(|(_, action)| scope(action)).take(SCOPES_MAX).collect(),
        }
    }
}

/// The accesses, and Azen's word for each.
///
/// Azen: "Read-only keys for monitoring and analytics", "Write-only keys for data ingestion services", "Full access keys
/// only for trusted applications".
const ACCESSES: [(&str, Access); 3] = [("read", Access::ReadOnly), ("write", Access::WriteOnly), ("full", Access::Full)];

fn access(word: &str) -> Option<Access> {
    ACCESSES.into_iter().find(|(known, _)| *known == word).map(|(_, access)| access)
}

/// Azen's word for exactly these scopes.
pub(crate) fn word(scopes: &Scopes) -> Option<&'static str> {
    ACCESSES.into_iter().find(|(_, access)| scopes_of(*access) == *scopes).map(|(word, _)| word)
}

fn scopes_of(access: Access) -> Scopes {
    let catalogue: Scopes = Dialect::Azen.contract().catalogue.iter().filter_map(|(word, _)| word.parse().ok()).collect();
    access.of(&catalogue.0)
}

/// A scope; what can't stand in one becomes `_`.
fn scope(text: &str) -> Option<Scope> {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "_-.".contains(c) { c.to_ascii_lowercase() } else { '_' };
    let (resource, action) = text.split_once(':').unwrap_or(("", text));
    let part = |part: &str| part.chars().map(plain).take(31).collect::<String>();
    let scope = if resource.is_empty() { part(action) } else { format!("{}:{}", part(resource), part(action)) };
    scope.parse().ok()
}

/// From the first characters, which the server tells with the prefix, or not at all.
fn hint(start: Option<&str>, prefix: Option<&str>) -> Hint {
    let told = start.into_iter().chain(prefix).map(|text| format!("{text}…"));
    let mut read = told.filter_map(|text| text.parse().ok());
    read.next().unwrap_or_else(|| Hint::of("", ""))
}

/// The pairs as they are shown: cut, made harmless, and what is no text as JSON.
pub(crate) fn shown(metadata: &Map<String, Value>) -> Metadata {
    let clean = |text: &str, max: usize| text.chars().filter(|c| !deceives(*c)).take(max).collect::<String>();
    let pairs = metadata.iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (clean(name, PAIR_NAME_MAX), clean(&value, PAIR_VALUE_MAX))
    });
    pairs.filter(|(name, _)| !name.is_empty()).take(METADATA_MAX).collect()
}

/// What the server limits this key to, in words: nobody but the server can change it.
fn limits(fields: &Map<String, Value>) -> String {
    let mut said = Vec::new();
    if let (Some(true), Some(most), Some(window)) =
        (flag(fields, "rateLimitEnabled"), count(fields, "rateLimitMax"), count(fields, "rateLimitTimeWindow"))
    {
        said.push(format!("At most {most} requests in {}.", span(window)));
    }
    if let Some(left) = count(fields, "remaining") {
        said.push(format!("{left} requests are left."));
    }
    if let (Some(amount), Some(every)) = (count(fields, "refillAmount"), count(fields, "refillInterval")) {
        said.push(format!("Filled up to {amount} every {}.", span(every)));
    }
    said.join(" ")
}

/// So many milliseconds in words.
fn span(milliseconds: u64) -> String {
    match milliseconds {
        86_400_000 => "24 hours".to_owned(),
        whole if whole % 3_600_000 == 0 && whole > 3_600_000 => format!("{} hours", whole / 3_600_000),
        whole if whole % 60_000 == 0 && whole > 60_000 => format!("{} minutes", whole / 60_000),
        other => format!("{} s", other.div_ceil(1_000)),
    }
}

/// Better Auth numbers no versions: this one changes with all that can be edited, and with nothing else.
fn version(fields: &Map<String, Value>) -> u32 {
    let mut hash = Sha256::new();
    for name in ["name", "enabled", "expiresAt", "metadata", "permissions", "access"] {
        hash.update(fields.get(name).unwrap_or(&Value::Null).to_string());
        hash.update([0]);
    }
    let bytes = hash.finalize();
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// The pairs to send in place of those that are there: what was not touched stays as the server has it, be it no text.
pub(crate) fn changed(before: &Map<String, Value>, after: &Metadata) -> Map<String, Value> {
    let was = shown(before);
    let kept = |name: &String, value: &String| (was.get(name) == Some(value)).then(|| before.get(name).cloned()).flatten();
    let pairs = after.iter().map(|(name, value)| {
        let value_now = kept(name, value).unwrap_or_else(|| Value::String(value.clone()));
        (name.clone(), value_now)
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(value: Value, accesses: bool) -> Option<Row> {
        let me = foreign::nobody("Ada", "keys.example.org").expect("a person");
        let (ids, organization) = (Ids::default(), OrganizationId(foreign::id("organization", "1")));
        let whose = Whose { organization, me: &me, my_id: "u1", host: "keys.example.org", ids: &ids, accesses };
        let Value::Object(fields) = value else { return None };
        whose.row(&fields).expect("read")
    }

    #[test]
    fn a_row_of_1_7_is_read() {
        let row = read(
            json!({
                "id": "k1", "configId": "default", "name": "Billing worker", "start": "azen_a", "prefix": "azen_", "referenceId": "u1",
                "enabled": true, "expiresAt": null, "createdAt": "2026-11-22T13:04:22.763Z", "updatedAt": "2026-11-22T13:04:22.763Z",
                "lastRequest": "2026-11-22T13:05:00.000Z", "requestCount": 3, "remaining": 7, "refillInterval": 86_400_000,
                "refillAmount": 100, "rateLimitEnabled": true, "rateLimitTimeWindow": 60000, "rateLimitMax": 60,
                "permissions": { "files": ["read", "write"] }, "metadata": { "team": "billing", "deep": { "a": [1] } },
            }),
            false,
        )
        .expect("a row");
        let key = row.key;
        assert_eq!((key.name.as_str(), key.hint.to_string().as_str()), ("Billing worker", "azen_a…"));
        assert_eq!(key.scopes.spaced(), "files:read files:write");
        assert_eq!(key.note.as_str(), "At most 60 requests in 60 s. 7 requests are left. Filled up to 100 every 24 hours.");
        assert_eq!(key.metadata.get("deep").map(String::as_str), Some(r#"{"a":[1]}"#));
        assert!(key.last_used_at.is_some() && key.created_by.email.as_str().starts_with("key@"));
    }

    #[test]
    fn a_row_of_1_4_is_read() {
        let row = read(
            json!({
                "id": "k1", "name": null, "start": null, "userId": "u2", "enabled": 0, "createdAt": 1_795_000_000,
                "metadata": "\"{\\\"team\\\":\\\"billing\\\"}\"", "permissions": "{\"files\":[\"read\"]}",
            }),
            false,
        )
        .expect("a row");
        assert_eq!(row.key.name.as_str(), "…");
        assert_eq!(row.key.status, KeyStatus::Disabled);
        assert_eq!(row.key.metadata.get("team").map(String::as_str), Some("billing"));
        assert_eq!(row.key.scopes.spaced(), "files:read");
        assert_eq!(row.key.created_at.timestamp(), 1_795_000_000);
    }

    #[test]
    fn azens_accesses_have_a_word() {
        let scopes = |access: &str| read(json!({ "id": "1", "access": access }), true).expect("a row").key.scopes;
        for (given, expected) in [("read", "read"), ("write", "write"), ("full", "read write"), ("other", "")] {
            assert_eq!(scopes(given).spaced(), expected);
            assert_eq!(word(&scopes(given)), (given != "other").then_some(given));
        }
        let told = read(json!({ "id": "1", "permissions": { "memories": ["write", "read"] } }), true).expect("a row");
        assert_eq!(word(&told.key.scopes), Some("full"));
    }

    #[test]
    fn markup_and_deceiving_names_stay_text() {
        let long = "x".repeat(5_000);
        for name in ["<img src=x onerror=alert(1)>", "a\u{202e}b\r\nc", &long, "\u{0}\u{200b}", "   "] {
            let row = read(json!({ "id": "1", "name": name }), false).expect("the row is not lost");
            let shown = row.key.name.as_str().to_owned();
            assert!(!shown.is_empty() && shown.chars().count() <= 100 && !shown.chars().any(deceives), "{shown:?}");
        }
    }

    #[test]
    fn what_is_no_text_survives_a_change_of_the_pairs() {
        let before =
            object(json!({ "metadata": { "n": 1, "deep": { "a": 2 }, "t": "x" } }).as_object().expect("fields"), "metadata");
        let mut after = shown(&before);
        after.insert("t".to_owned(), "y".to_owned());
        after.remove("n");
        assert_eq!(Value::Object(changed(&before, &after)), json!({ "deep": { "a": 2 }, "t": "y" }));
    }

    #[test]
    fn a_use_is_no_change() {
        let key = |last: &str, name: &str| read(json!({ "id": "1", "name": name, "lastRequest": last, "requestCount": 1 }), true);
        let version = |row: Option<Row>| row.expect("a row").key.version;
        assert_eq!(version(key("2026-01-01T00:00:00Z", "a")), version(key("2026-01-02T00:00:00Z", "a")));
        assert_ne!(version(key("2026-01-01T00:00:00Z", "a")), version(key("2026-01-01T00:00:00Z", "b")));
    }

    /// Any JSON, with the fields of a key among it.
    fn json_of_a_key() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,120}|[\\x00-\\x20\u{202e}]{0,8}|20[0-9]{2}-01-01T00:00:00Z|[\\[{\"]{1,4}".prop_map(Value::from),
        ];
        let any_value = leaf.prop_recursive(3, 32, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::btree_map("[a-z:*\u{e4}]{0,8}", inner, 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        });
        const NAMES: [&str; 21] = [
            "id",
            "name",
            "start",
            "prefix",
            "referenceId",
            "userId",
            "enabled",
            "expiresAt",
            "createdAt",
            "updatedAt",
            "lastRequest",
            "remaining",
            "refillAmount",
            "refillInterval",
            "rateLimitEnabled",
            "rateLimitMax",
            "rateLimitTimeWindow",
            "permissions",
            "metadata",
            "access",
            "configId",
        ];
        proptest::collection::vec((proptest::sample::select(&NAMES[..]), any_value), 0..24)
            .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
    }

    proptest! {
        #[test]
        fn any_row_is_read_and_none_with_an_id_is_lost(value in json_of_a_key(), accesses: bool) {
            let has_id = value.get("id").is_some_and(|id| id.is_number() || id.as_str().is_some_and(|id| !id.is_empty()));
            let row = read(value, accesses);
            prop_assert_eq!(row.is_some(), has_id);
            if let Some(row) = row {
                // What is shown can be written down and read again: the last list is kept so.
                let text = serde_json::to_string(&row.key).expect("written");
                prop_assert_eq!(serde_json::from_str::<Key>(&text).expect("read"), row.key);
            }
        }
    }
}
