//! Requests that make something and can be sent again: `Idempotency-Key` names them.

use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::subkeys::Tag;

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer tells of an earlier request.
static REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest `Idempotency-Key`.
const LONGEST: usize = 255;

/// How long a repeat is recognised.
pub(crate) const REMEMBERED: chrono::Duration = chrono::Duration::days(7);

/// The name of a request that has to have one, as it is kept: any text becomes 32 bytes.
pub(crate) fn required(headers: &HeaderMap) -> Result<Tag, Error> {
    const MISSING: Error = Error::PreconditionRequired("send an Idempotency-Key, so that a repeat makes no second key");
    let mut values = headers.get_all(&IDEMPOTENCY_KEY).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(MISSING) };
    match value.to_str().map(str::trim) {
        Ok("") => Err(MISSING),
        Ok(text) if text.len() <= LONGEST => Ok(Sha256::digest(text.as_bytes()).into()),
        _ => Err(Error::InvalidRequest(format!("an Idempotency-Key has at most {LONGEST} ASCII characters"))),
    }
}

/// The name of a request that may have one. A header that is empty or there twice is no name.
pub(crate) fn optional(headers: &HeaderMap) -> Result<Option<Tag>, Error> {
    let mut values = headers.get_all(&IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) if !value.as_bytes().trim_ascii().is_empty() => required(headers).map(Some),
        _ => Err(Error::InvalidRequest("send one Idempotency-Key that is not empty, or none".to_owned())),
    }
}

/// Marks an answer as that of an earlier request.
pub(crate) fn mark_replayed(headers: &mut HeaderMap) {
    headers.insert(&REPLAYED, HeaderValue::from_static("true"));
}
