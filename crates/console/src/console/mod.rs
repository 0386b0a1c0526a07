//! Every use-case of the window, as one method each. A file a subject: [`connections`], [`session`],
//! [`keys`], [`create`], [`claims`], [`secrets`], [`checks`], [`joining`], [`account`],
//! [`organizations`], [`members`], [`invitations`], [`verifiers`], [`audit`], [`usage`], [`alerts`],
//! [`expiry`], [`webhooks`], [`files`], [`register`], [`by_key`].

mod account;
mod alerts;
mod audit;
mod by_key;
mod checks;
mod claims;
mod closing;
mod connections;
mod create;
mod expiry;
mod files;
mod fit;
mod held;
mod history;
mod invitations;
mod joining;
mod keys;
mod limits;
mod members;
mod membership;
mod notices;
mod offline;
mod organizations;
mod register;
mod secrets;
mod session;
mod settle;
mod signing_up;
mod start;
mod state;
mod told;
mod typed;
mod usage;
mod verifiers;
mod view;
mod watch;
mod webhooks;

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use keydeck_domain::TenantId;
use tokio::sync::OnceCell;

use crate::clipboard::countdown::Countdown;
use crate::connection::{ConnectionId, ServerKind};
use crate::error::Result;
use crate::handoff::journal::Journal;
use crate::keychain::KeychainState;
use crate::kinds;
use crate::lists::LastLists;
use crate::operations::Operations;
use crate::ports::{Events, LocalServer, Notices, Opener, Ports, Saving};
use crate::register::Register;
use crate::sealed::Sealed;
use crate::servers::KeyServer;
use crate::servers::http::address::Address;
use crate::settings::SettingsFile;
use crate::vault::Vault;

use state::Live;

/// All that the desktop does. Cheap to clone.
#[derive(Clone)]
pub struct Console {
    inner: Arc<Inner>,
}

/// A key server that is to be spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Of which kind it is.
    pub kind: ServerKind,
    /// Where it is.
    pub address: Address,
    /// The tenant, where the kind has tenants.
    pub tenant: Option<TenantId>,
    /// Of which connection it is, once it is one: what is in the register belongs to it.
    pub connection: Option<ConnectionId>,
    /// An own certificate authority.
    pub ca_file: Option<PathBuf>,
}

/// Makes the adapter for a key server.
pub type Adapters = Arc<dyn Fn(&Target, &Register) -> Result<Arc<dyn KeyServer>> + Send + Sync>;

struct Inner {
    vault: Arc<dyn Vault>,
    local: Arc<dyn LocalServer>,
    events: Arc<dyn Events>,
    opener: Arc<dyn Opener>,
    saving: Arc<dyn Saving>,
    notices: Arc<dyn Notices>,
    adapters: Adapters,
    settings: SettingsFile,
    journal: Journal,
    register: Register,
    lists: LastLists,
    downloads: PathBuf,
    sealed: Sealed,
    operations: Operations,
    countdown: Countdown,
    live: Live,
    keychain: Mutex<KeychainState>,
    notice: Mutex<Option<String>>,
    local_start: OnceCell<()>,
    settling: tokio::sync::Mutex<()>,
}

impl Console {
    /// Reads settings and journal. Key servers are asked in the background: what is slow does not
    /// keep the window from opening.
    ///
    /// # Errors
    /// Where a file can neither be read nor moved aside.
    pub async fn start(ports: Ports) -> Result<Self> {
        Self::start_with(ports, Arc::new(kinds::adapter)).await
    }

    /// The same with other adapters.
    ///
    /// # Errors
    /// As [`Console::start`].
    pub async fn start_with(ports: Ports, adapters: Adapters) -> Result<Self> {
        let folders = ports.folders.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let settings = SettingsFile::open(&folders.config.join("settings.json"))?;
            let journal = Journal::open(&folders.data.join("new-keys.json"))?;
            let register = Register::open(&folders.data.join("register.json"))?;
            Ok::<_, crate::error::Error>((settings, journal, register))
        });
        let (settings, journal, register) = opened.await.map_err(state::internal)??;
        let ((settings, settings_notice), (journal, journal_notice), (register, register_notice)) = (settings, journal, register);
        let notices: Vec<String> = [settings_notice, journal_notice, register_notice].into_iter().flatten().collect();
        let inner = Inner {
            countdown: Countdown::new(ports.clipboard, Arc::clone(&ports.events)),
            vault: ports.vault,
            local: ports.local,
            events: ports.events,
            opener: ports.opener,
            saving: ports.saving,
            notices: ports.notices,
            adapters,
            settings,
            journal,
            register,
            lists: LastLists::new(ports.folders.data.join("last-lists")),
            downloads: ports.folders.downloads,
            sealed: Sealed::default(),
            operations: Operations::default(),
            live: Live::default(),
            keychain: Mutex::new(KeychainState::Unknown),
            notice: Mutex::new((!notices.is_empty()).then(|| notices.join(" "))),
            local_start: OnceCell::new(),
            settling: tokio::sync::Mutex::new(()),
        };
        let console = Self { inner: Arc::new(inner) };
        let in_background = console.clone();
        tokio::spawn(async move {
            in_background.wake().await;
            in_background.watch().await;
        });
        Ok(console)
    }

    /// Does some work that [`Console::cancel`] ends at once.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::Cancelled`], and the work's own.
    pub async fn run<T>(&self, operation: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.inner.operations.run(operation, work).await
    }

    /// Cancels an operation, also one that has not begun yet.
    pub fn cancel(&self, operation: &str) {
        self.inner.operations.cancel(operation);
    }

    /// The sealed frame.
    #[must_use]
    pub fn sealed(&self) -> &Sealed {
        &self.inner.sealed
    }

    /// The end of the program: takes our secret out of the clipboard and forgets what waits to be
    /// looked at.
    pub fn exit(&self) {
        self.inner.sealed.end_all();
        self.inner.countdown.exit();
    }
}
