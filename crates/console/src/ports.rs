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
    /// Who asks the person where a file is to be.
    pub saving: Arc<dyn Saving>,
    /// Who shows notices of the system.
    pub notices: Arc<dyn Notices>,
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
    /// Where a file is proposed to be that the person wants to have. It need not be there.
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

/// Where a file is proposed to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The folder. It need not be there.
    pub folder: PathBuf,
    /// What it is called there, with its ending.
    pub name: String,
}

/// Asks where a file is to be.
#[async_trait]
pub trait Saving: Send + Sync {
    /// Asks by the system's own dialog, which also asks before something is replaced. `None` where the
    /// person closed it. Cancelled by dropping.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::File`] where the system can't ask.
    async fn ask(&self, proposal: Proposal) -> Result<Option<PathBuf>>;
}

/// A notice of the system. Anybody who looks at the screen can read it: it holds names, never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemNotice {
    /// In a few words.
    pub title: String,
    /// In a sentence.
    pub text: String,
}

/// Shows notices of the system.
pub trait Notices: Send + Sync {
    /// Shows one. Called from any thread; must not block. Where the system shows none, nothing is done.
    /// When it is clicked, the window is brought to the front, and `clicked` is called.
    fn show(&self, notice: SystemNotice, clicked: Clicked);
}

/// What is done when a notice is clicked. Must not block.
pub type Clicked = Box<dyn FnOnce() + Send>;

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
