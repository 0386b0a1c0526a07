//! T30: the proxy that the environment names is used and shown, without its password; what is on this computer is
//! reached without it.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keydeck_tests::walk::Walk;
use keydeck_tests::{KeyServer, Machine, canary};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::person::{ADA, Person};

/// No name server knows it: only a proxy can lead there.
const HOST: &str = "keys.northwind.example";
/// Of the proxy.
const PASSWORD: &str = "only-the-proxy-hears-this";

/// A proxy that knows CONNECT alone and leads every name to one server; notes what it was asked for.
struct Tunnel {
    address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (log, server) = (Arc::clone(&log), server.clone());
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        if client.read_buf(&mut head).await.unwrap_or(0) == 0 {
                            break;
                        }
                    }
                    log.lock().unwrap().push(String::from_utf8_lossy(&head).to_ascii_lowercase());
                    let mut server = TcpStream::connect(server).await.unwrap();
                    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
                    let _ended = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        Self { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t30_the_proxy_of_the_environment_is_used_and_shown_and_this_computer_is_reached_without_it() {
    let server = KeyServer::start_for(&[HOST, "localhost"]);
    server.claim(ADA, "Northwind", "nw").await;
    let tunnel = Tunnel::to(server.socket()).await;
    let proxy = format!("http://ada:{PASSWORD}@{}", tunnel.address);
    // Not `HTTP_PROXY`: the automation of WebKit itself goes through it, to the loopback, and no session begins.
    // `ALL_PROXY` says the same of plain http, as it is spoken to the server of this computer.
    let names = ["HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"];
    let variables = names.map(|name| (name, proxy.clone()));
    let mut ada = Person::sit_down_with(Machine::start(), ADA, "pictures/team-proxied", &variables).await;

    // The server of this computer, and one on the loopback: nothing of it goes through the proxy.
    let mut walk = Walk::new(&ada.machine, &ada.desktop, &mut ada.album);
    walk.connect_local().await;
    let mut made = walk.create_and_copy("Here").await;
    walk.try_and_finish(&mut made, "Here").await;
    ada.ask_server(&server.address, &server.ca_file()).await;
    ada.page().says("server-identity", "answers at").await;
    ada.reads_not("through the proxy").await;
    ada.page().press_at("nav button").await;
    assert_eq!(tunnel.heads(), Vec::<String>::new(), "loopback goes round the proxy");

    // The one far away: through it, and said before anything is sent there, and afterwards.
    let shown = format!("through the proxy http://{}", tunnel.address);
    ada.ask_server(&format!("https://{HOST}"), &server.ca_file()).await;
    ada.page().says("server-identity", &shown).await;
    ada.picture("shown").await;
    ada.page().press("server-submit").await;
    ada.sign_in().await;
    let mut walk = Walk::new(&ada.machine, &ada.desktop, &mut ada.album);
    let mut there = walk.create_and_copy("There").await;
    walk.try_and_finish(&mut there, "There").await;
    ada.page().press("nav-settings").await;
    ada.reads(&shown).await;
    ada.picture("settings").await;
    let heads = tunnel.heads();
    assert!(!heads.is_empty(), "it was asked");
    for head in heads {
        assert!(head.starts_with(&format!("connect {HOST}:443 http/1.1\r\n")), "{head}");
        // For the proxy, and for nobody else.
        let proof = STANDARD.encode(format!("ada:{PASSWORD}"));
        assert!(head.contains(&format!("proxy-authorization: basic {}", proof.to_ascii_lowercase())), "{head}");
    }
    let everything = ada.page().everything().await;
    assert!(!everything.contains(PASSWORD), "the proxy's password is not shown");
    ada.desktop.quit().await;
    let secrets = [PASSWORD.to_owned(), made.secret, there.secret, ADA.password.to_owned()];
    let folders = ["home", "run", "log"].map(|name| ada.machine.folder().join(name));
    let found = canary::find(&secrets, &[&folders[0], &folders[1], &folders[2], ada.album.folder()]);
    assert!(found.is_empty(), "a secret lies in {found:?}");
    assert!(!server.log().contains(PASSWORD), "the proxy's password is told to nobody else");
}
