//! A machine in small: a home folder, a session bus, a keychain and a display.

use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub use crate::port::free_port;
use crate::process::{Program, until};

/// What the keyring is unlocked with. An empty one would leave it unencrypted.
const KEYRING_PASSWORD: &str = "only for this test";
/// A bus that starts nothing by itself: a machine without a keychain stays without one, and nothing
/// is left behind that nobody ends.
const BUS: &str = r#"<busconfig>
  <type>session</type>
  <listen>unix:dir=FOLDER</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;
/// The user that the machine belongs to.
pub const USER: &str = "ada";

/// A machine; everything on it ends with it. The order of the fields is the order in which it ends.
pub struct Machine {
    display: Program,
    keyring: Option<Program>,
    bus: Program,
    display_name: String,
    bus_address: String,
    folder: tempfile::TempDir,
}

impl Machine {
    /// Starts one, with an unlocked keychain.
    ///
    /// # Panics
    /// Where a program is missing; `make test` installs them.
    #[must_use]
    pub fn start() -> Self {
        let mut machine = Self::start_without_keychain();
        machine.unlock();
        machine
    }

    /// Starts one that has no keychain.
    ///
    /// # Panics
    /// Where a program is missing; `make test` installs them.
    #[must_use]
    pub fn start_without_keychain() -> Self {
        let folder = tempfile::Builder::new().prefix("keydeck-").tempdir().unwrap();
        for name in ["home", "run", "tmp", "log"] {
            // The runtime folder must be the user's alone, or nothing will use it.
            std::fs::DirBuilder::new().mode(0o700).create(folder.path().join(name)).unwrap();
        }
        let (bus, bus_address) = {
            let mut command = plain(folder.path(), "dbus-daemon");
            let config = folder.path().join("bus.conf");
            std::fs::write(&config, BUS.replace("FOLDER", &folder.path().join("run").to_string_lossy())).unwrap();
            command.args(["--nofork", "--print-address=1", "--config-file"]).arg(config).stderr(log(folder.path(), "bus"));
            Program::start_and_hear(&mut command)
        };
        let (display, number) = {
            let mut command = plain(folder.path(), "Xvfb");
            // It finds a free number by itself and prints it when it is ready.
            command
                .args(["-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"])
                .stderr(log(folder.path(), "display"));
            Program::start_and_hear(&mut command)
        };
        Self { display, keyring: None, bus, display_name: format!(":{number}"), bus_address, folder }
    }

    /// Starts the keychain and unlocks it, as signing in to a desktop does.
    ///
    /// # Panics
    /// Where it does not answer.
    pub fn unlock(&mut self) {
        let mut command = self.command("gnome-keyring-daemon");
        command.env_remove("DISPLAY").args(["--foreground", "--unlock", "--components=secrets"]);
        let mut keyring =
            Program::start(command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log(self.folder.path(), "keyring")));
        let mut input = keyring.input().expect("it is piped");
        input.write_all(KEYRING_PASSWORD.as_bytes()).unwrap();
        drop(input);
        until("the keychain is on the bus", || self.owner_of("org.freedesktop.secrets"));
        self.keyring = Some(keyring);
    }

    /// Ends the keychain.
    pub fn without_keychain(&mut self) {
        self.keyring = None;
    }

    /// A program on this machine.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = plain(self.folder.path(), program);
        command.env("DISPLAY", &self.display_name).env("DBUS_SESSION_BUS_ADDRESS", &self.bus_address);
        command
    }

    /// The name of its display, such as `:99`.
    #[must_use]
    pub fn display_name(&self) -> &str {
        &self.display_name
    }

    /// Its home folder.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// All of it: home, runtime and temporary folder, and the logs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file that takes what a program prints.
    #[must_use]
    pub fn log(&self, name: &str) -> Stdio {
        log(self.folder.path(), name)
    }

    /// The process that owns a name on the session bus.
    #[must_use]
    pub fn owner_of(&self, name: &str) -> Option<u32> {
        let answer = self.bus_call("GetConnectionUnixProcessID", name);
        answer.status.success().then(|| String::from_utf8_lossy(&answer.stdout).split_whitespace().last()?.parse().ok())?
    }

    fn bus_call(&self, method: &str, argument: &str) -> Output {
        let method = format!("org.freedesktop.DBus.{method}");
        self.command("dbus-send")
            .args(["--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"])
            .args([method, format!("string:{argument}")])
            .output()
            .unwrap()
    }

    /// What another program would paste; empty where nothing is in the clipboard.
    #[must_use]
    pub fn paste(&self) -> String {
        let output = self.command("xclip").args(["-selection", "clipboard", "-o"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// The forms in which the clipboard offers its content, hints among them.
    #[must_use]
    pub fn clipboard_targets(&self) -> String {
        let output = self.command("xclip").args(["-selection", "clipboard", "-o", "-t", "TARGETS"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Copies something in another program.
    ///
    /// # Panics
    /// Where the clipboard does not take it.
    pub fn copy(&self, text: &str) {
        let mut command = self.command("xclip");
        let mut child =
            command.args(["-selection", "clipboard", "-i"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().expect("it is piped").write_all(text.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "xclip takes it");
    }

    /// Types in the window that has the focus, as a keyboard does.
    ///
    /// # Panics
    /// Where the display takes no keys.
    pub fn type_text(&self, text: &str) {
        assert!(self.command("xdotool").args(["type", "--delay", "5", text]).status().unwrap().success(), "xdotool types");
    }

    /// Presses one key, such as `Return` or `ctrl+a`, in the window that has the focus.
    ///
    /// # Panics
    /// Where the display takes no keys.
    pub fn press_key(&self, key: &str) {
        assert!(self.command("xdotool").args(["key", key]).status().unwrap().success(), "xdotool presses");
    }

    /// The pepper of the key server of this computer, as the keychain holds it.
    ///
    /// # Panics
    /// Where the keychain has none.
    #[must_use]
    pub fn local_pepper(&self) -> String {
        let mut command = self.command("secret-tool");
        let output = command.args(["lookup", "service", "Keydeck", "username", "local-server/pepper"]).output().unwrap();
        let content = String::from_utf8(output.stdout).unwrap();
        // Two lines say what it is and whose; the third is the pepper.
        content.lines().nth(2).expect("the keychain holds the pepper").to_owned()
    }

    /// Whether its parts still run.
    #[must_use]
    pub fn is_up(&self) -> bool {
        crate::process::lives(self.bus.id()) && crate::process::lives(self.display.id())
    }

    /// Prefers dark colours from now on, or light ones.
    ///
    /// # Panics
    /// Where the home folder can't be written.
    pub fn prefer_dark(&self, dark: bool) {
        let folder = self.home().join(".config/gtk-3.0");
        std::fs::create_dir_all(&folder).unwrap();
        let setting = format!("[Settings]\ngtk-application-prefer-dark-theme={}\n", u8::from(dark));
        std::fs::write(folder.join("settings.ini"), setting).unwrap();
    }
}

/// A program that knows nothing of the session that the test runs in.
fn plain(folder: &Path, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", folder.join("home")).env("XDG_RUNTIME_DIR", folder.join("run")).env("TMPDIR", folder.join("tmp"));
    // `C` on purpose: the program must mend it (F41).
    command.env("USER", USER).env("LANG", "C").env("LC_ALL", "C");
    command
}

fn log(folder: &Path, name: &str) -> Stdio {
    let path = folder.join("log").join(name);
    let file = std::fs::File::options().create(true).append(true).open(path).unwrap();
    file.into()
}
