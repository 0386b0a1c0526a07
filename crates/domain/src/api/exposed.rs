//! How a secret crosses the wire: only in fields that name this module, `#[serde(with = "exposed")]`.
//!
//! The fields are few, and this list is complete: the password in [`super::sessions::NewSession`],
//! the token in [`super::sessions::IssuedSession`], the passwords in [`super::account::NewPassword`],
//! the secrets in [`super::keys::IssuedKey`] and [`super::verifiers::IssuedVerifier`], the key in
//! [`super::verify::VerifyRequest`], the secret in [`super::webhooks::IssuedWebhook`], the tokens of [`super::invitations`], and token and password in
//! [`super::claim::Claim`]; and where a dialect documents them, the new key and the password in the routes of that
//! dialect.

use serde::{Deserialize, Deserializer, Serializer};

use crate::secret::{OneTimeToken, Password, Secret, SessionToken};

/// A text that may cross the wire in the one field that says so.
pub trait Exposed: Sized {
    /// Takes a received text over.
    fn receive(text: String) -> Self;
    /// Gives the text to the serializer.
    fn send(&self) -> &str;
}

macro_rules! exposed {
    ($name:ident) => {
        impl Exposed for $name {
            fn receive(text: String) -> Self {
                Self::new(text)
            }
            fn send(&self) -> &str {
                // Exposed because this field of the wire exists to carry it.
                self.expose()
            }
        }
    };
}

exposed!(Secret);
exposed!(Password);
exposed!(SessionToken);
exposed!(OneTimeToken);

/// Writes the text of a field that names this module.
///
/// # Errors
/// The serializer's own.
pub fn serialize<T: Exposed, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.send())
}

/// Reads the text of a field that names this module.
///
/// # Errors
/// The deserializer's own.
pub fn deserialize<'de, T: Exposed, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer).map(T::receive)
}

/// The same for a field that may be `null`.
pub mod optional {
    use super::{Deserialize, Deserializer, Exposed, Serializer};

    /// Writes the text, or `null`.
    ///
    /// # Errors
    /// The serializer's own.
    #[allow(clippy::ref_option, reason = "serde's `with` gives the field by reference")]
    pub fn serialize<T: Exposed, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.serialize_some(value.send()),
            None => serializer.serialize_none(),
        }
    }

    /// Reads the text, or `null`.
    ///
    /// # Errors
    /// The deserializer's own.
    pub fn deserialize<'de, T: Exposed, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        Option::<String>::deserialize(deserializer).map(|text| text.map(T::receive))
    }
}
