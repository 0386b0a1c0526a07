//! Text that people type: names, notes, e-mail addresses.
//!
//! What could deceive a reader or break a line is refused here, once, for both sides: control
//! characters (a name must not start a new line in a log or a header) and the marks that reorder or
//! hide text (Unicode's bidirectional controls and zero-width characters, as in CVE-2021-42574).

use crate::text::validated_text;

/// Longest name, in characters.
pub const NAME_MAX: usize = 100;
/// Longest note, in characters.
pub const NOTE_MAX: usize = 2_000;

/// Why a text was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but blanks.
    #[error("must not be empty")]
    Empty,
    /// Over the limit.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// A control character or a mark that reorders or hides text.
    #[error("must not hold the character U+{0:04X}, which can hide or reorder text")]
    Deceiving(u32),
    /// Not an e-mail address.
    #[error("must be an e-mail address, such as ada@example.org")]
    NotAnEmail,
}

validated_text!(
    /// What people call a thing: 1 to 100 characters, blanks trimmed, on one line.
    Name,
    TextError,
    parse_name
);
validated_text!(
    /// A remark, possibly empty, of at most 2,000 characters. Line breaks and tabs are allowed.
    Note,
    TextError,
    parse_note
);
validated_text!(
    /// An e-mail address in lower case, at most 254 characters (RFC 5321, 4.5.3.1.3).
    Email,
    TextError,
    parse_email
);

#[allow(clippy::derivable_impls, reason = "one macro makes all these types, and only a note may be empty")]
impl Default for Note {
    fn default() -> Self {
        Self(String::new())
    }
}

fn parse_name(text: &str) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    bounded(text, NAME_MAX)?;
    honest(text, |_| false)?;
    Ok(text.to_owned())
}

fn parse_note(text: &str) -> Result<String, TextError> {
    bounded(text, NOTE_MAX)?;
    honest(text, |c| c == '\n' || c == '\t')?;
    Ok(text.to_owned())
}

fn parse_email(text: &str) -> Result<String, TextError> {
    let text = text.trim();
    bounded(text, 254)?;
    honest(text, |_| false)?;
    let valid = text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !text.contains(char::is_whitespace)
    });
    if !valid {
        return Err(TextError::NotAnEmail);
    }
    Ok(text.to_lowercase())
}

fn bounded(text: &str, max: usize) -> Result<(), TextError> {
    if text.chars().nth(max).is_some() { Err(TextError::TooLong(max)) } else { Ok(()) }
}

fn honest(text: &str, allowed: impl Fn(char) -> bool) -> Result<(), TextError> {
    match text.chars().find(|&c| deceives(c) && !allowed(c)) {
        Some(c) => Err(TextError::Deceiving(u32::from(c))),
        None => Ok(()),
    }
}

/// Whether a character can break a line, hide itself or reorder what stands beside it.
#[must_use]
pub fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(
            u32::from(c),
            0x00AD | 0x061C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF9..=0xFFFB | 0xE0000..=0xE007F
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!("  Billing worker ".parse::<Name>().map(String::from), Ok("Billing worker".into()));
        assert_eq!("   ".parse::<Name>(), Err(TextError::Empty));
        assert_eq!("x".repeat(101).parse::<Name>(), Err(TextError::TooLong(100)));
        assert!("ü".repeat(100).parse::<Name>().is_ok());
    }

    #[test]
    fn what_deceives_is_refused() {
        for bad in ["a\r\nSet-Cookie: b", "a\u{202E}b", "a\u{200B}b", "a\u{0}b", "a\u{2028}b", "a\u{7f}b"] {
            assert!(matches!(bad.parse::<Name>(), Err(TextError::Deceiving(_))), "{bad:?}");
        }
        assert!("two\nlines".parse::<Note>().is_ok());
        assert!("two\r\nlines".parse::<Note>().is_err());
    }

    #[test]
    fn emails() {
        assert_eq!("Ada@Example.org".parse::<Email>().map(String::from), Ok("ada@example.org".into()));
        for bad in ["", "ada", "@b", "a@", "a b@c", "a@b@c"] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
    }
}
