//! What is visible of a secret.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::format::Prefix;

/// `kd_test_9c1b…a7Qd`: prefix and environment, the first and last four characters of the rest.
/// Never more: a hint that holds more of a secret is refused.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[cfg_attr(feature = "bindings", ts(type = "string"))]
pub struct Hint {
    prefix: String,
    environment: Environment,
    start: String,
    end: String,
}

/// The text is not a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hint is `prefix_environment_abcd…wxyz`: exactly four characters on each side")]
pub struct HintError;

impl Hint {
    pub(crate) fn from_parts(prefix: &str, environment: Environment, start: &str, end: &str) -> Self {
        Self { prefix: prefix.to_owned(), environment, start: start.to_owned(), end: end.to_owned() }
    }

    pub(crate) fn has_parts(&self, prefix: &str, environment: Environment, start: &str, end: &str) -> bool {
        self.environment == environment && self.prefix == prefix && self.start == start && self.end == end
    }

    /// The prefix that the key has.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The environment that is written in the key.
    #[must_use]
    pub fn environment(&self) -> Environment {
        self.environment
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}…{}", self.prefix, self.environment, self.start, self.end)
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
        let (prefix, after) = text.split_once('_').ok_or(HintError)?;
        let (environment, rest) = after.split_once('_').ok_or(HintError)?;
        let (start, end) = rest.split_once('…').ok_or(HintError)?;
        let four = |part: &str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_alphanumeric());
        if prefix.parse::<Prefix>().is_err() || !four(start) || !four(end) {
            return Err(HintError);
        }
        let environment = environment.parse().map_err(|_| HintError)?;
        Ok(Self::from_parts(prefix, environment, start, end))
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

    #[test]
    fn a_hint_shows_four_and_four() {
        let secret = generate(&"kd".parse().expect("valid"), Environment::Live).expect("the system's generator works");
        let hint = KeyFormat::parse(secret.expose()).expect("well-formed").hint();
        assert_eq!(hint.to_string().chars().count(), "kd_live_".len() + 4 + 1 + 4);
        assert_eq!(hint.to_string().parse(), Ok(hint));
    }

    #[test]
    fn a_hint_that_holds_more_is_refused() {
        for bad in [
            "",
            "kd_test_9c1ba7Qd",
            "kd_test_9c1b…a7Qdx",
            "kd_test_9c1bx…a7Qd",
            "kd_prod_9c1b…a7Qd",
            "kd_test_9c1…a7Q",
            "KD_test_9c1b…a7Qd",
        ] {
            assert_eq!(bad.parse::<Hint>(), Err(HintError), "{bad}");
        }
    }
}
