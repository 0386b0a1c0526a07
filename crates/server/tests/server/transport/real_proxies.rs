//! T14 behind the real nginx and the real Caddy, with the configurations that the package ships.
//!
//! `KEYDECK_TEST_PROXIES` says in which folder the two are (`scripts/test.sh` unpacks Debian's there);
//! without it these tests end at once.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;

use crate::support::proxies::{Caddy, Nginx, exchanged, free_address};
use crate::support::raw::{read_to_end, status};
use crate::support::{World, new_key};

const NGINX: &str = include_str!("../../../packaging/proxies/nginx.conf");
const CADDY: &str = include_str!("../../../packaging/proxies/Caddyfile");
/// Where the person is: another address of this machine, which the proxy sees and the server does not.
const CALLER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const SOMEBODY_ELSE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));

#[tokio::test]
async fn t14_behind_the_real_nginx_where_it_is_unpacked() {
    if !Nginx::is_there() {
        return;
    }
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
    let nginx = Nginx::start(&site, listen).await;
    holds(listen, &secret).await;
    assert!(!nginx.file("access.log").contains(&secret), "no key is in its log");
}

#[tokio::test]
async fn t14_behind_the_real_caddy_where_it_is_unpacked() {
    if !Caddy::is_there() {
        return;
    }
    let (world, secret) = world().await;
    let listen = free_address().await;
    let site = exchanged(
        CADDY,
        &[
            ("keys.example.org {", &format!("http://127.0.0.1:{} {{\n\tbind 127.0.0.1", listen.port())),
            ("reverse_proxy 127.0.0.1:8300", &format!("reverse_proxy {}", world.address)),
        ],
    );
    let _caddy = Caddy::start(&site, listen).await;
    holds(listen, &secret).await;
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
