//! Identifiers. Each is a UUID of version 7, so that rows sort by the time they were made, and a
//! type of its own, so that a key's id can't stand where an organization's is wanted.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
        #[cfg_attr(feature = "bindings", ts(type = "string"))]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id from the system's clock and generator.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The 16 bytes of the id, for MACs and storage.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(
    /// A key, unique together with its organization: the client makes it.
    KeyId
);
id!(
    /// An organization: who owns keys.
    OrganizationId
);
id!(
    /// A person that can sign in.
    UserId
);
id!(
    /// A session of a person.
    SessionId
);
id!(
    /// A verifier: a credential that can ask `/v1/verify` and nothing else.
    VerifierId
);
id!(
    /// An invitation: a way into an organization, for one person, once.
    InvitationId
);
id!(
    /// A webhook: where an organization's alerts are sent to.
    WebhookId
);
