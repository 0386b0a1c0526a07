//! A host that runs the key server of this computer, as the desktop does.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use keydeck_console::error::{Error, ErrorCode, Result};
use keydeck_console::ports::{LocalRunning, LocalServer, LocalWish};
use keydeck_domain::api::sessions::IssuedSession;
use keydeck_domain::{Email, Password};
use keydeck_server::{Config, Pepper, Server};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// Outlives one start of the console: it stands for the data folder.
#[derive(Default)]
pub struct LocalHost {
    folder: Option<PathBuf>,
    running: Mutex<Option<(LocalRunning, Server)>>,
    pub issued: AtomicUsize,
}

impl LocalHost {
    /// None: starting fails.
    pub fn none() -> Arc<Self> {
        Arc::default()
    }

    pub fn on(folder: PathBuf) -> Arc<Self> {
        Arc::new(Self { folder: Some(folder), ..Self::default() })
    }
}

fn email() -> Email {
    "me@localhost".parse().unwrap()
}

#[async_trait]
impl LocalServer for LocalHost {
    async fn start(&self, wish: LocalWish) -> Result<LocalRunning> {
        let mut running = self.running.lock().await;
        if let Some((running, _)) = &*running {
            return Ok(running.clone());
        }
        let folder = self.folder.clone().ok_or_else(|| Error::new(ErrorCode::LocalServer, "it was made to fail"))?;
        let server = keydeck_server::open(Config::new(folder), Pepper::from_bytes([7; 32])).await.unwrap();
        if !server.has_people().await.unwrap() {
            let password = Password::new("never used by anybody".to_owned());
            let me = server.add_person(&email(), &"Me".parse().unwrap(), &password).await.unwrap();
            server.add_organization(&"My keys".parse().unwrap(), &"kd".parse().unwrap(), me).await.unwrap();
        }
        let wished = match wish.port {
            Some(port) => TcpListener::bind(("127.0.0.1", port)).await.ok(),
            None => None,
        };
        let port_changed = wish.port.is_some() && wished.is_none();
        let listener = match wished {
            Some(listener) => listener,
            None => TcpListener::bind("127.0.0.1:0").await.unwrap(),
        };
        let origin = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(server.clone().serve(listener, std::future::pending()));
        let answer = LocalRunning { origin, port_changed };
        *running = Some((answer.clone(), server));
        Ok(answer)
    }

    async fn issue_session(&self) -> Result<IssuedSession> {
        let running = self.running.lock().await;
        let (_, server) = running.as_ref().ok_or_else(|| Error::new(ErrorCode::LocalServer, "it does not run"))?;
        self.issued.fetch_add(1, Ordering::SeqCst);
        Ok(server.issue_session(&email()).await.unwrap())
    }
}
