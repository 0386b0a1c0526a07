//! Values that a foreign server sends, read tolerantly: what is missing or of another type is as if it were not there.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// A text that is not empty. An id can be a number.
pub(crate) fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    match fields.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A time: RFC 3339, or seconds or milliseconds since 1970.
pub(crate) fn time(fields: &Map<String, Value>, name: &str) -> Option<DateTime<Utc>> {
    let value = fields.get(name)?;
    if let Some(text) = value.as_str() {
        return DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc));
    }
    let number = value.as_i64()?;
    // As seconds that would be the year 5138.
    if number.abs() < 100_000_000_000 { DateTime::from_timestamp(number, 0) } else { DateTime::from_timestamp_millis(number) }
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
