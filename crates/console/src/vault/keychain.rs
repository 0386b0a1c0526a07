//! The operating system's keychain.

use async_trait::async_trait;
use keydeck_domain::Secret;

use super::{Entry, Kept, Vault};
use crate::error::{Error, ErrorCode, Result};

/// The operating system's keychain.
pub struct KeychainVault {}

impl KeychainVault {
    /// Connects on first use.
    #[must_use]
    pub fn open() -> Self {
        Self {}
    }
}

#[async_trait]
impl Vault for KeychainVault {
    async fn store(&self, _entry: &Entry, _label: &str, _origin: &str, _secret: &Secret) -> Result<()> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }
    async fn read(&self, _entry: &Entry) -> Result<Option<Kept>> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }
    async fn forget(&self, _entry: &Entry) -> Result<()> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }
    fn store_name(&self) -> &'static str {
        "Secret Service"
    }
}
