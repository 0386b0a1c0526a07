//! JSON of a foreign system whose fields no document names: read as a tree, asked for by more than one spelling. Its
//! texts wipe themselves, because one of them can be a secret.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use super::http::Answer;
use super::http::failure::Failure;

/// Most bytes that are read as a tree, which takes more room than its text.
const BODY_MAX: usize = 4 * 1024 * 1024;
/// Seconds since 1970 are fewer than this until the year 5138; milliseconds are more since 1973.
const MILLISECONDS_FROM: f64 = 1e11;

/// A value.
pub enum Loose {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// A text.
    Text(Zeroizing<String>),
    /// A list.
    List(Vec<Loose>),
    /// Fields in their order.
    Fields(Vec<(String, Loose)>),
}

/// The body of an answer as a tree.
///
/// # Errors
/// [`crate::error::ErrorCode::BadAnswer`] for what is not JSON, is nested too deeply, or is too long. The message holds
/// nothing of the body.
pub fn read(answer: &Answer) -> Result<Loose, Failure> {
    if answer.body().len() > BODY_MAX {
        return Err(Failure::bad_answer("The server's answer is too long."));
    }
    answer.json()
}

impl Loose {
    /// The first field with one of these names: `created_at`, `createdAt` and `Created-At` are all `createdat`. A field
    /// that is `null` is not there.
    #[must_use]
    pub fn field(&self, names: &[&str]) -> Option<&Self> {
        let Self::Fields(fields) = self else { return None };
        let there = |wanted: &str| {
            let found = fields.iter().find(|(name, _)| is_spelling(name, wanted));
            found.map(|(_, value)| value).filter(|value| !matches!(value, Self::Null))
        };
        names.iter().find_map(|name| there(name))
    }

    /// All fields, where it has some.
    #[must_use]
    pub fn fields(&self) -> &[(String, Self)] {
        if let Self::Fields(fields) = self { fields } else { &[] }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The list.
    #[must_use]
    pub fn list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    /// Yes or no.
    #[must_use]
    pub fn yes(&self) -> Option<bool> {
        if let Self::Bool(yes) = self { Some(*yes) } else { None }
    }

    /// How many: a number that is whole and not negative, or the digits of one.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        match self {
            // Whole numbers up to 2^53 are exact.
            Self::Number(number) if *number >= 0.0 && *number <= 9_007_199_254_740_992.0 && number.fract() == 0.0 => {
                Some(*number as u64)
            }
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// An instant: RFC 3339, a date of UTC, or seconds or milliseconds since 1970.
    #[must_use]
    pub fn time(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Number(number) if number.is_finite() => {
                let milliseconds = if number.abs() < MILLISECONDS_FROM { number * 1_000.0 } else { *number };
                // What does not fit becomes the nearest that does, which chrono refuses.
                DateTime::from_timestamp_millis(milliseconds as i64)
            }
            Self::Text(text) => {
                let text = text.trim();
                let instant = DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc));
                let no_zone = || NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok().map(|at| at.and_utc());
                let t = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|at| at.and_utc());
                instant.or_else(no_zone).or_else(t).or_else(|| self.day().map(|day| day.and_time(NaiveTime::MIN).and_utc()))
            }
            _ => None,
        }
    }

    /// A day: `2026-11-22`, whatever follows.
    #[must_use]
    pub fn day(&self) -> Option<NaiveDate> {
        self.text()?.trim().get(..10)?.parse().ok()
    }
}

fn is_spelling(name: &str, wanted: &str) -> bool {
    name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).eq(wanted.chars())
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Loose;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Loose, E> {
        Ok(Loose::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Loose, E> {
        Ok(Loose::Bool(yes))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Loose, E> {
        Ok(Loose::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Loose, E> {
        Ok(Loose::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Loose, E> {
        Ok(Loose::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Loose, E> {
        Ok(Loose::Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Loose, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Loose::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Loose, A::Error> {
        let mut fields = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            fields.push(entry);
        }
        Ok(Loose::Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn loose(json: &str) -> Loose {
        serde_json::from_str(json).expect("JSON")
    }

    #[test]
    fn a_field_has_many_spellings() {
        for json in [r#"{"created_at":"x"}"#, r#"{"createdAt":"x"}"#, r#"{"Created-At":"x"}"#, r#"{"CREATED_AT":"x"}"#] {
            assert_eq!(loose(json).field(&["createdat"]).and_then(Loose::text), Some("x"), "{json}");
        }
        assert!(loose(r#"{"created":"x"}"#).field(&["createdat"]).is_none());
        assert!(loose(r#"{"created_at":null}"#).field(&["createdat"]).is_none());
        // In the order in which they are asked for.
        assert_eq!(loose(r#"{"b":2,"a":1}"#).field(&["a", "b"]).and_then(Loose::count), Some(1));
    }

    #[test]
    fn an_instant_has_many_spellings() {
        let check = |json: &str, expected: Option<&str>| {
            let read = loose(json).time().map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
            assert_eq!(read.as_deref(), expected, "{json}");
        };
        check(r#""2026-11-22T09:15:00Z""#, Some("2026-11-22T09:15:00Z"));
        check(r#""2026-11-22T10:15:00.123+01:00""#, Some("2026-11-22T09:15:00Z"));
        check(r#""2026-11-22 09:15:00""#, Some("2026-11-22T09:15:00Z"));
        check(r#""2026-11-22T09:15:00""#, Some("2026-11-22T09:15:00Z"));
        check(r#""2026-11-22""#, Some("2026-11-22T00:00:00Z"));
        check("1795338900", Some("2026-11-22T09:15:00Z"));
        check("1795338900000", Some("2026-11-22T09:15:00Z"));
        for other in [r#""soon""#, r#""""#, r#""ääääää""#, "1e300", "-1e300", "true", "[]", "{}", "null"] {
            check(other, None);
        }
    }

    #[test]
    fn how_many_is_whole() {
        let check = |json: &str, expected: Option<u64>| assert_eq!(loose(json).count(), expected, "{json}");
        check("17", Some(17));
        check(r#""17""#, Some(17));
        for other in ["-1", "1.5", "1e300", r#""-1""#, r#""a""#, "true", "null"] {
            check(other, None);
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(tree) = serde_json::from_slice::<Loose>(&body) {
                let _ = (tree.time(), tree.day(), tree.count(), tree.field(&["id"]).is_some());
            }
        }

        #[test]
        fn no_text_is_a_trap(text in "\\PC{0,60}", number in any::<f64>()) {
            let text = Loose::Text(Zeroizing::new(text));
            let _ = (text.time(), text.day(), text.count());
            let number = Loose::Number(number);
            let _ = (number.time(), number.count());
        }
    }
}
