//! The real program, in a process of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::client::As;

pub struct Process {
    child: Child,
    pub address: SocketAddr,
    /// Collects what it logs, all the time: a full pipe would stop the program.
    log: JoinHandle<String>,
}

pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keydeck-server"));
    command
        .current_dir(folder)
        .env_clear()
        .env("KEYDECK_DATA_DIR", folder.join("data"))
        .env("KEYDECK_PEPPER_FILE", folder.join("pepper"))
        // Nobody has to notice that it stops, where a test is not about that.
        .env("KEYDECK_SHUTDOWN_DELAY", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs a command to its end with this on standard input; gives success, output and errors.
pub async fn run(folder: &Path, arguments: &[&str], input: &str) -> (bool, String, String) {
    let mut child = command(folder).args(arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that refuses may be gone before it reads.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

/// Sets a server up in this folder, for Ada of Northwind; gives the organization's id.
pub async fn set_up(folder: &Path) -> String {
    let arguments = ["init", "--email", "ada@example.org", "--organization", "Northwind"];
    let (done, said, error) = run(folder, &arguments, "correct horse battery\n").await;
    assert!(done, "{error}");
    said.trim().strip_prefix("organization ").unwrap().to_owned()
}

/// Makes a verifier; gives its secret. The server must not be running.
pub async fn verifier(folder: &Path, organization: &str) -> String {
    let arguments = ["verifier", "add", "--organization", organization, "--name", "Gateway", "--by", "ada@example.org"];
    let (done, said, error) = run(folder, &arguments, "").await;
    assert!(done, "{error}");
    said.trim().to_owned()
}

/// Signs Ada in.
pub async fn signed_in(address: SocketAddr) -> As {
    let body = json!({ "email": "ada@example.org", "password": "correct horse battery" });
    let session = As::anonymous(address).post("/v1/sessions", &body).await.is(201).value();
    As::bearer(address, session["token"].as_str().unwrap())
}

impl Process {
    /// Starts `serve` and waits until it says where it listens.
    pub async fn serve(folder: &Path, log: &str) -> Self {
        Self::serve_with(folder, log, |_| {}).await
    }

    /// The same, configured otherwise.
    pub async fn serve_with(folder: &Path, log: &str, configure: impl FnOnce(&mut Command)) -> Self {
        let mut command = command(folder);
        configure(&mut command);
        Self::start(command, log).await
    }

    /// The same, with room for this many open files.
    pub async fn serve_with_files(folder: &Path, log: &str, files: u32) -> Self {
        let program = env!("CARGO_BIN_EXE_keydeck-server");
        let mut limited = Command::new("sh");
        limited.args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\""), program]);
        for (name, value) in command(folder).as_std().get_envs() {
            limited.env(name, value.unwrap());
        }
        limited.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        Self::start(limited, log).await
    }

    async fn start(mut command: Command, log: &str) -> Self {
        command.args(["serve", "--listen", "127.0.0.1:0"]).env("KEYDECK_LOG", log);
        let mut child = command.spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = tokio::spawn(async move {
            let mut log = String::new();
            stderr.read_to_string(&mut log).await.unwrap();
            log
        });
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let Some(line) = lines.next_line().await.unwrap() else {
            panic!("it did not start: {}", log.await.unwrap());
        };
        let address = line.strip_prefix("listening on ").unwrap().split_once("://").unwrap().1.parse().unwrap();
        Self { child, address, log }
    }

    /// `kill -9`, and waits until the process is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM, and no waiting.
    pub async fn tell_to_stop(&self) {
        self.signal("-TERM").await;
    }

    pub async fn signal(&self, signal: &str) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().await.unwrap().success());
    }

    /// SIGTERM; gives whether it ended well, and all that it logged.
    pub async fn terminate(self) -> (bool, String) {
        self.tell_to_stop().await;
        self.ended().await
    }

    /// Waits until it has ended; gives whether it ended well, and all that it logged.
    pub async fn ended(mut self) -> (bool, String) {
        let ended = self.child.wait().await.unwrap().success();
        (ended, self.log.await.unwrap())
    }
}
