//! The real keychain. Each test runs a Secret Service of its own (`dbus-daemon` and
//! `gnome-keyring-daemon`) on a home folder of its own, so that nobody's keychain is touched.
//!
//! They run where `KEYDECK_TEST_KEYCHAIN=1` says that those two programs are there, and fail where
//! they then are not. Without it they say by their name what they need.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What one run of this binary as a helper does with the keychain, and what came of it.
const TASK: &str = "KEYDECK_KEYCHAIN_TASK";
/// How long anything here may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "testpass";
const CANARY: &str = "kd_test_CANARY0123456789abcdefghij";

struct Bus {
    folder: TempDir,
    address: String,
    daemon: Child,
    keyring: Option<Child>,
}

impl Bus {
    /// A session bus without a keychain.
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "runtime"] {
            std::fs::DirBuilder::new().mode(0o700).create(folder.path().join(name)).unwrap();
        }
        // Without service files: nothing is started by itself, so that 'absent' is absent.
        let config = folder.path().join("bus.conf");
        let text = "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
            \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\"><busconfig><type>session</type>\
            <listen>unix:tmpdir=/tmp</listen><policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
            <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>";
        std::fs::write(&config, text).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed");
        let stdout = daemon.stdout.take().unwrap();
        let (tell, told) = mpsc::channel();
        // Read by a thread of its own: a pipe knows no time limit.
        std::thread::spawn(move || {
            let mut address = String::new();
            BufReader::new(stdout).read_line(&mut address).map(|_| tell.send(address))
        });
        let mut bus = Self { folder, address: String::new(), daemon, keyring: None };
        let address = told.recv_timeout(PATIENCE).expect("waited in vain until the bus said its address");
        address.trim().clone_into(&mut bus.address);
        bus
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("HOME", self.path("home"))
            .env("XDG_RUNTIME_DIR", self.path("runtime"))
            .env("XDG_DATA_HOME", self.path("home/.local/share"))
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            // With a display a locked keychain opens a window and waits for somebody.
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("GNOME_KEYRING_CONTROL");
        command
    }

    /// Starts the keychain, unlocked with this password, and waits until it answers.
    fn start_keyring(&mut self, password: Option<&str>) {
        self.stop_keyring();
        let mut command = self.command("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        if password.is_some() {
            command.arg("--unlock");
        }
        let mut keyring = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon is installed");
        let mut stdin = keyring.stdin.take().unwrap();
        stdin.write_all(password.unwrap_or_default().as_bytes()).unwrap();
        drop(stdin);
        self.keyring = Some(keyring);
        // The bus itself says when the name has an owner; asked again until it has.
        until("the keychain is on the bus", || self.owner_of_secrets());
    }

    fn owner_of_secrets(&self) -> bool {
        let output = self
            .command("dbus-send")
            .args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"])
            .args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"])
            .output()
            .expect("dbus-send is installed");
        String::from_utf8_lossy(&output.stdout).contains("boolean true")
    }

    fn stop_keyring(&mut self) {
        if let Some(mut keyring) = self.keyring.take() {
            keyring.kill().unwrap();
            keyring.wait().unwrap();
            until("the keychain has left the bus", || !self.owner_of_secrets());
        }
    }

    /// Runs this binary as another program that uses the keychain; gives what it said.
    fn helper(&self, task: &str) -> String {
        said_by(self.spawn_helper(task))
    }

    fn spawn_helper(&self, task: &str) -> Child {
        self.command(std::env::current_exe().unwrap())
            .args(["--exact", "helper", "--nocapture"])
            .env(TASK, task)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// Asks again and again until it is so, and fails with what was waited for.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited {} s in vain until {what}", PATIENCE.as_secs());
        // Others need the processor to make it so.
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What a helper said. One that hangs is ended and told.
fn said_by(mut helper: Child) -> String {
    let deadline = Instant::now() + PATIENCE;
    while helper.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            helper.kill().unwrap();
            let said = String::from_utf8_lossy(&helper.wait_with_output().unwrap().stdout).into_owned();
            panic!("waited {} s in vain until the helper ended; it said: {said}", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = helper.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.split_once("helper says: ").map(|(_, said)| said.to_owned()));
    line.unwrap_or_else(|| panic!("the helper said nothing: {text}\n{}", String::from_utf8_lossy(&output.stderr)))
}

impl Drop for Bus {
    fn drop(&mut self) {
        for child in [self.keyring.as_mut(), Some(&mut self.daemon)].into_iter().flatten() {
            let _ended = child.kill();
            let _waited = child.wait();
        }
    }
}

fn wanted() -> bool {
    std::env::var_os("KEYDECK_TEST_KEYCHAIN").is_some_and(|value| value == "1")
}

/// Not a test: what the tests run as another program.
#[test]
fn helper() {
    use keydeck_console::connection::ConnectionId;
    use keydeck_console::keys::KeyRef;
    use keydeck_console::vault::{Entry, KeychainVault, Vault};
    use keydeck_domain::{KeyId, OrganizationId, Secret};

    let Ok(task) = std::env::var(TASK) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let said = runtime.block_on(async {
        let vault = KeychainVault::open();
        let id = uuid::Uuid::from_u128(7);
        let key = KeyRef { connection: ConnectionId(id), organization: OrganizationId(id), key: KeyId(id) };
        let entry = Entry::KeySecret(key);
        let mut said = Vec::new();
        for step in task.split(' ') {
            let result = match step {
                "store" => {
                    let label = "Keydeck: Billing worker (Northwind)";
                    vault.store(&entry, label, "https://keys.example.org", &Secret::new(CANARY.into())).await.map(|()| "stored")
                }
                "replace" => {
                    vault.store(&entry, "x", "https://other.example.org", &Secret::new("other".into())).await.map(|()| "replaced")
                }
                "read" => vault.read(&entry).await.map(|kept| match kept {
                    None => "nothing",
                    Some(kept) if kept.secret.expose() == CANARY && kept.origin == "https://keys.example.org" => "same",
                    Some(kept) if kept.secret.expose() == "other" && kept.origin == "https://other.example.org" => "other",
                    Some(_) => "strange",
                }),
                "forget" => vault.forget(&entry).await.map(|()| "forgotten"),
                "restart" => {
                    // Waits until the test has started the keychain anew.
                    let marker = Path::new(&std::env::var_os("HOME").unwrap()).join("restarted");
                    std::fs::write(marker.with_extension("wanted"), "").unwrap();
                    until("the test has started the keychain anew", || marker.exists());
                    Ok("restarted")
                }
                other => panic!("unknown step {other}"),
            };
            said.push(match result {
                Ok(word) => word.to_owned(),
                Err(error) => format!("{:?}", error.code),
            });
        }
        said.join(" ")
    });
    let mut out = std::io::stdout();
    writeln!(out, "\nhelper says: {said}").unwrap();
}

#[test]
fn real_keychain_needs_keydeck_test_keychain_write_read_restart_read() {
    if !wanted() {
        return;
    }
    let mut bus = Bus::start();
    bus.start_keyring(Some(PASSWORD));
    assert_eq!(bus.helper("read store read"), "nothing stored same");
    // Another program of the same person, then another run of the keychain: it is on disk.
    assert_eq!(bus.helper("read"), "same");
    bus.start_keyring(Some(PASSWORD));
    assert_eq!(bus.helper("read replace read"), "same replaced other");
    assert_eq!(bus.helper("forget read forget"), "forgotten nothing forgotten");
}

#[test]
fn real_keychain_needs_keydeck_test_keychain_found_by_people() {
    if !wanted() {
        return;
    }
    let mut bus = Bus::start();
    bus.start_keyring(Some(PASSWORD));
    assert_eq!(bus.helper("store"), "stored");
    let output = bus
        .command("secret-tool")
        .args(["search", "--all", "service", "Keydeck"])
        .output()
        .expect("libsecret-tools is installed");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("label = Keydeck: Billing worker (Northwind)"), "the label is there");
}

#[test]
fn real_keychain_needs_keydeck_test_keychain_encrypted_on_disk() {
    if !wanted() {
        return;
    }
    let mut bus = Bus::start();
    bus.start_keyring(Some(PASSWORD));
    assert_eq!(bus.helper("store"), "stored");
    let mut folders = vec![bus.folder.path().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = std::fs::symlink_metadata(&path).unwrap().file_type();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                files += 1;
                let content = std::fs::read(&path).unwrap();
                assert!(!content.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()), "{}", path.display());
            }
        }
    }
    assert!(bus.path("home/.local/share/keyrings/login.keyring").exists() && files > 0);
}

#[test]
fn real_keychain_needs_keydeck_test_keychain_restarted_under_a_running_program() {
    if !wanted() {
        return;
    }
    let mut bus = Bus::start();
    bus.start_keyring(Some(PASSWORD));
    let helper = bus.spawn_helper("store read restart read");
    until("the helper has stored and read", || bus.path("home/restarted.wanted").exists());
    bus.start_keyring(Some(PASSWORD));
    std::fs::write(bus.path("home/restarted"), "").unwrap();
    assert_eq!(said_by(helper), "stored same restarted same");
}

#[test]
fn real_keychain_needs_keydeck_test_keychain_locked_and_absent_are_told_apart() {
    if !wanted() {
        return;
    }
    let mut bus = Bus::start();
    assert_eq!(bus.helper("read store"), "KeychainAbsent KeychainAbsent");
    bus.start_keyring(Some(PASSWORD));
    assert_eq!(bus.helper("store"), "stored");
    // Started without its password: everything in it is locked, and nobody can be asked.
    bus.start_keyring(None);
    assert_eq!(bus.helper("read store"), "KeychainLocked KeychainLocked");
}

#[test]
fn real_keychain_needs_keydeck_test_keychain_without_a_bus() {
    if !wanted() {
        return;
    }
    let mut bus = Bus::start();
    bus.address = "unix:path=/nonexistent/bus".to_owned();
    assert_eq!(bus.helper("read store"), "KeychainAbsent KeychainAbsent");
    bus.stop_keyring();
}
