//! Which version a change is made to: `ETag` and `If-Match`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{ETAG, IF_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;

use crate::error::Error;

/// Which version a change is made to.
#[derive(Clone, Copy)]
pub(crate) enum Expected {
    /// This one.
    Version(u32),
    /// None that ever was: the header named no version of ours.
    Never,
    /// Whichever there is: a dialect's own route names none, so the last change wins.
    Any,
}

impl Expected {
    /// Whether this is the version.
    pub(crate) fn is(self, version: u32) -> bool {
        match self {
            Self::Version(expected) => expected == version,
            Self::Never => false,
            Self::Any => true,
        }
    }
}

/// A version as an `ETag`.
pub(crate) fn etag(version: u32) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).expect("digits in quotes are valid in a header")
}

/// A thing with its version in the `ETag`.
pub(crate) fn tagged(status: StatusCode, version: u32, thing: impl Serialize) -> Response {
    (status, [(ETAG, etag(version))], Json(thing)).into_response()
}

/// The version that a change is made to. A weak tag never matches (RFC 9110, 13.1.1), and `*` would
/// write over what somebody else just did: it counts as missing.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Expected, Error> {
    let missing = || Error::PreconditionRequired("send the ETag of the version that you change in If-Match");
    let mut values = headers.get_all(IF_MATCH).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(missing()) };
    let Ok(text) = value.to_str().map(str::trim) else { return Ok(Expected::Never) };
    if text.is_empty() || text == "*" {
        return Err(missing());
    }
    let version = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).and_then(|digits| digits.parse::<u32>().ok());
    Ok(version.filter(|version| etag(*version) == text).map_or(Expected::Never, Expected::Version))
}
