//! The key server of this computer: keydeck-server inside this program, on a listener that this
//! process opened and holds. The console sends a token to that listener only.

mod owner;
mod pepper;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use keydeck_console::error::{Error, ErrorCode, Result};
use keydeck_console::ports::{LocalRunning, LocalServer, LocalWish};
use keydeck_console::vault::Vault;
use keydeck_domain::Email;
use keydeck_domain::api::sessions::IssuedSession;
use keydeck_server::{Config, Server, StartError};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, oneshot, watch};
use tokio::task::JoinHandle;
use url::Url;

/// How long the end of the program waits for open requests.
const DRAIN: Duration = Duration::from_secs(3);

/// Starts the key server of this computer, and ends it.
pub struct LocalHost {
    folder: PathBuf,
    vault: Arc<dyn Vault>,
    running: Mutex<Option<Running>>,
    /// True from the end of the program on.
    over: watch::Sender<bool>,
}

struct Running {
    server: Server,
    owner: Email,
    origin: Url,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl LocalHost {
    /// A server with its data in this folder and its pepper in this vault. It isn't started yet.
    #[must_use]
    pub fn new(folder: PathBuf, vault: Arc<dyn Vault>) -> Self {
        Self { folder, vault, running: Mutex::new(None), over: watch::Sender::new(false) }
    }

    /// Lets open requests end, writes what is only in memory and gives the folder free. It doesn't
    /// start any more afterwards; a start that is under way, and may wait for a password, is given up.
    pub async fn stop(&self) {
        self.over.send_replace(true);
        let Some(running) = self.running.lock().await.take() else { return };
        // Fails where the server ended by itself; then there is nothing to stop.
        let _ = running.stop.send(());
        if tokio::time::timeout(2 * DRAIN, running.task).await.is_err() {
            tracing::warn!("the local server did not end in time");
        }
    }

    async fn open(&self, wish: LocalWish) -> Result<(Running, bool)> {
        let pepper = pepper::find(&self.folder, self.vault.as_ref()).await?;
        let (listener, port_changed) =
            bind(wish.port).await.map_err(|error| failed("no port of this computer is free", &error))?;
        let port = listener.local_addr().map_err(|error| failed("the listener has no address", &error))?.port();
        let origin = Url::parse(&format!("http://127.0.0.1:{port}")).map_err(|error| failed("the address is wrong", &error))?;

        let mut config = Config::new(&self.folder);
        // A page of some website that resolves its name to this computer is not answered.
        config.allowed_hosts = Some(vec![format!("127.0.0.1:{port}"), format!("localhost:{port}")]);
        config.limits.drain = DRAIN;
        let server = keydeck_server::open(config, pepper).await.map_err(|error| cannot_start(&error))?;
        let owner = match owner::find_or_make(&server, &self.folder).await {
            Ok(owner) => owner,
            Err(error) => {
                // Nobody else could open the folder as long as this one holds it.
                server.close().await;
                return Err(error);
            }
        };

        let (stop, stopped) = oneshot::channel();
        let serving = server.clone().serve(listener, async move {
            // Either told to stop, or the host is gone: both mean the end.
            let _ = stopped.await;
        });
        let task = tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the local server ended with an error");
            }
        });
        Ok((Running { server, owner, origin, stop, task }, port_changed))
    }
}

#[async_trait]
impl LocalServer for LocalHost {
    async fn start(&self, wish: LocalWish) -> Result<LocalRunning> {
        let mut running = self.running.lock().await;
        if let Some(running) = running.as_ref().filter(|running| !running.task.is_finished()) {
            return Ok(LocalRunning { origin: running.origin.clone(), port_changed: false });
        }
        let mut over = self.over.subscribe();
        let (started, port_changed) = tokio::select! {
            biased;
            // Fails where the sender is gone, and that is this host.
            _ = over.wait_for(|over| *over) => return Err(Error::new(ErrorCode::LocalServer, "Keydeck is closing.")),
            opened = self.open(wish) => opened?,
        };
        let origin = started.origin.clone();
        *running = Some(started);
        Ok(LocalRunning { origin, port_changed })
    }

    async fn issue_session(&self) -> Result<IssuedSession> {
        let running = self.running.lock().await;
        let Some(running) = running.as_ref().filter(|running| !running.task.is_finished()) else {
            return Err(Error::new(ErrorCode::LocalServer, "The server on this computer is not running."));
        };
        let issued = running.server.issue_session(&running.owner).await;
        issued.map_err(|error| failed("its owner could not be signed in", &error))
    }
}

/// The port of last time, so that scripts go on working; another where somebody else has it.
async fn bind(wished: Option<u16>) -> std::io::Result<(TcpListener, bool)> {
    let at = |port| TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    match wished {
        None => at(0).await.map(|listener| (listener, false)),
        Some(port) => match at(port).await {
            Ok(listener) => Ok((listener, false)),
            Err(_) => at(0).await.map(|listener| (listener, true)),
        },
    }
}

fn cannot_start(error: &StartError) -> Error {
    // Its texts are made for people: they name what to restore and hold nothing secret.
    failed("it could not be opened", error)
}

fn failed(what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorCode::LocalServer, format!("The server on this computer did not start: {what} ({error})."))
}
