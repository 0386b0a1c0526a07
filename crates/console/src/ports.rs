//! What the console needs from whoever hosts it: a keychain, a clipboard, a local server, somebody
//! to tell, and where its files are.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use keydeck_domain::api::sessions::IssuedSession;
use url::Url;

use crate::clipboard::Clipboard;
use crate::error::Result;
use crate::event::Event;
use crate::vault::Vault;

/// Everything that the host gives.
pub struct Ports {
    /// Where secrets are kept.
    pub vault: Arc<dyn Vault>,
    /// Where secrets are copied to.
    pub clipboard: Arc<dyn Clipboard>,
    /// The key server inside this program.
    pub local: Arc<dyn LocalServer>,
    /// Who is told when something changes by itself.
    pub events: Arc<dyn Events>,
    /// Who opens links.
    pub opener: Arc<dyn Opener>,
    /// Where the files are.
    pub folders: Folders,
}

/// Where the console's files are. None of the folders ever holds a secret.
#[derive(Clone, Debug)]
pub struct Folders {
    /// For `settings.json`.
    pub config: PathBuf,
    /// For the journal of new keys and the last lists.
    pub data: PathBuf,
    /// For what the person wants to have as a file. It need not be there.
    pub downloads: PathBuf,
}

/// Hears of what changes by itself.
pub trait Events: Send + Sync {
    /// Called from any thread; must not block.
    fn send(&self, event: Event);
}

/// Opens links in the system's browser.
pub trait Opener: Send + Sync {
    /// Called with https addresses only.
    ///
    /// # Errors
    /// Where the system can't open it.
    fn open(&self, url: &Url) -> Result<()>;
}

/// How the local server is to be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalWish {
    /// The port of last time, so that scripts go on working; `None` the first time.
    pub port: Option<u16>,
}

/// How the local server runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalRunning {
    /// The origin of the listener that this process holds.
    pub origin: Url,
    /// Whether the wished port was taken by somebody else.
    pub port_changed: bool,
}

/// The key server inside this program. The console sends a token only to the origin that `start`
/// gave: another program that took the port in the meantime gets none.
#[async_trait]
pub trait LocalServer: Send + Sync {
    /// Starts it; where it runs already, says where.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::LocalServer`] or a keychain error, where it can't be started.
    async fn start(&self, wish: LocalWish) -> Result<LocalRunning>;

    /// A session for the owner of the organization on this computer. No password is involved: who
    /// runs this program owns its data.
    ///
    /// # Errors
    /// Where the server is not running.
    async fn issue_session(&self) -> Result<IssuedSession>;
}
