//! Which system a copied text is a key of: told by its form alone, before anything is sent.

use keydeck_domain::key::KeyKind;
use keydeck_domain::{Dialect, Environment, Hint, PresentedKey, Secret};

use crate::error::{Error, ErrorCode, Result};
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
