//! Texts that prove something: they wipe themselves, and can't be printed, copied or serialized.
//!
//! There is no `Debug`, `Display`, `Clone`, `Serialize` or `Deref`: the one way in is `expose`, and
//! each call of it says in a comment why it is there. The fields that must cross the wire name
//! [`crate::api::exposed`] one by one.
//!
//! ```compile_fail
//! let secret = keydeck_domain::Secret::new("kd_test_…".to_owned());
//! println!("{secret}");
//! ```
//! ```compile_fail
//! let secret = keydeck_domain::Secret::new("kd_test_…".to_owned());
//! println!("{secret:?}");
//! ```
//! ```compile_fail
//! let secret = keydeck_domain::Secret::new("kd_test_…".to_owned());
//! serde_json::to_string(&secret).unwrap();
//! ```

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

macro_rules! wiped {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// Takes the text over; it is wiped when this value is dropped.
            #[must_use]
            pub fn new(text: String) -> Self {
                Self(Zeroizing::new(text))
            }

            /// The text itself. Every call says in a comment why it needs it.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }

            /// A second value of the same text, named so that it is seen in a review.
            #[must_use]
            pub fn duplicate(&self) -> Self {
                Self(self.0.clone())
            }
        }

        impl PartialEq for $name {
            /// In constant time for texts of the same length.
            fn eq(&self, other: &Self) -> bool {
                self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
            }
        }
    };
}

wiped!(
    /// The text that proves a key.
    Secret
);
wiped!(
    /// What a person signs in with.
    Password
);
wiped!(
    /// What a session is proved with, after signing in.
    SessionToken
);
wiped!(
    /// What proves something once: an invitation, or that a fresh server is one's own.
    OneTimeToken
);

#[cfg(test)]
mod tests {
    use super::*;
    use static_assertions::assert_not_impl_any;

    assert_not_impl_any!(Secret: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize, std::ops::Deref);
    assert_not_impl_any!(Password: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize, std::ops::Deref);
    assert_not_impl_any!(SessionToken: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize, std::ops::Deref);

    assert_not_impl_any!(OneTimeToken: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize, std::ops::Deref);

    #[test]
    fn equal_texts_are_equal() {
        assert!(Secret::new("a".into()) == Secret::new("a".into()));
        assert!(Secret::new("a".into()) != Secret::new("b".into()));
        assert!(Secret::new("a".into()) != Secret::new("aa".into()));
    }
}
