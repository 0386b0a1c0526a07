//! A console on folders of its own, with a keychain and a clipboard in memory.

use std::path::Path;
use std::sync::{Arc, Mutex};

use keydeck_console::Console;
use keydeck_console::clipboard::MemoryClipboard;
use keydeck_console::connection::{Colour, Connection, ConnectionState, NewConnection};
use keydeck_console::console::Adapters;
use keydeck_console::error::Result;
use keydeck_console::event::Event;
use keydeck_console::ports::{Events, Folders, LocalServer, Opener, Ports};
use keydeck_console::vault::{MemoryVault, Vault};
use keydeck_domain::api::keys::NewKey;
use keydeck_domain::{Environment, Password};
use tempfile::TempDir;
use tokio::sync::watch;
use url::Url;

use super::world::{EMAIL, PASSWORD};
use super::{Chosen, LocalHost, Noticed};

pub struct Desk {
    pub console: Console,
    pub vault: Arc<MemoryVault>,
    pub clipboard: Arc<MemoryClipboard>,
    pub events: Arc<Heard>,
    pub opened: Arc<Opened>,
    pub saving: Arc<Chosen>,
    pub notices: Arc<Noticed>,
    pub local: Arc<LocalHost>,
    folder: Arc<TempDir>,
}

/// All events, in order.
pub struct Heard {
    events: watch::Sender<Vec<Event>>,
}

impl Events for Heard {
    fn send(&self, event: Event) {
        self.events.send_modify(|events| events.push(event));
    }
}

impl Heard {
    /// Waits until one of the events is as wanted.
    pub async fn wait_for(&self, wanted: impl Fn(&Event) -> bool) {
        let mut receiver = self.events.subscribe();
        let waiting = receiver.wait_for(|events| events.iter().any(&wanted));
        tokio::time::timeout(std::time::Duration::from_secs(30), waiting).await.expect("the event came").unwrap();
    }

    pub fn count(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        self.events.borrow().iter().filter(|event| wanted(event)).count()
    }

    pub fn clear(&self) {
        self.events.send_modify(Vec::clear);
    }
}

#[derive(Default)]
pub struct Opened(pub Mutex<Vec<Url>>);

impl Opener for Opened {
    fn open(&self, url: &Url) -> Result<()> {
        self.0.lock().unwrap().push(url.clone());
        Ok(())
    }
}

impl Desk {
    pub async fn start() -> Self {
        Self::with_local(LocalHost::none()).await
    }

    pub async fn with_local(local: Arc<LocalHost>) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        Self::on(folder, Arc::new(MemoryVault::new()), local, None).await
    }

    pub async fn with_adapters(adapters: Adapters) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        Self::on(folder, Arc::new(MemoryVault::new()), LocalHost::none(), Some(adapters)).await
    }

    /// The program was ended and is started again: same folders, same keychain, empty memory.
    pub async fn again(&self) -> Self {
        Self::on(Arc::clone(&self.folder), Arc::clone(&self.vault), Arc::clone(&self.local), None).await
    }

    pub async fn again_with(&self, adapters: Adapters) -> Self {
        Self::on(Arc::clone(&self.folder), Arc::clone(&self.vault), Arc::clone(&self.local), Some(adapters)).await
    }

    /// The same with another local server: the program was started again.
    pub async fn again_with_local(&self, local: Arc<LocalHost>) -> Self {
        Self::on(Arc::clone(&self.folder), Arc::clone(&self.vault), local, None).await
    }

    async fn on(folder: Arc<TempDir>, vault: Arc<MemoryVault>, local: Arc<LocalHost>, adapters: Option<Adapters>) -> Self {
        let clipboard = Arc::new(MemoryClipboard::new());
        let events = Arc::new(Heard { events: watch::Sender::new(Vec::new()) });
        let opened = Arc::new(Opened::default());
        let saving = Arc::new(Chosen::new(folder.path().join("Downloads")));
        let notices = Arc::new(Noticed::default());
        let ports = Ports {
            vault: Arc::clone(&vault) as Arc<dyn Vault>,
            clipboard: clipboard.clone(),
            local: Arc::clone(&local) as Arc<dyn LocalServer>,
            events: events.clone(),
            opener: opened.clone(),
            saving: saving.clone(),
            notices: notices.clone(),
            folders: Folders {
                config: folder.path().join("config"),
                data: folder.path().join("data"),
                downloads: folder.path().join("Downloads"),
            },
        };
        let console = match adapters {
            Some(adapters) => Console::start_with(ports, adapters).await.unwrap(),
            None => Console::start(ports).await.unwrap(),
        };
        Self { console, vault, clipboard, events, opened, saving, notices, local, folder }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A connection with the owner signed in.
    pub async fn signed_in(&self, origin: &str) -> Connection {
        let connection = self.add(origin).await;
        let password = Password::new(PASSWORD.to_owned());
        let connection = self.console.sign_in(connection.id, EMAIL.to_owned(), password).await.unwrap();
        assert_eq!(connection.state, ConnectionState::SignedIn);
        connection
    }

    pub async fn add(&self, origin: &str) -> Connection {
        self.console.add_connection(connection(origin)).await.unwrap()
    }

    /// Every file that the console wrote.
    pub fn files(&self) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push((path.clone(), std::fs::read(path).unwrap()));
                }
            }
        }
        found
    }
}

pub fn connection(origin: &str) -> NewConnection {
    NewConnection {
        kind: keydeck_console::connection::ServerKind::Keydeck,
        tenant: None,
        name: String::new(),
        address: origin.to_owned(),
        colour: Colour::Green,
        ca_file: None,
    }
}

pub fn new_key(name: &str) -> NewKey {
    NewKey {
        name: name.parse().unwrap(),
        environment: Environment::Test,
        kind: keydeck_domain::KeyKind::Secret,
        scopes: ["read".parse().unwrap()].into_iter().collect(),
        expires_at: None,
        note: keydeck_domain::Note::default(),
        metadata: std::collections::BTreeMap::new(),
        allowed_addresses: Vec::new(),
    }
}
