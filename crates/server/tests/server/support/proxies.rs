//! The real nginx and the real Caddy, on loopback, with a configuration in a folder of their own.
//!
//! `KEYDECK_TEST_PROXIES` says in which folder the two are (`scripts/test.sh` unpacks Debian's there); without it the
//! tests of them end at once.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::process::{Child, Command};

/// A running proxy; it ends with this.
pub struct Proxy {
    folder: tempfile::TempDir,
    _running: Child,
}

impl Proxy {
    /// What it wrote into a file of its folder; nothing where there is none. `said` is what it said on its output.
    pub fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

pub struct Nginx;

impl Nginx {
    pub fn is_there() -> bool {
        program("usr/sbin/nginx").is_some()
    }

    /// With this text inside of `http { }`.
    pub async fn start(site: &str, listen: SocketAddr) -> Proxy {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().display();
        let whole = format!(
            "daemon off; master_process off; pid {own}/pid; error_log {own}/error.log; events {{}}\n\
             http {{ access_log {own}/access.log; client_body_temp_path {own}/body; proxy_temp_path {own}/proxy;\n\
             fastcgi_temp_path {own}/fastcgi; uwsgi_temp_path {own}/uwsgi; scgi_temp_path {own}/scgi;\n{site} }}"
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, whole).unwrap();
        let mut command = Command::new(program("usr/sbin/nginx").unwrap());
        command.arg("-p").arg(folder.path()).arg("-c").arg(&file).args(["-e", "stderr"]);
        start(command, listen, folder).await
    }
}

pub struct Caddy;

impl Caddy {
    pub fn is_there() -> bool {
        program("usr/bin/caddy").is_some()
    }

    /// With this Caddyfile. Its global options, where it has any, come first.
    pub async fn start(site: &str, listen: SocketAddr) -> Proxy {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Caddyfile");
        let own = "{\n\tadmin off\n\tauto_https off\n";
        let whole = match site.split_once("\n{\n") {
            Some((before, options)) => format!("{before}\n{own}{options}"),
            None => format!("{own}}}\n{site}"),
        };
        std::fs::write(&file, whole).unwrap();
        let mut command = Command::new(program("usr/bin/caddy").unwrap());
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file);
        command.env("HOME", folder.path()).env("XDG_DATA_HOME", folder.path()).env("XDG_CONFIG_HOME", folder.path());
        start(command, listen, folder).await
    }
}

/// The shipped text with the places of a test in it; each that is exchanged must be there.
pub fn exchanged(shipped: &str, pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(shipped.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the shipped configuration has no `{from}`");
        text.replace(from, to)
    })
}

pub async fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

fn program(path: &str) -> Option<PathBuf> {
    let program = Path::new(&std::env::var_os("KEYDECK_TEST_PROXIES")?).join(path);
    assert!(program.is_file(), "KEYDECK_TEST_PROXIES is set, and {} is not there", program.display());
    Some(program)
}

/// Starts a proxy and waits until it takes a connection.
async fn start(mut command: Command, listen: SocketAddr, folder: tempfile::TempDir) -> Proxy {
    let log = std::fs::File::create(folder.path().join("said")).unwrap();
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let said = || std::fs::read_to_string(folder.path().join("said")).unwrap();
    let listening = async {
        while tokio::net::TcpStream::connect(listen).await.is_err() {
            assert!(child.try_wait().unwrap().is_none(), "{}", said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), listening).await;
    assert!(waited.is_ok(), "{}", said());
    Proxy { folder, _running: child }
}
