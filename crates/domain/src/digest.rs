//! What a client sends instead of a secret.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::secret::Secret;

/// SHA-256 of a secret's bytes: 64 lower-case hexadecimal digits on the wire. A server stores not
/// this but its HMAC under the pepper.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String))]
pub struct Digest([u8; 32]);

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 32 bytes, written as 64 lower-case hexadecimal digits")]
pub struct DigestError;

impl Digest {
    /// The digest of a secret.
    #[must_use]
    pub fn of(secret: &Secret) -> Self {
        // Exposed to be hashed: the digest is what leaves this machine in its place.
        Self::of_text(secret.expose())
    }

    /// The digest of what a caller presented as a key.
    #[must_use]
    pub fn of_text(presented: &str) -> Self {
        Self(Sha256::digest(presented.as_bytes()).into())
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for Digest {
    /// A digest is not a secret, but has no business in a log either.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest(…)")
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        hex::encode(digest.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(DigestError);
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(&text, &mut bytes).map_err(|_| DigestError)?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_value() {
        // FIPS 180-2, appendix B.1: SHA-256("abc").
        let digest = Digest::of(&Secret::new("abc".into()));
        assert_eq!(String::from(digest), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn only_64_lower_case_digits() {
        for bad in ["", "ab", &"A".repeat(64), &"g".repeat(64), &"a".repeat(66)] {
            assert_eq!(Digest::try_from(bad.to_owned()), Err(DigestError));
        }
    }
}
