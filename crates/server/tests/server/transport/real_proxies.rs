//! T14 behind the real nginx and the real Caddy, with the configurations that the package ships.
//!
//! `KEYDECK_TEST_PROXIES` says in which folder the two are (`scripts/test.sh` unpacks Debian's there);
//! without it these tests end at once.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket};
use tokio::process::{Child, Command};

use crate::support::raw::{read_to_end, status};
use crate::support::{World, new_key};

const NGINX: &str = include_str!("../../../packaging/proxies/nginx.conf");
const CADDY: &str = include_str!("../../../packaging/proxies/Caddyfile");
/// Where the person is: another address of this machine, which the proxy sees and the server does not.
const CALLER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const SOMEBODY_ELSE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));

#[tokio::test]
async fn t14_behind_the_real_nginx_where_it_is_unpacked() {
    let Some(program) = program("usr/sbin/nginx") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (world, secret) = world().await;
    let listen = free_address().await;
    let site = exchanged(
        NGINX,
        &[
            ("listen 443 ssl;", &format!("listen {listen};")),
            ("    ssl_certificate     /etc/ssl/keys.example.org.pem;\n", ""),
            ("    ssl_certificate_key /etc/ssl/private/keys.example.org.key;\n", ""),
            ("    ssl_protocols TLSv1.2 TLSv1.3;\n", ""),
            ("http://127.0.0.1:8300", &format!("http://{}", world.address)),
        ],
    );
    let own = folder.path().display();
    let whole = format!(
        "daemon off; master_process off; pid {own}/pid; error_log {own}/error.log; events {{}}\n\
         http {{ access_log {own}/access.log; client_body_temp_path {own}/body; proxy_temp_path {own}/proxy;\n\
         fastcgi_temp_path {own}/fastcgi; uwsgi_temp_path {own}/uwsgi; scgi_temp_path {own}/scgi;\n{site} }}"
    );
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, whole).unwrap();
    let mut command = Command::new(program);
    command.arg("-p").arg(folder.path()).arg("-c").arg(&file).args(["-e", "stderr"]);
    let running = start(command, listen, folder.path()).await;
    holds(listen, &secret).await;
    assert!(!std::fs::read_to_string(folder.path().join("access.log")).unwrap().contains(&secret), "no key is in its log");
    drop(running);
}

#[tokio::test]
async fn t14_behind_the_real_caddy_where_it_is_unpacked() {
    let Some(program) = program("usr/bin/caddy") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (world, secret) = world().await;
    let listen = free_address().await;
    let site = exchanged(
        CADDY,
        &[
            ("keys.example.org {", &format!("http://127.0.0.1:{} {{\n\tbind 127.0.0.1", listen.port())),
            ("reverse_proxy 127.0.0.1:8300", &format!("reverse_proxy {}", world.address)),
        ],
    );
    let file = folder.path().join("Caddyfile");
    std::fs::write(&file, format!("{{\n\tadmin off\n\tauto_https off\n}}\n{site}")).unwrap();
    let mut command = Command::new(program);
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file);
    command.env("HOME", folder.path()).env("XDG_DATA_HOME", folder.path()).env("XDG_CONFIG_HOME", folder.path());
    let running = start(command, listen, folder.path()).await;
    holds(listen, &secret).await;
    drop(running);
}

/// The caller's address is what the proxy saw, whatever the caller says of himself.
async fn holds(proxy: SocketAddr, secret: &str) {
    for forged in
        ["", "X-Forwarded-For: 127.0.0.2\r\n", "X-Forwarded-For: 127.0.0.2, 127.0.0.1\r\n", "Forwarded: for=127.0.0.2\r\n"]
    {
        assert_eq!(status(&about_itself(proxy, CALLER, forged, secret).await), 200, "{forged}");
        assert_eq!(status(&about_itself(proxy, SOMEBODY_ELSE, forged, secret).await), 401, "{forged}");
    }
}

/// A world that knows its proxy, and a key that is good at the caller's address alone.
async fn world() -> (World, String) {
    let world = World::with(|config| config.proxies = "127.0.0.1".parse().unwrap()).await;
    let mut bound = new_key("Bound");
    bound.allowed_addresses = vec![CALLER.to_string().parse().unwrap()];
    let (_, secret) = world.make(&world.owner, bound).await;
    // Exposed to be sent: a test's own secret.
    let secret = secret.expose().to_owned();
    // Past the proxy from this very machine: the caller himself, so nothing that he says counts.
    assert_eq!(status(&about_itself(world.address, CALLER, "", &secret).await), 200);
    assert_eq!(status(&about_itself(world.address, SOMEBODY_ELSE, "X-Forwarded-For: 127.0.0.2\r\n", &secret).await), 401);
    (world, secret)
}

async fn about_itself(to: SocketAddr, from: IpAddr, headers: &str, secret: &str) -> String {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from, 0)).unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    let request =
        format!("GET /v1/self HTTP/1.1\r\nHost: {to}\r\nAuthorization: Bearer {secret}\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    read_to_end(&mut stream).await
}

/// The shipped text with the places of this test in it; each that is exchanged must be there.
fn exchanged(shipped: &str, pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(shipped.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the shipped configuration has no `{from}`");
        text.replace(from, to)
    })
}

fn program(path: &str) -> Option<PathBuf> {
    let program = Path::new(&std::env::var_os("KEYDECK_TEST_PROXIES")?).join(path);
    assert!(program.is_file(), "KEYDECK_TEST_PROXIES is set, and {} is not there", program.display());
    Some(program)
}

async fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// Starts a proxy and waits until it takes a connection.
async fn start(mut command: Command, listen: SocketAddr, folder: &Path) -> Child {
    let log = std::fs::File::create(folder.join("said")).unwrap();
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let listening = async {
        while tokio::net::TcpStream::connect(listen).await.is_err() {
            assert!(child.try_wait().unwrap().is_none(), "{}", std::fs::read_to_string(folder.join("said")).unwrap());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), listening).await;
    assert!(waited.is_ok(), "{}", std::fs::read_to_string(folder.join("said")).unwrap());
    child
}
