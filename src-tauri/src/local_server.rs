//! Stub until keydeck-server lands.
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use keydeck_console::error::{Error, ErrorCode, Result};
use keydeck_console::ports::{LocalRunning, LocalServer, LocalWish};
use keydeck_console::vault::Vault;
use keydeck_domain::api::sessions::IssuedSession;

/// Stub.
pub struct LocalHost;
impl LocalHost {
    /// Stub.
    #[must_use]
    pub fn new(_folder: PathBuf, _vault: Arc<dyn Vault>) -> Self {
        Self
    }
    /// Stub.
    pub async fn stop(&self) {}
}
#[async_trait]
impl LocalServer for LocalHost {
    async fn start(&self, _wish: LocalWish) -> Result<LocalRunning> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }
    async fn issue_session(&self) -> Result<IssuedSession> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }
}
