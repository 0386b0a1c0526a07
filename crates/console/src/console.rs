//! Every use-case of the window, as one method each.

#![allow(missing_docs, unused_variables, reason = "signatures first")]

use std::future::Future;
use std::sync::Arc;

use keydeck_domain::api::keys::{KeyChange, KeyQuery, NewKey};
use keydeck_domain::{OrganizationId, Password};

use crate::clipboard::{ClipboardState, CopyAs};
use crate::connection::{Connection, ConnectionId, NewConnection, ServerIdentity};
use crate::error::{Error, ErrorCode, Result};
use crate::handoff::{Handoff, Reveal};
use crate::keychain::KeychainReport;
use crate::keys::{Custody, KeyPage, KeyRef, KeyRow, Revocation, Trial, Update};
use crate::overview::Overview;
use crate::ports::Ports;
use crate::preferences::Preferences;
use crate::sealed::Sealed;

/// All that the desktop does. Cheap to clone.
#[derive(Clone)]
pub struct Console {
    inner: Arc<Inner>,
}

struct Inner {
    sealed: Sealed,
}

impl Console {
    pub async fn start(ports: Ports) -> Result<Console> {
        drop(ports);
        Ok(Self { inner: Arc::new(Inner { sealed: Sealed::default() }) })
    }

    pub async fn run<T>(&self, operation: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        work.await
    }

    pub fn cancel(&self, operation: &str) {}

    #[must_use]
    pub fn sealed(&self) -> &Sealed {
        &self.inner.sealed
    }

    pub fn exit(&self) {}

    pub async fn overview(&self) -> Result<Overview> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn start_local(&self) -> Result<Connection> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn probe_server(&self, address: String, ca_file: Option<String>) -> Result<ServerIdentity> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn add_connection(&self, new: NewConnection) -> Result<Connection> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn edit_connection(&self, id: ConnectionId, new: NewConnection) -> Result<Connection> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn remove_connection(&self, id: ConnectionId) -> Result<Overview> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn show_connection(&self, id: ConnectionId, organization: Option<OrganizationId>) -> Result<()> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn sign_in(&self, id: ConnectionId, email: String, password: Password) -> Result<Connection> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn sign_out(&self, id: ConnectionId) -> Result<Connection> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn refresh_connection(&self, id: ConnectionId) -> Result<Connection> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn list_keys(&self, connection: ConnectionId, organization: OrganizationId, query: KeyQuery) -> Result<KeyPage> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn get_key(&self, key: KeyRef) -> Result<KeyRow> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn update_key(&self, key: KeyRef, version: u32, change: KeyChange) -> Result<Update> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn revoke_key(&self, key: KeyRef) -> Result<Revocation> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn create_key(&self, connection: ConnectionId, organization: OrganizationId, new: NewKey) -> Result<Handoff> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn handoffs(&self) -> Result<Vec<Handoff>> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn finish_handoff(&self, key: KeyRef, keep: bool) -> Result<Vec<Handoff>> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn confirm_stored(&self, key: KeyRef) -> Result<Vec<Handoff>> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn resend_handoff(&self, key: KeyRef) -> Result<Handoff> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn forget_handoff(&self, key: KeyRef) -> Result<Vec<Handoff>> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn discard_key(&self, key: KeyRef) -> Result<Revocation> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn forget_secret(&self, key: KeyRef) -> Result<Custody> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn copy_secret(&self, key: KeyRef, form: CopyAs) -> Result<ClipboardState> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn clear_clipboard(&self) -> Result<ClipboardState> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn try_key(&self, key: KeyRef) -> Result<Trial> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn reveal_secret(&self, key: KeyRef) -> Result<Reveal> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn reveal_served(&self, address: String) -> Result<bool> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn end_reveal(&self, address: String) -> Result<()> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn set_preferences(&self, preferences: Preferences) -> Result<Preferences> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn check_keychain(&self) -> Result<KeychainReport> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }

    pub async fn open_link(&self, url: String) -> Result<()> {
        Err(Error::new(ErrorCode::Internal, "not there yet"))
    }
}
