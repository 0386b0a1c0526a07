//! What a person typed, as what it stands for.

use std::fmt::Display;
use std::str::FromStr;

use crate::error::{Error, ErrorCode, Result};

/// Reads what was typed; `what` names the field in the sentence that says what is wrong.
pub(super) fn typed<T: FromStr<Err: Display>>(what: &str, text: &str) -> Result<T> {
    text.trim().parse().map_err(|error| Error::new(ErrorCode::Invalid, format!("{what}: {error}.")))
}
