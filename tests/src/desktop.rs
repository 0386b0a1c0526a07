//! The program on a machine, driven through WebDriver.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use crate::machine::Machine;
use crate::page::Page;
use crate::port::free_port;
use crate::process::{Program, lives, signal, until};

/// The name that the program holds on the session bus, so that a second start finds it.
const BUS_NAME: &str = "org.keydeck.desktop.SingleInstance";

/// The running program.
pub struct Desktop {
    /// What is in its window.
    pub page: Page,
    process: u32,
    _driver: Program,
}

impl Desktop {
    /// Starts the program and waits until its page can be used.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn start(machine: &Machine) -> Self {
        Self::start_program(machine, &program()).await
    }

    /// The same with more in the program's environment, and nobody else's: what drives it speaks to it as ever.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn start_with(machine: &Machine, variables: &[(&str, String)]) -> Self {
        let mut script = "#!/bin/sh\n".to_owned();
        for (name, value) in variables {
            script.push_str(&format!("export {name}='{value}'\n"));
        }
        script.push_str(&format!("exec '{}' \"$@\"\n", program().display()));
        let path = machine.folder().join("tmp/start");
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        Self::start_program(machine, &path).await
    }

    async fn start_program(machine: &Machine, application: &Path) -> Self {
        let (port, native) = (free_port(), free_port());
        let mut command = machine.command(driver());
        command.args(["--port", &port.to_string(), "--native-port", &native.to_string()]).env("KEYDECK_LOG", "debug");
        // Nobody can click in the system's dialog: what is saved goes here.
        command.env("KEYDECK_SAVE_TO", saved(machine));
        let driver = Program::start(command.stdout(machine.log("driver")).stderr(machine.log("desktop")));
        // The driver hands on to WebKit's own, which it starts itself.
        for port in [&port, &native] {
            until("the driver listens", || std::net::TcpStream::connect(format!("127.0.0.1:{port}")).ok());
        }
        let client = open(&format!("http://127.0.0.1:{port}/"), application).await;
        let page = Page::new(client);
        page.ready().await;
        let process = until("the program is on the bus", || machine.owner_of(BUS_NAME));
        Self { page, process, _driver: driver }
    }

    /// Ends the program as the system does at the end of a session, and waits until it is gone.
    ///
    /// # Panics
    /// Where it does not end.
    pub async fn quit(self) {
        signal(i32::try_from(self.process).expect("process ids are small"), libc::SIGTERM);
        until("the program is gone", || (!lives(self.process)).then_some(()));
        self.page.forget().await;
    }

    /// Its process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.process
    }

    /// The program once more, as if it were started from the menu.
    #[must_use]
    pub fn once_more(machine: &Machine) -> Program {
        Program::start(machine.command(program()).stdout(machine.log("second")).stderr(machine.log("second")))
    }
}

/// Where a driven program saves what it would ask the person about.
///
/// # Panics
/// Where the folder can't be made.
#[must_use]
pub fn saved(machine: &Machine) -> PathBuf {
    let folder = machine.home().join("Saved");
    std::fs::create_dir_all(&folder).expect("the home folder can be written");
    folder
}

async fn open(driver: &str, application: &Path) -> Client {
    let capabilities = json!({ "browserName": "wry", "tauri:options": { "application": application } });
    let capabilities = capabilities.as_object().expect("it is one").clone();
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities).connect(driver).await.expect("the program opens its window")
}

/// The program under test: the debug build, unless `KEYDECK_DESKTOP` names another.
#[must_use]
pub fn program() -> PathBuf {
    std::env::var_os("KEYDECK_DESKTOP").map_or_else(|| built("debug/keydeck-desktop"), PathBuf::from)
}

fn driver() -> PathBuf {
    built("tools/bin/tauri-driver")
}

fn built(what: &str) -> PathBuf {
    let path = root().join("target").join(what);
    assert!(path.exists(), "{} is missing: `make test` makes it", path.display());
    path
}

/// The top of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie below it").to_owned()
}
