//! What the body of a request wishes for, under Better Auth's rules: unknown fields are ignored, and what the server
//! alone may set is refused.

use axum::extract::Request;
use chrono::{DateTime, Duration, Utc};
use keydeck_domain::key::Metadata;
use keydeck_domain::{Name, OrganizationId};
use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::shown::ORGANIZATION;
use super::visitor::Visitor;
use crate::auth::verifier::VERIFIER_PREFIX;
use crate::server::Server;
use crate::sessions::record::TOKEN_PREFIX;
use crate::web::body;

/// Longest name and longest prefix, in characters.
const LONGEST: usize = 32;
/// Bounds of `expiresIn`, in days.
const DAYS: std::ops::RangeInclusive<f64> = 1.0..=365.0;
const SECONDS_OF_DAY: f64 = 86_400.0;
/// What a key begins with where nothing else is wished.
const PREFIX: &str = "az_";

/// Azen: "API key permissions are configured in the console when creating or editing keys." Better Auth's own routes set
/// none of these.
const SERVER_ONLY: [&str; 7] =
    ["permissions", "remaining", "refillAmount", "refillInterval", "rateLimitEnabled", "rateLimitMax", "rateLimitTimeWindow"];

/// The fields of a body.
pub(super) struct Wish(Map<String, Value>);

/// Metadata, and the organization that it names.
pub(super) struct Named {
    pub(super) metadata: Metadata,
    pub(super) organization: Option<String>,
}

impl Wish {
    pub(super) async fn read(request: Request, server: &Server) -> Result<Self, Refusal> {
        let bytes = body::read(request, server).await?;
        Ok(Self(body::parse(&bytes)?))
    }

    /// Refuses what the server alone may set, and to act for somebody else.
    pub(super) fn check(&self, visitor: &Visitor) -> Result<(), Refusal> {
        if SERVER_ONLY.iter().any(|name| self.0.contains_key(*name)) {
            return Err(Refusal::server_only());
        }
        let own = visitor.signed_in.session.user.id.to_string();
        match self.text("userId")? {
            Some(user) if !user.eq_ignore_ascii_case(&own) => Err(Refusal::unauthorized()),
            _ => Ok(()),
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::invalid(format!("[body.{name}] Invalid input: expected string"))),
        }
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        let missing = || Refusal::invalid(format!("[body.{name}] Invalid input: expected string, received undefined"));
        self.text(name)?.ok_or_else(missing)
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(Refusal::invalid(format!("[body.{name}] Invalid input: expected boolean"))),
        }
    }

    /// A text that may be `null`, told from an absent one.
    pub(super) fn nullable(&self, name: &str) -> Result<Option<Option<&str>>, Refusal> {
        match self.0.get(name) {
            Some(Value::Null) => Ok(Some(None)),
            _ => Ok(self.text(name)?.map(Some)),
        }
    }

    /// An object that is kept as it is.
    pub(super) fn object(&self, name: &str) -> Result<Option<&Map<String, Value>>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(fields)),
            Some(_) => Err(Refusal::invalid(format!("[body.{name}] Invalid input: expected record"))),
        }
    }

    /// What the key is to be called.
    pub(super) fn name(&self) -> Result<Option<Name>, Refusal> {
        let Some(text) = self.text("name")? else { return Ok(None) };
        if text.is_empty() || text.chars().count() > LONGEST {
            return Err(Refusal::name_length());
        }
        text.parse().map(Some).map_err(|error| Refusal::invalid(format!("[body.name] {error}")))
    }

    /// What the key is to begin with. Not as the server's own tokens do: it would be taken for one of them.
    pub(super) fn prefix(&self) -> Result<&str, Refusal> {
        let Some(text) = self.text("prefix")? else { return Ok(PREFIX) };
        if text.is_empty() || text.chars().count() > LONGEST {
            return Err(Refusal::prefix_length());
        }
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        let reserved = text.starts_with("kd") && [TOKEN_PREFIX, VERIFIER_PREFIX].iter().any(|own| text.starts_with(own));
        if plain && !reserved {
            return Ok(text);
        }
        Err(Refusal::invalid(
            "[body.prefix] Invalid prefix format, must be alphanumeric and contain only underscores and hyphens",
        ))
    }

    /// When the key is to expire: `expiresIn` seconds from now, or never. Absent where nothing is said.
    pub(super) fn expires_at(&self, now: DateTime<Utc>) -> Result<Option<Option<DateTime<Utc>>>, Refusal> {
        let seconds = match self.0.get("expiresIn") {
            None => return Ok(None),
            Some(Value::Null) => return Ok(Some(None)),
            Some(value) => value.as_f64().filter(|seconds| *seconds >= 1.0),
        };
        let seconds = seconds.ok_or_else(|| Refusal::invalid("[body.expiresIn] Invalid input: expected number of at least 1"))?;
        let days = seconds / SECONDS_OF_DAY;
        if days < *DAYS.start() {
            return Err(Refusal::expires_too_soon());
        }
        if days > *DAYS.end() {
            return Err(Refusal::expires_too_late());
        }
        #[allow(clippy::cast_possible_truncation, reason = "a year has 31,536,000 seconds")]
        let whole = seconds as i64;
        Ok(Some(Some(now + Duration::seconds(whole))))
    }

    /// The key's pairs. Keydeck keeps texts alone: what is no text is refused rather than changed.
    pub(super) fn metadata(&self) -> Result<Option<Named>, Refusal> {
        let pairs = match self.0.get("metadata") {
            None => return Ok(None),
            Some(Value::Null) => return Ok(Some(Named { metadata: Metadata::new(), organization: None })),
            Some(Value::Object(pairs)) => pairs,
            Some(_) => return Err(Refusal::metadata_type()),
        };
        let mut metadata = Metadata::new();
        for (name, value) in pairs {
            let Value::String(value) = value else {
                return Err(Refusal::invalid("[body.metadata] this server keeps texts: write other values as texts"));
            };
            metadata.insert(name.clone(), value.clone());
        }
        let organization = metadata.remove(ORGANIZATION);
        Ok(Some(Named { metadata, organization }))
    }

    /// The organization that the body names, by itself or in the metadata; both must be the same.
    pub(super) fn organization(&self, named: Option<&Named>) -> Result<Option<OrganizationId>, Refusal> {
        let within = named.and_then(|named| named.organization.as_deref());
        let beside = self.text(ORGANIZATION)?;
        let text = match (beside, within) {
            (Some(beside), Some(within)) if beside != within => {
                return Err(Refusal::invalid("[body.metadata.organizationId] must be the organization of the key"));
            }
            (Some(text), _) | (None, Some(text)) => text,
            (None, None) => return Ok(None),
        };
        // What is no id is no organization of anybody's.
        text.parse().map(Some).map_err(|_| Refusal::no_member_for_keys())
    }
}
