//! An object of a foreign server that can hold a secret: the secret is taken out while it is read, so that no copy of
//! it stays among the other fields.

use std::fmt;

use keydeck_domain::Secret;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Fields whose text is a secret: a new key, and a session.
const SECRET: [&str; 2] = ["key", "token"];

/// What was told.
#[derive(Default)]
pub(crate) struct Told {
    /// The secret.
    pub(crate) secret: Option<Secret>,
    /// Every other field.
    pub(crate) fields: Map<String, Value>,
}

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Told;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Told, A::Error> {
        let mut told = Told::default();
        while let Some(name) = map.next_key::<String>()? {
            if SECRET.contains(&name.as_str()) {
                told.secret = map.next_value::<MaybeText>()?.0.or(told.secret);
            } else {
                told.fields.insert(name, map.next_value()?);
            }
        }
        Ok(told)
    }
}

/// A text, or anything else, which is not kept.
struct MaybeText(Option<Secret>);

impl<'de> Deserialize<'de> for MaybeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text)
    }
}

struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = MaybeText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<MaybeText, E> {
        Ok(MaybeText((!text.is_empty()).then(|| Secret::new(text.to_owned()))))
    }

    fn visit_unit<E: Error>(self) -> Result<MaybeText, E> {
        Ok(MaybeText(None))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<MaybeText, E> {
        Ok(MaybeText(None))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<MaybeText, E> {
        Ok(MaybeText(None))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<MaybeText, E> {
        Ok(MaybeText(None))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<MaybeText, E> {
        Ok(MaybeText(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<MaybeText, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(MaybeText(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MaybeText, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(MaybeText(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out() {
        let told: Told = serde_json::from_str(r#"{"key":"az_abc","id":"1","token":null}"#).expect("an object");
        assert!(told.secret.is_some_and(|secret| secret.expose() == "az_abc"));
        assert_eq!(Value::Object(told.fields), serde_json::json!({ "id": "1" }));
        for odd in [r#"{"key":[{"a":1}]}"#, r#"{"key":{"a":[]}}"#, r#"{"key":1.5}"#, r#"{"key":true}"#, r#"{"key":""}"#] {
            assert!(serde_json::from_str::<Told>(odd).expect("an object").secret.is_none(), "{odd}");
        }
        assert!(serde_json::from_str::<Told>("[]").is_err());
    }
}
