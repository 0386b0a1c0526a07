//! The native dialect's key: `{prefix}_{environment}_{random}{checksum}`.
//!
//! Letters, digits and underscores only, so that a double click selects it whole. 32 random base62
//! characters are 190 bits from the system's generator, of which a [`Hint`] shows 24. Six base62
//! characters of CRC-32 (IEEE 802.3) over all that stands before them end it, so that a typing error
//! or a scanner's false hit is refused without a look-up.

use std::fmt;

use crate::environment::Environment;
use crate::hint::{Hint, shown};
use crate::secret::Secret;
use crate::text::validated_text;

/// Longest text that is looked at as a key, in bytes.
pub const KEY_MAX: usize = 256;
/// Random base62 characters in a key: 32 · log2(62) = 190 bits.
pub const RANDOM_LEN: usize = 32;
/// Base62 characters of the checksum.
pub const CHECKSUM_LEN: usize = 6;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Why a prefix was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a prefix is 2 to 16 of a-z and 0-9, beginning with a letter")]
pub struct PrefixError;

validated_text!(
    /// What an organization's keys begin with.
    Prefix,
    PrefixError,
    parse_prefix
);

fn parse_prefix(text: &str) -> Result<String, PrefixError> {
    let valid = (2..=16).contains(&text.len())
        && text.as_bytes()[0].is_ascii_lowercase()
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if valid { Ok(text.to_owned()) } else { Err(PrefixError) }
}

/// What a text that was presented as a key is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Over [`KEY_MAX`] bytes.
    #[error("longer than {KEY_MAX} bytes")]
    TooLong,
    /// Not `{prefix}_{environment}_{38 letters and digits}`.
    #[error("not in the form of a key")]
    Shape,
    /// The last six characters don't match the rest: a typing error.
    #[error("the checksum does not match: it was mistyped or cut")]
    Checksum,
}

/// The parts of a well-formed key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyFormat<'a> {
    /// The organization's prefix.
    pub prefix: &'a str,
    /// The environment that is written in the key.
    pub environment: Environment,
    /// The random characters and the checksum.
    rest: &'a str,
    /// What stands before them.
    lead: &'a str,
}

impl fmt::Debug for KeyFormat<'_> {
    /// Without the rest, which is the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFormat").field("prefix", &self.prefix).field("environment", &self.environment).finish_non_exhaustive()
    }
}

impl<'a> KeyFormat<'a> {
    /// Takes a presented text apart. Nothing is looked up.
    ///
    /// # Errors
    /// [`FormatError`] says what it is not.
    pub fn parse(presented: &'a str) -> Result<Self, FormatError> {
        if presented.len() > KEY_MAX {
            return Err(FormatError::TooLong);
        }
        let (prefix, after) = presented.split_once('_').ok_or(FormatError::Shape)?;
        let (environment, rest) = after.split_once('_').ok_or(FormatError::Shape)?;
        let environment = environment.parse().map_err(|_| FormatError::Shape)?;
        let shape = parse_prefix(prefix).is_ok()
            && rest.len() == RANDOM_LEN + CHECKSUM_LEN
            && rest.bytes().all(|b| b.is_ascii_alphanumeric());
        if !shape {
            return Err(FormatError::Shape);
        }
        let (body, sum) = presented.split_at(presented.len() - CHECKSUM_LEN);
        if checksum(body) != sum.as_bytes() {
            return Err(FormatError::Checksum);
        }
        let lead = &presented[..presented.len() - rest.len()];
        Ok(Self { prefix, environment, rest, lead })
    }

    /// What it begins with, and the rest.
    pub(crate) fn split(&self) -> (&'a str, &'a str) {
        (self.lead, self.rest)
    }

    /// What may be shown of it.
    #[must_use]
    pub fn hint(&self) -> Hint {
        Hint::of(self.lead, self.rest)
    }

    /// Whether this is what may be shown of it: as comparing with [`KeyFormat::hint`], which would be made
    /// for that alone.
    #[must_use]
    pub fn has_hint(&self, hint: &Hint) -> bool {
        let (start, end) = shown(self.rest);
        hint.has_parts(self.lead, start, end)
    }
}

/// Makes a new secret from the system's generator.
///
/// # Errors
/// Where the system's generator fails; nothing weaker is used in its place.
pub fn generate(prefix: &Prefix, environment: Environment) -> Result<Secret, getrandom::Error> {
    let mut text = String::with_capacity(KEY_MAX);
    text.push_str(prefix.as_str());
    text.push('_');
    text.push_str(environment.as_str());
    text.push('_');
    let start = text.len();
    let mut bytes = zeroize::Zeroizing::new([0_u8; 64]);
    while text.len() - start < RANDOM_LEN {
        getrandom::fill(bytes.as_mut_slice())?;
        for &byte in bytes.iter() {
            // 248 is the largest multiple of 62 in a byte: what lies above would favour some characters.
            if byte < 248 && text.len() - start < RANDOM_LEN {
                text.push(char::from(BASE62[usize::from(byte % 62)]));
            }
        }
    }
    let sum = checksum(&text);
    text.extend(sum.map(char::from));
    Ok(Secret::new(text))
}

/// Random base62 characters from the system's generator: for session tokens and verifiers.
///
/// # Errors
/// Where the system's generator fails.
pub fn random_base62(length: usize) -> Result<Secret, getrandom::Error> {
    let mut text = String::with_capacity(length);
    let mut bytes = zeroize::Zeroizing::new([0_u8; 64]);
    while text.len() < length {
        getrandom::fill(bytes.as_mut_slice())?;
        let usable = bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(BASE62[usize::from(byte % 62)]));
        let missing = length - text.len();
        text.extend(usable.take(missing));
    }
    Ok(Secret::new(text))
}

fn checksum(body: &str) -> [u8; CHECKSUM_LEN] {
    let mut sum = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; CHECKSUM_LEN];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(sum % 62) as usize];
        sum /= 62;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prefix() -> Prefix {
        "kd".parse().expect("valid in tests")
    }

    proptest! {
        #[test]
        fn what_is_generated_parses(name in "[a-z][a-z0-9]{1,15}", live: bool) {
            let environment = if live { Environment::Live } else { Environment::Test };
            let secret = generate(&name.parse().expect("matches the rule"), environment).expect("the system's generator works");
            let parsed = KeyFormat::parse(secret.expose()).expect("generated keys are well-formed");
            prop_assert_eq!(parsed.prefix, name);
            prop_assert_eq!(parsed.environment, environment);
            prop_assert!(secret.expose().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        }

        #[test]
        fn one_wrong_character_is_seen(at in 0_usize..46, with in "[0-9A-Za-z]") {
            let secret = generate(&prefix(), Environment::Test).expect("the system's generator works");
            let mut text = secret.expose().to_owned();
            prop_assume!(at < text.len() && text[at..=at] != with && &text[at..=at] != "_");
            text.replace_range(at..=at, &with);
            prop_assert!(KeyFormat::parse(&text).is_err());
        }

        #[test]
        fn a_hint_is_had_by_the_key_that_gives_it_alone(
            text in "[a-z]{2,3}_(test|live)_[0-1]{4}…[0-1]{4}",
            other in "[a-z]{2,3}_(test|live)_[0-1]{4}…[0-1]{4}",
        ) {
            let (hint, other): (Hint, Hint) = (text.parse().expect("matches the rule"), other.parse().expect("matches the rule"));
            let (start, end) = (&text[text.len() - 11..text.len() - 7], &text[text.len() - 4..]);
            let rest = format!("{start}{}{end}", "x".repeat(RANDOM_LEN + CHECKSUM_LEN - 8));
            let (prefix, environment) = hint.native().expect("a native hint");
            let key = KeyFormat { prefix, environment, rest: &rest, lead: hint.lead() };
            prop_assert!(key.has_hint(&hint));
            prop_assert_eq!(key.has_hint(&other), key.hint() == other);
        }

        #[test]
        fn nothing_panics(text in ".{0,300}") {
            let _ = KeyFormat::parse(&text);
        }
    }

    #[test]
    fn refusals_are_told_apart() {
        let check = |text: &str, expected| assert_eq!(KeyFormat::parse(text).map(|_| ()), Err(expected), "{text}");
        check(&"x".repeat(257), FormatError::TooLong);
        check("", FormatError::Shape);
        check("kd_prod_00000000000000000000000000000000000000", FormatError::Shape);
        check("kd_test_0000", FormatError::Shape);
        check("kd_test_00000000000000000000000000000000000000", FormatError::Checksum);
    }

    #[test]
    fn the_checksum_is_crc32_in_base62() {
        // CRC-32/ISO-HDLC of "123456789" is 0xCBF43926 (the catalogue's check value), 3_421_780_262.
        assert_eq!(checksum("123456789"), base62(3_421_780_262).as_bytes());
    }

    fn base62(mut n: u64) -> String {
        let mut out = Vec::new();
        while n > 0 {
            out.push(BASE62[(n % 62) as usize]);
            n /= 62;
        }
        out.reverse();
        String::from_utf8(out).expect("ASCII")
    }
}
