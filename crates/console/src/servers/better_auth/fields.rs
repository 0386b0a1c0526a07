//! Values that a foreign server sends, read tolerantly: what is missing or of another type is as if it were not there.

use chrono::{DateTime, Datelike, Utc};
use serde_json::{Map, Value};

/// A text that is not empty. An id can be a number.
pub(crate) fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    match fields.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A time of the years 1970 to 9999: RFC 3339, or seconds or milliseconds since 1970.
pub(crate) fn time(fields: &Map<String, Value>, name: &str) -> Option<DateTime<Utc>> {
    let value = fields.get(name)?;
    let at = match value.as_str() {
        Some(text) => DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc),
        None => {
            let number = value.as_i64()?;
            // As seconds that would be the year 5138.
            let seconds = number.unsigned_abs() < 100_000_000_000;
            if seconds { DateTime::from_timestamp(number, 0)? } else { DateTime::from_timestamp_millis(number)? }
        }
    };
    (1970..=9999).contains(&at.year()).then_some(at)
}

/// Yes or no; databases without that type have 1 and 0.
pub(crate) fn flag(fields: &Map<String, Value>, name: &str) -> Option<bool> {
    let value = fields.get(name)?;
    value.as_bool().or_else(|| value.as_i64().map(|number| number != 0))
}

/// A number that counts something.
pub(crate) fn count(fields: &Map<String, Value>, name: &str) -> Option<u64> {
    fields.get(name)?.as_u64()
}

/// An object. Older servers write it as JSON in a text, sometimes twice.
pub(crate) fn object(fields: &Map<String, Value>, name: &str) -> Map<String, Value> {
    let mut value = fields.get(name).cloned().unwrap_or_default();
    for _ in 0..2 {
        if let Value::String(text) = &value {
            value = serde_json::from_str(text).unwrap_or_default();
        }
    }
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The objects of a list, bare or under one of these names.
pub(crate) fn objects(value: Value, names: &[&str]) -> Vec<Map<String, Value>> {
    let list = match value {
        Value::Array(list) => list,
        Value::Object(mut fields) => match names.iter().find_map(|name| fields.remove(*name)) {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let object = |value| if let Value::Object(fields) = value { Some(fields) } else { None };
    list.into_iter().filter_map(object).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn times_are_read_in_any_form_and_no_other() {
        let read = |value: Value| time(json!({ "at": value }).as_object()?, "at").map(|at| at.timestamp());
        assert_eq!(read(json!("2026-11-22T13:04:22.763Z")), Some(1_795_352_662));
        assert_eq!(read(json!("2026-11-22T14:04:22+01:00")), Some(1_795_352_662));
        assert_eq!(read(json!(1_795_352_662)), Some(1_795_352_662));
        assert_eq!(read(json!(1_795_352_662_763_u64)), Some(1_795_352_662));
        for odd in [json!(null), json!("soon"), json!(i64::MIN), json!(i64::MAX), json!(-1), json!(1.5), json!([])] {
            assert_eq!(read(odd.clone()), None, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn any_text_under_any_name_is_read(text in "\\PC{0,80}|[\\[{\"\\\\]{0,9}|\"?[{]\"a\":1[}]\"?", number: i64) {
            for value in [Value::from(text.clone()), Value::from(number), json!([text]), json!({ "a": text })] {
                let fields = json!({ "x": value.clone() });
                let fields = fields.as_object().expect("an object");
                let _read = (time(fields, "x"), flag(fields, "x"), count(fields, "x"), object(fields, "x"), super::text(fields, "x"));
                let listed = json!({ "keys": [value.clone(), {}] });
                prop_assert!(objects(listed, &["keys"]).len() <= 2);
                let _listed = objects(value, &["keys"]);
            }
        }
    }
}
