//! The real program, in a process of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

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

impl Process {
    /// Starts `serve` and waits until it says where it listens.
    pub async fn serve(folder: &Path, log: &str) -> Self {
        let mut command = command(folder);
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
        let address = line.strip_prefix("listening on http://").unwrap().parse().unwrap();
        Self { child, address, log }
    }

    /// `kill -9`, and waits until the process is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM; gives whether it ended well, and all that it logged.
    pub async fn terminate(mut self) -> (bool, String) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        let ended = self.child.wait().await.unwrap().success();
        (ended, self.log.await.unwrap())
    }
}
