//! Which system a copied text is a key of: told by its form alone, before anything is sent.

use keydeck_domain::key::KeyKind;
use keydeck_domain::{Dialect, Environment, Hint, PresentedKey, Secret};

use crate::error::{Error, ErrorCode, Result};
use crate::keys::Recognised;
use crate::kinds::Kind;

/// What a text can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// A key of this system.
    pub dialect: Dialect,
    /// Its environment, where the text tells it.
    pub environment: Option<Environment>,
    /// Secret or publishable, where the text tells it.
    pub kind: Option<KeyKind>,
    /// What may be shown of it.
    pub hint: Hint,
    /// Whether it can hardly be anything else: its beginning is the system's own.
    pub sure: bool,
}

/// Everything that a text can be, the likeliest first.
#[must_use]
pub fn candidates(text: &str) -> Vec<Candidate> {
    let read = |dialect| {
        let presented = PresentedKey::parse(dialect, text).ok()?;
        let (environment, kind, hint) = (presented.environment, presented.kind, presented.hint());
        Some(Candidate { dialect, environment, kind, sure: is_own(dialect, text), hint })
    };
    let mut found: Vec<Candidate> = Dialect::ALL.into_iter().filter_map(read).collect();
    found.sort_by_key(|candidate| !candidate.sure);
    found
}

/// Whether only this system's keys begin so.
fn is_own(dialect: Dialect, text: &str) -> bool {
    match dialect {
        // Its checksum fits.
        Dialect::Keydeck => true,
        Dialect::Azen => text.starts_with("az_"),
        Dialect::MemoryApi => text.starts_with("mem_live_") || text.starts_with("mem_test_"),
        Dialect::Elizaos => false,
        Dialect::Azotte => ["pk_dev_", "sk_dev_", "pk_live_", "sk_live_"].iter().any(|lead| text.starts_with(lead)),
        Dialect::Azerion => text.starts_with("sk-"),
    }
}

/// What a text seems to be, for a server of this kind.
#[must_use]
pub fn look(kind: &Kind, secret: &Secret) -> Recognised {
    // Exposed to look at its form.
    let found = candidates(secret.expose());
    let own = found.iter().find(|candidate| Some(candidate.dialect) == kind.dialect);
    let best = found.iter().find(|candidate| candidate.sure).or(own);
    let refused = fits(kind, secret).and_then(|()| strong_enough(secret)).err().map(|error| error.message);
    Recognised {
        system: best.map(|candidate| candidate.dialect.contract().title.to_owned()),
        environment: best.and_then(|candidate| candidate.environment),
        kind: best.and_then(|candidate| candidate.kind),
        hint: best.map(|candidate| candidate.hint.clone()),
        refused,
    }
}

/// Refuses a text that can be guessed, and says why.
///
/// # Errors
/// [`ErrorCode::Invalid`]. The message holds nothing of the text.
pub fn strong_enough(secret: &Secret) -> Result<()> {
    // Exposed to look at how it is made.
    let text = secret.expose();
    let lower = text.to_ascii_lowercase();
    let weak = |why: &str| Err(Error::new(ErrorCode::Invalid, format!("This key is too weak: {why}. Nothing was taken in.")));
    // ElizaOS: "Bad: Predictable or weak keys: admin123, secret, test-key".
    if EXAMPLES.iter().any(|example| lower.contains(example)) {
        return weak("it looks like the example of a document, not like a key of your own");
    }
    // As many as 16 random bytes need in base64.
    if text.len() < 22 {
        return weak("it has fewer than 22 characters, so it can be guessed");
    }
    let bytes = text.as_bytes();
    let distinct = (0..=u8::MAX).filter(|byte| bytes.contains(byte)).count();
    if distinct < 9 {
        return weak("it has few different characters");
    }
    if (1..=bytes.len() / 2).any(|period| bytes.iter().zip(&bytes[period..]).all(|(a, b)| a == b)) {
        return weak("it repeats itself");
    }
    let steps = bytes.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count();
    if steps * 2 > bytes.len() {
        return weak("it is a row of neighbouring characters");
    }
    Ok(())
}

/// What only a text that somebody typed holds.
const EXAMPLES: [&str; 12] = [
    "your-", "your_", "secret", "example", "admin1", "password", "changeme", "test-key", "api-key", "api_key", "xxxxxx", "abc123",
];

/// Refuses a text that can't be a key of this kind of server, and says whose it is.
///
/// # Errors
/// [`ErrorCode::Invalid`]. The message holds nothing of the text.
pub fn fits(kind: &Kind, secret: &Secret) -> Result<()> {
    let Some(dialect) = kind.dialect else { return Ok(()) };
    // Exposed to look at its form.
    let text = secret.expose();
    let found = candidates(text);
    let title = kind.title;
    let other = found.iter().find(|candidate| candidate.sure && candidate.dialect != dialect);
    let message = match (other, found.iter().any(|candidate| candidate.dialect == dialect)) {
        (None, true) => return Ok(()),
        (Some(other), _) => {
            let whose = other.dialect.contract().title;
            format!("What you copied is a key of {whose}, not of {title}. Nothing was sent.")
        }
        (None, false) => format!("What you copied is not a key of {title}: {}. Nothing was sent.", form(dialect)),
    };
    Err(Error::new(ErrorCode::Invalid, message))
}

/// What a key of this system looks like, as its document says.
fn form(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Keydeck => "it has a prefix, live or test, and 46 letters and digits whose last ones are a checksum",
        Dialect::Azen => "it has a prefix such as az_ and 64 letters",
        Dialect::MemoryApi => "it begins with mem_live_ or mem_test_",
        Dialect::Elizaos => "it has at least 16 characters and no blank",
        Dialect::Azotte => "it begins with pk_dev_, sk_dev_, pk_live_ or sk_live_",
        Dialect::Azerion => "it begins with sk-",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::ServerKind;
    use crate::kinds;
    use proptest::prelude::*;

    fn made(dialect: Dialect, environment: Environment, kind: KeyKind) -> Secret {
        dialect.generate(&"kd".parse().expect("a prefix"), environment, kind).expect("the system's generator works")
    }

    #[test]
    fn what_a_system_makes_is_recognised_and_strong() {
        for dialect in Dialect::ALL {
            for environment in [Environment::Live, Environment::Test] {
                let secret = made(dialect, environment, KeyKind::Secret);
                let found = candidates(secret.expose());
                let first = found.iter().find(|candidate| candidate.dialect == dialect).expect("recognised");
                assert!(first.environment.is_none_or(|told| told == environment), "{dialect}");
                assert_eq!(strong_enough(&secret), Ok(()), "{dialect}");
                // Only a token without a form of its own can be anything.
                assert!(found[0].dialect == dialect || dialect == Dialect::Elizaos, "{dialect}");
            }
        }
    }

    /// Azotte: "Prefix: pk_dev_ (publishable) or sk_dev_ (secret)", "pk_live_ (publishable) or sk_live_ (secret)".
    #[test]
    fn the_four_prefixes_of_azotte() {
        let check = |lead: &str, environment, kind| {
            let found = candidates(&format!("{lead}1234567890abcdef"));
            let told = found.first().map(|one| (one.dialect, one.environment, one.kind));
            assert_eq!(told, Some((Dialect::Azotte, Some(environment), Some(kind))), "{lead}");
        };
        check("pk_dev_", Environment::Test, KeyKind::Publishable);
        check("sk_dev_", Environment::Test, KeyKind::Secret);
        check("pk_live_", Environment::Live, KeyKind::Publishable);
        check("sk_live_", Environment::Live, KeyKind::Secret);
    }

    #[test]
    fn a_key_of_another_system_is_said() {
        let memory = made(Dialect::MemoryApi, Environment::Live, KeyKind::Secret);
        let message = |kind| fits(kinds::find(kind).expect("a kind"), &memory).err().map(|error| error.message);
        assert_eq!(message(ServerKind::MemoryApi), None);
        for kind in [ServerKind::Azotte, ServerKind::Azerion, ServerKind::Elizaos] {
            let said = message(kind).expect("refused");
            assert!(said.contains("Memory API") && said.contains("Nothing was sent"), "{said}");
            assert!(!said.contains(memory.expose()));
        }
    }

    /// ElizaOS: "Good: High entropy random key: openssl rand -base64 32", "Good: UUID v4: uuidgen", "Bad: Predictable or
    /// weak keys: "admin123", "secret", "test-key"".
    #[test]
    fn a_weak_token_is_refused_with_the_reason() {
        let why = |text: &str| strong_enough(&Secret::new(text.to_owned())).err().map(|error| error.message);
        for good in ["6f1d9c1e-2b7a-4c3d-9e8f-0a1b2c3d4e5f", "q83Zl0yJb9pVtH5sWcN2xk7RfGmDa4LoEu1iTjXvYwQ="] {
            assert_eq!(why(good), None, "{good}");
        }
        let check = |text: &str, reason: &str| assert!(why(text).is_some_and(|why| why.contains(reason)), "{text}");
        check("admin123", "example");
        check("secret", "example");
        check("test-key", "example");
        check("your-secret-api-key-here", "example");
        check("q83Zl0yJb9pVtH5s", "fewer than 22");
        check("abababababababababababababab", "few different");
        check("1a2b3c4d5e1a2b3c4d5e1a2b3c4d5e", "repeats");
        check("abcdefghijklmnopqrstuvwxyz0123456789", "neighbouring");
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_at(text in "\\PC{0,600}|(sk|pk|az|mem|kd)[_-](live|dev|test)?_?[A-Za-z0-9]{0,80}") {
            let secret = Secret::new(text.clone());
            for kind in kinds::ADAPTERS {
                let seen = look(kind, &secret);
                // What is said of it never holds it.
                let said = format!("{seen:?}");
                prop_assert!(text.len() < 16 || !said.contains(text.as_str()));
            }
        }
    }
}
