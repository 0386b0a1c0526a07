//! Where secrets are kept: the operating system's keychain, and a memory one for tests.
//!
//! Three verbs: store, read, forget. A missing entry is `Ok(None)`. Every entry carries the origin
//! it belongs to, which is compared before each send.

mod keychain;
mod memory;

use async_trait::async_trait;
use keydeck_domain::Secret;

pub use keychain::KeychainVault;
pub use memory::MemoryVault;

use crate::connection::ConnectionId;
use crate::error::Result;
use crate::keys::KeyRef;

/// What a vault can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entry {
    /// The token of a connection's session.
    SessionToken(ConnectionId),
    /// The secret of a key.
    KeySecret(KeyRef),
    /// The local server's pepper.
    LocalPepper,
    /// What the keychain check writes, reads and forgets again.
    Check,
}

/// What a vault gives back.
pub struct Kept {
    /// The origin that the secret belongs to.
    pub origin: String,
    /// The secret.
    pub secret: Secret,
}

/// Keeps secrets.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Keeps a secret, in place of what was there. `label` is what people read in the system's own
    /// tool: `Keydeck: Billing worker (Northwind)`.
    ///
    /// # Errors
    /// One of the keychain codes.
    async fn store(&self, entry: &Entry, label: &str, origin: &str, secret: &Secret) -> Result<()>;

    /// Gives what is kept; `None` where there is nothing.
    ///
    /// # Errors
    /// One of the keychain codes.
    async fn read(&self, entry: &Entry) -> Result<Option<Kept>>;

    /// Forgets an entry; nothing to forget is fine.
    ///
    /// # Errors
    /// One of the keychain codes.
    async fn forget(&self, entry: &Entry) -> Result<()>;

    /// What people call this keychain.
    fn store_name(&self) -> &'static str;
}
