//! T30: the proxy that the environment names is used, shown without its password, and never on the way
//! to this computer itself. In processes of their own: the environment is one for all tests.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

use keydeck_console::connection::{NewConnection, ServerKind};
use keydeck_console::error::ErrorCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::certificates::{file, server};
use crate::support::desk::connection;
use crate::support::{Desk, World};

/// What the test in the other process does.
const TASK: &str = "KEYDECK_TEST_PROXY_TASK";

/// A proxy that knows CONNECT alone, and leads every name to one address.
struct Tunnel {
    address: SocketAddr,
    heads: Arc<watch::Sender<Vec<String>>>,
}

impl Tunnel {
    async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(watch::Sender::new(Vec::new()));
        let log = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let log = Arc::clone(&log);
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        if client.read_buf(&mut head).await.unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    log.send_modify(|all| all.push(String::from_utf8_lossy(&head).into_owned()));
                    let mut server = TcpStream::connect(target).await.unwrap();
                    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
                    let _ended = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        Self { address, heads }
    }
}

/// Runs one of the tests below as its own process with this environment, and gives what it said.
async fn run(task: &str, environment: &[(&str, String)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.args(["--exact", "proxies::in_another_process", "--nocapture"]).env(TASK, task);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn new(address: &str) -> NewConnection {
    NewConnection { ca_file: Some(file("authority.pem").display().to_string()), ..connection(address) }
}

#[test]
fn in_another_process() {
    let Some(task) = std::env::var_os(TASK) else { return };
    let task = task.into_string().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async move {
        let desk = Desk::start().await;
        match task.as_str() {
            "through" => {
                let added = desk.console.add_connection(new("https://keys.example.org")).await.unwrap();
                let shown = added.proxy.unwrap();
                assert!(shown.starts_with("http://127.0.0.1:") && !shown.contains("ada"), "{shown}");
                let identity = desk
                    .console
                    .probe_server(ServerKind::Keydeck, "https://keys.example.org".into(), new("").ca_file)
                    .await
                    .unwrap();
                assert_eq!(identity.proxy, Some(shown));
                for (path, content) in desk.files() {
                    assert!(!String::from_utf8_lossy(&content).contains("hunter2"), "{}", path.display());
                }
            }
            "refused" => {
                let error = desk.console.add_connection(new("https://keys.example.org")).await.unwrap_err();
                assert_eq!(error.code, ErrorCode::Unreachable);
                assert!(error.message.contains("proxy") && !error.message.contains("hunter2"), "{}", error.message);
            }
            "round" => {
                let world = World::start().await;
                let local = desk.signed_in(&world.origin()).await;
                assert_eq!(local.proxy, None);
                let (origin, _) = server("good.pem").await;
                let far = desk.console.add_connection(new(&origin)).await.unwrap();
                assert_eq!(far.proxy, None);
            }
            other => panic!("unknown task {other}"),
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t30_requests_go_through_the_proxy_that_the_environment_names() {
    let (origin, counted) = server("other_host.pem").await;
    let target = origin.trim_start_matches("https://").parse().unwrap();
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let tunnel = Tunnel::to(target).await;
        let before = *counted.borrow();
        run("through", &[(variable, format!("http://ada:hunter2@{}", tunnel.address))]).await;
        let heads = tunnel.heads.borrow().clone();
        assert!(!heads.is_empty() && *counted.borrow() > before, "{variable}");
        for head in heads {
            let head = head.to_ascii_lowercase();
            assert!(head.starts_with("connect keys.example.org:443 http/1.1\r\n"), "{head}");
            // `ada:hunter2`: for the proxy, and for nobody else.
            assert!(head.contains("proxy-authorization: basic ywrhomh1bnrlcji="), "{head}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t30_loopback_goes_round_every_proxy() {
    let tunnel = Tunnel::to("127.0.0.1:9".parse().unwrap()).await;
    let proxy = format!("http://{}", tunnel.address);
    let all = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
    run("round", &all.map(|name| (name, proxy.clone()))).await;
    assert_eq!(tunnel.heads.borrow().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t30_a_proxy_that_is_not_there_is_named_and_not_gone_round() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    run("refused", &[("HTTPS_PROXY", format!("http://ada:hunter2@{closed}"))]).await;
    run("refused", &[("ALL_PROXY", format!("socks5://ada:hunter2@{closed}"))]).await;
}
