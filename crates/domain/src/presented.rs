//! What a caller presents as a key, read by the rules of a dialect: nothing is looked up.
//!
//! Every system keeps its documented format. Where a format leaves a length open, the shortest that is read has
//! as many random characters as the shortest example of the system's own document.

use std::fmt;

use crate::dialect::Dialect;
use crate::environment::Environment;
use crate::format::{FormatError, KEY_MAX, KeyFormat, Prefix, generate, random_base62};
use crate::hint::{Hint, shown};
use crate::key::KeyKind;
use crate::secret::Secret;

/// Letters that follow the prefix of a Better Auth key.
const BETTER_AUTH_LEN: usize = 64;
/// Random base62 characters in a key that this crate makes for a dialect: 40 · log2(62) = 238 bits.
const RANDOM_LEN: usize = 40;
/// Fewest characters of a rest that is read as one.
const REST_MIN: usize = 16;

/// The parts of a well-formed key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PresentedKey<'a> {
    /// The environment, where the text tells it.
    pub environment: Option<Environment>,
    /// Secret or publishable, where the text tells it.
    pub kind: Option<KeyKind>,
    lead: &'a str,
    rest: &'a str,
}

impl fmt::Debug for PresentedKey<'_> {
    /// Without the rest, which is the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentedKey").field("lead", &self.lead).finish_non_exhaustive()
    }
}

impl<'a> PresentedKey<'a> {
    /// Takes a presented text apart, by the rules of this dialect.
    ///
    /// # Errors
    /// [`FormatError`] says what it is not.
    pub fn parse(dialect: Dialect, presented: &'a str) -> Result<Self, FormatError> {
        if presented.len() > KEY_MAX {
            return Err(FormatError::TooLong);
        }
        let read = match dialect {
            Dialect::Keydeck => {
                let native = KeyFormat::parse(presented)?;
                let (lead, rest) = native.split();
                return Ok(Self { environment: Some(native.environment), kind: None, lead, rest });
            }
            Dialect::Azen => better_auth(presented),
            Dialect::MemoryApi => memory_api(presented),
            Dialect::Elizaos => token(presented),
            Dialect::Azotte => azotte(presented),
            Dialect::Azerion => after(presented, "sk-", is_url_safe).map(|parts| (None, None, parts)),
        };
        let (environment, kind, (lead, rest)) = read.ok_or(FormatError::Shape)?;
        Ok(Self { environment, kind, lead, rest })
    }

    /// What may be shown of it.
    #[must_use]
    pub fn hint(&self) -> Hint {
        Hint::of(self.lead, self.rest)
    }

    /// Whether this is what may be shown of it: as comparing with [`PresentedKey::hint`], which would be made
    /// for that alone.
    #[must_use]
    pub fn has_hint(&self, hint: &Hint) -> bool {
        let (start, end) = shown(self.rest);
        hint.has_parts(self.lead, start, end)
    }
}

type Parts<'a> = (&'a str, &'a str);
type Read<'a> = Option<(Option<Environment>, Option<KeyKind>, Parts<'a>)>;

/// What follows a known beginning.
fn after<'a>(text: &'a str, lead: &str, allowed: fn(u8) -> bool) -> Option<Parts<'a>> {
    let parts = text.split_at_checked(lead.len()).filter(|(start, _)| *start == lead)?;
    (parts.1.len() >= REST_MIN && parts.1.bytes().all(allowed)).then_some(parts)
}

fn is_alphanumeric(b: u8) -> bool {
    b.is_ascii_alphanumeric()
}

fn is_url_safe(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'-'
}

/// "`az_` + random", as Better Auth makes it: 64 letters behind any prefix of `[A-Za-z0-9_-]`, at most 32 long.
fn better_auth(text: &str) -> Read<'_> {
    let (lead, rest) = text.split_at_checked(text.len().checked_sub(BETTER_AUTH_LEN)?)?;
    let valid = lead.len() <= 32 && lead.bytes().all(is_url_safe) && rest.bytes().all(|b| b.is_ascii_alphabetic());
    valid.then_some((None, None, (lead, rest)))
}

/// "`mem_{environment}_{random_string}`".
fn memory_api(text: &str) -> Read<'_> {
    [("mem_live_", Environment::Live), ("mem_test_", Environment::Test)]
        .into_iter()
        .find_map(|(lead, environment)| Some((Some(environment), None, after(text, lead, is_alphanumeric)?)))
}

/// "Prefix: pk_dev_ (publishable) or sk_dev_ (secret)", "pk_live_ (publishable) or sk_live_ (secret)".
fn azotte(text: &str) -> Read<'_> {
    AZOTTE_LEADS
        .into_iter()
        .find_map(|(lead, environment, kind)| Some((Some(environment), Some(kind), after(text, lead, is_alphanumeric)?)))
}

const AZOTTE_LEADS: [(&str, Environment, KeyKind); 4] = [
    ("pk_dev_", Environment::Test, KeyKind::Publishable),
    ("sk_dev_", Environment::Test, KeyKind::Secret),
    ("pk_live_", Environment::Live, KeyKind::Publishable),
    ("sk_live_", Environment::Live, KeyKind::Secret),
];

/// Any text that a header can hold: how strong it is was looked at when it was made.
fn token(text: &str) -> Read<'_> {
    let valid = text.len() >= REST_MIN && text.bytes().all(|b| b.is_ascii_graphic());
    valid.then_some((None, None, ("", text)))
}

impl Dialect {
    /// What a key begins with. The prefix counts where the dialect lets it be chosen: in Keydeck's own.
    #[must_use]
    pub fn lead(self, prefix: &Prefix, environment: Environment, kind: KeyKind) -> String {
        match (self, environment) {
            (Self::Keydeck, _) => format!("{prefix}_{environment}_"),
            (Self::Azen, _) => "az_".to_owned(),
            (Self::MemoryApi, Environment::Live) => "mem_live_".to_owned(),
            (Self::MemoryApi, Environment::Test) => "mem_test_".to_owned(),
            (Self::Elizaos, _) => String::new(),
            (Self::Azotte, _) => AZOTTE_LEADS
                .into_iter()
                .find_map(|(lead, of, which)| ((of, which) == (environment, kind)).then(|| lead.to_owned()))
                .unwrap_or_default(),
            (Self::Azerion, _) => "sk-".to_owned(),
        }
    }

    /// Makes a new secret from the system's generator. The prefix counts where the dialect lets it be chosen:
    /// in Keydeck's own.
    ///
    /// # Errors
    /// Where the system's generator fails; nothing weaker is used in its place.
    pub fn generate(self, prefix: &Prefix, environment: Environment, kind: KeyKind) -> Result<Secret, getrandom::Error> {
        match self {
            Self::Keydeck => generate(prefix, environment),
            Self::Azen => better_auth_secret(&self.lead(prefix, environment, kind)),
            Self::Elizaos => strong_token(),
            Self::MemoryApi | Self::Azotte | Self::Azerion => {
                let rest = random_base62(RANDOM_LEN)?;
                // Exposed to be put behind what it begins with: the result is a secret again.
                Ok(Secret::new([&self.lead(prefix, environment, kind), rest.expose()].concat()))
            }
        }
    }
}

/// 64 random letters behind a prefix: what Better Auth makes.
///
/// # Errors
/// Where the system's generator fails.
pub fn better_auth_secret(prefix: &str) -> Result<Secret, getrandom::Error> {
    const LETTERS: &[u8; 52] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = String::with_capacity(prefix.len() + BETTER_AUTH_LEN);
    text.push_str(prefix);
    let mut bytes = zeroize::Zeroizing::new([0_u8; 64]);
    while text.len() < prefix.len() + BETTER_AUTH_LEN {
        getrandom::fill(bytes.as_mut_slice())?;
        let missing = prefix.len() + BETTER_AUTH_LEN - text.len();
        // 208 is the largest multiple of 52 in a byte: what lies above would favour some letters.
        let usable = bytes.iter().filter(|byte| **byte < 208).map(|byte| char::from(LETTERS[usize::from(byte % 52)]));
        text.extend(usable.take(missing));
    }
    Ok(Secret::new(text))
}

/// 32 random bytes as base64, as `openssl rand -base64 32` makes them.
///
/// # Errors
/// Where the system's generator fails.
pub fn strong_token() -> Result<Secret, getrandom::Error> {
    const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = zeroize::Zeroizing::new([0_u8; 33]);
    getrandom::fill(&mut bytes.as_mut_slice()[..32])?;
    let mut text = String::with_capacity(44);
    for three in bytes.chunks_exact(3) {
        let joined = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
        text.extend([18, 12, 6, 0].map(|shift| char::from(BASE64[(joined >> shift & 63) as usize])));
    }
    // 32 bytes leave one sextet of the last three bytes empty, which is written as `=`.
    text.pop();
    text.push('=');
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(dialect: Dialect, text: &str) -> Option<(Option<Environment>, Option<KeyKind>, String)> {
        PresentedKey::parse(dialect, text).ok().map(|key| (key.environment, key.kind, key.hint().to_string()))
    }

    #[test]
    fn every_dialect_reads_what_it_makes() {
        let prefix: Prefix = "kd".parse().expect("valid");
        for dialect in Dialect::ALL {
            for environment in [Environment::Live, Environment::Test] {
                for kind in [KeyKind::Secret, KeyKind::Publishable] {
                    let secret = dialect.generate(&prefix, environment, kind).expect("the system's generator works");
                    let key = PresentedKey::parse(dialect, secret.expose()).expect("what is made is well-formed");
                    let contract = dialect.contract();
                    assert_eq!(key.environment, contract.environments.then_some(environment), "{dialect}");
                    assert!(key.has_hint(&key.hint()) && key.hint().to_string().parse() == Ok(key.hint()), "{dialect}");
                    assert!(!key.hint().to_string().contains(&secret.expose()[12..20]), "{dialect}");
                    if dialect == Dialect::Azotte {
                        assert_eq!(key.kind, Some(kind));
                    }
                }
            }
        }
    }

    #[test]
    fn the_documents_own_examples_are_read() {
        let live = Some(Environment::Live);
        let test = Some(Environment::Test);
        assert_eq!(
            read(Dialect::Azotte, "sk_dev_1234567890abcdef"),
            Some((test, Some(KeyKind::Secret), "sk_dev_1234…cdef".into()))
        );
        assert_eq!(
            read(Dialect::Azotte, "pk_live_1234567890abcdef"),
            Some((live, Some(KeyKind::Publishable), "pk_live_1234…cdef".into()))
        );
        assert_eq!(read(Dialect::Azerion, "sk-xxxxxxxxxxxxxxxxxxxxxxxx"), Some((None, None, "sk-xxxx…xxxx".into())));
        assert_eq!(read(Dialect::MemoryApi, "mem_live_abc123..."), None);
        assert_eq!(read(Dialect::MemoryApi, "mem_prod_0123456789abcdef"), None);
        assert_eq!(read(Dialect::MemoryApi, "mem_test_0123456789abcdef"), Some((test, None, "mem_test_0123…cdef".into())));
        assert_eq!(read(Dialect::Elizaos, "your-secret-api-key-here"), Some((None, None, "your…here".into())));
        assert_eq!(read(Dialect::Azotte, "sk_prod_1234567890abcdef"), None);
    }

    #[test]
    fn a_token_is_32_bytes_in_base64() {
        let token = strong_token().expect("the system's generator works");
        let text = token.expose();
        assert_eq!((text.len(), text.ends_with('='), text.ends_with("==")), (44, true, false));
        // The last character before `=` holds four bits alone: its two lowest are zero (RFC 4648, 3.5).
        assert!("AEIMQUYcgkosw048".contains(&text[42..43]));
    }

    proptest! {
        #[test]
        fn nothing_panics(text in ".{0,300}", index in 0_usize..6) {
            let _ = PresentedKey::parse(Dialect::ALL[index], &text);
        }
    }
}
