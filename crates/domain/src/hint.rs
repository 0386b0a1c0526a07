//! What is visible of a secret.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::environment::Environment;

/// Most characters that are shown at each end.
const SHOWN: usize = 4;
/// Longest beginning that is no secret: 32 characters and what separates them from the rest.
const LEAD_MAX: usize = 33;

/// `kd_test_9c1b…a7Qd`: what a key begins with, which is no secret, and at most four characters of each
/// end of the rest. Never more: a hint that holds more of a secret is refused. A key server that tells less
/// gives a shorter one: `azen_a…`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[cfg_attr(feature = "bindings", ts(type = "string"))]
pub struct Hint {
    /// With its last `_` or `-`; empty where a key is random from its first character.
    lead: String,
    start: String,
    end: String,
}

/// The text is not a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hint is `prefix_environment_abcd…wxyz`: at most four characters on each side")]
pub struct HintError;

impl Hint {
    /// From what a key begins with and the rest of it, of which four characters at each end are taken. A rest of
    /// fewer than 16 characters is not shown at all.
    #[must_use]
    pub fn of(lead: &str, rest: &str) -> Self {
        let (start, end) = shown(rest);
        Self::from_parts(lead, start, end)
    }

    /// A beginning that does not end in `_` or `-`, and one that is too long, is not told from the rest.
    pub(crate) fn from_parts(lead: &str, start: &str, end: &str) -> Self {
        let lead = if is_lead(lead) { lead } else { "" };
        Self { lead: lead.to_owned(), start: start.to_owned(), end: end.to_owned() }
    }

    pub(crate) fn has_parts(&self, lead: &str, start: &str, end: &str) -> bool {
        let lead = if is_lead(lead) { lead } else { "" };
        let same = self.lead == lead && self.start == start;
        // A separator among the first characters of the rest: where it was read from text, it ends the lead.
        let joined = || self.lead.bytes().chain(self.start.bytes()).eq(lead.bytes().chain(start.bytes()));
        self.end == end && (same || joined())
    }

    /// What the key begins with, as it stands in it: `kd_test_`, `sk-`, or nothing.
    #[must_use]
    pub fn lead(&self) -> &str {
        &self.lead
    }

    /// Prefix and environment, where this is the whole hint of a native key: four characters at each end.
    #[must_use]
    pub fn native(&self) -> Option<(&str, Environment)> {
        let (prefix, environment) = self.lead.strip_suffix('_')?.split_once('_')?;
        let whole = [&self.start, &self.end].iter().all(|part| part.len() == SHOWN && alphanumeric(part));
        Some((prefix, environment.parse().ok()?)).filter(|_| whole && !prefix.is_empty())
    }
}

/// The four characters at each end of a rest, where it is long enough for them.
pub(crate) fn shown(rest: &str) -> (&str, &str) {
    let long = rest.len() >= 4 * SHOWN && rest.is_ascii();
    if long { (&rest[..SHOWN], &rest[rest.len() - SHOWN..]) } else { ("", "") }
}

fn alphanumeric(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_lead(text: &str) -> bool {
    text.is_empty()
        || (text.len() <= LEAD_MAX
            && text.ends_with(['_', '-'])
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'))
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}…{}", self.lead, self.start, self.end)
    }
}

impl fmt::Debug for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hint({self})")
    }
}

impl FromStr for Hint {
    type Err = HintError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (before, end) = text.split_once('…').ok_or(HintError)?;
        // What follows the last separator is of the secret, as is everything where there is none.
        let run = before.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(before.len());
        let (lead, start) = before.split_at(before[..run].rfind(['_', '-']).map_or(0, |at| at + 1));
        let few = |part: &str| part.len() <= SHOWN && part.bytes().all(|b| b.is_ascii_graphic());
        if !is_lead(lead) || !few(start) || !few(end) {
            return Err(HintError);
        }
        Ok(Self { lead: lead.to_owned(), start: start.to_owned(), end: end.to_owned() })
    }
}

impl TryFrom<String> for Hint {
    type Error = HintError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Hint> for String {
    fn from(hint: Hint) -> Self {
        hint.to_string()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Hint {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Hint {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{KeyFormat, generate};
    use proptest::prelude::*;

    #[test]
    fn a_hint_shows_four_and_four() {
        let secret = generate(&"kd".parse().expect("valid"), Environment::Live).expect("the system's generator works");
        let hint = KeyFormat::parse(secret.expose()).expect("well-formed").hint();
        assert_eq!(hint.to_string().chars().count(), "kd_live_".len() + 4 + 1 + 4);
        assert_eq!(hint.native(), Some(("kd", Environment::Live)));
        assert_eq!(hint.to_string().parse(), Ok(hint));
    }

    #[test]
    fn a_hint_that_holds_more_is_refused() {
        for bad in [
            "",
            "kd_test_9c1ba7Qd",
            "kd_test_9c1b…a7Qdx",
            "kd_test_9c1bx…a7Qd",
            "9c1bx…a7Qd",
            "kd_test_9c 1…a7Qd",
            "kd test_9c1b…a7Qd",
            "kd_test_9c1b…a7…Q",
            &format!("{}_9c1b…a7Qd", "x".repeat(33)),
        ] {
            assert_eq!(bad.parse::<Hint>(), Err(HintError), "{bad}");
        }
    }

    #[test]
    fn other_systems_have_hints_too() {
        for (text, lead, native) in [
            ("mem_live_9c1b…a7Qd", "mem_live_", true),
            ("kd_prod_9c1b…a7Qd", "kd_prod_", false),
            ("kd_test_9c1…a7Q", "kd_test_", false),
            ("sk-9c1b…a7Qd", "sk-", false),
            ("q+/3…Xw4=", "", false),
            ("azen_a…", "azen_", false),
            ("…", "", false),
        ] {
            let hint: Hint = text.parse().expect("a hint");
            assert_eq!((hint.lead(), hint.native().is_some()), (lead, native), "{text}");
            assert_eq!(hint.to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_made_is_read_again(lead in "([A-Za-z0-9]{1,8}[_-]){0,3}", rest in "[A-Za-z0-9+/=_-]{0,64}") {
            let hint = Hint::of(&lead, &rest);
            let again: Hint = hint.to_string().parse().expect("a hint");
            prop_assert_eq!(again.to_string(), hint.to_string());
        }
    }
}
