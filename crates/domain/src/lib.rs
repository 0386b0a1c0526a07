//! What a key is, and what crosses the wire between Keydeck and a key server.
//!
//! No I/O and no clock: both the console and the server compile against these types, so that a rule
//! (a name, a scope, a key's format) is written once and holds on both sides.

pub mod address;
pub mod api;
pub mod dialect;
pub mod digest;
pub mod environment;
pub mod format;
pub mod hint;
pub mod ids;
pub mod key;
pub mod name;
pub mod outcome;
pub mod presented;
pub mod role;
pub mod route;
pub mod scope;
pub mod secret;
pub mod tenant;
mod text;

pub use address::AddressRange;
pub use dialect::Dialect;
pub use digest::Digest;
pub use environment::Environment;
pub use format::{KeyFormat, Prefix};
pub use hint::Hint;
pub use ids::{InvitationId, KeyId, OrganizationId, SessionId, UserId, VerifierId, WebhookId};
pub use key::{Key, KeyKind, KeyStatus};
pub use name::{Email, Name, Note};
pub use outcome::Outcome;
pub use presented::PresentedKey;
pub use role::{Permission, Role};
pub use route::RouteTag;
pub use scope::{Access, Scope, Scopes};
pub use secret::{OneTimeToken, Password, Secret, SessionToken};
pub use tenant::TenantId;
