//! A site as the shipped configurations make it: a proxy, a service behind it, and keydeck-server asked about each
//! request.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;

use super::upstream::{Reached, Upstream};
use super::{Told, request};
use crate::support::World;
use crate::support::proxies::{Caddy, Nginx, Proxy, exchanged, free_address};
use crate::support::raw::read_to_end;

const NGINX: &str = include_str!("../../../../../docs/proxies/nginx.conf");
const CADDY: &str = include_str!("../../../../../docs/proxies/Caddyfile");

/// Where the callers are: other addresses of this machine, which the proxy sees.
pub const CALLER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
pub const SOMEBODY_ELSE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Nginx,
    Caddy,
}

pub struct Site {
    pub world: World,
    upstream: Upstream,
    proxy: Proxy,
    listen: SocketAddr,
}

impl Site {
    /// None where the proxy is not unpacked.
    pub async fn start(kind: Kind) -> Option<Self> {
        let is_there = match kind {
            Kind::Nginx => Nginx::is_there(),
            Kind::Caddy => Caddy::is_there(),
        };
        if !is_there {
            return None;
        }
        let world = World::with(|config| config.proxies = "127.0.0.1".parse().unwrap()).await;
        let upstream = Upstream::start().await;
        let listen = free_address().await;
        let (service, keydeck) = (upstream.address.to_string(), world.address.to_string());
        let places =
            [("ORGANIZATION", &*world.organization.to_string()), ("127.0.0.1:3000", &*service), ("127.0.0.1:8300", &*keydeck)];
        let text = |shipped, own: &[(&str, &str)]| exchanged(shipped, &[own, &places[..]].concat());
        let proxy = match kind {
            Kind::Nginx => {
                let listening = format!("listen {listen};");
                let own = [
                    ("listen 443 ssl;", &*listening),
                    ("    ssl_certificate     /etc/ssl/api.example.org.pem;\n", ""),
                    ("    ssl_certificate_key /etc/ssl/private/api.example.org.key;\n", ""),
                    ("    ssl_protocols TLSv1.2 TLSv1.3;\n", ""),
                    // In the folder that nginx is started with.
                    ("/var/log/nginx/api.example.org.log", "site.log"),
                ];
                Nginx::start(&text(NGINX, &own), listen).await
            }
            Kind::Caddy => {
                let listening = format!("http://127.0.0.1:{} {{\n\tbind 127.0.0.1", listen.port());
                Caddy::start(&text(CADDY, &[("api.example.org {", &*listening)]), listen).await
            }
        };
        Some(Self { world, upstream, proxy, listen })
    }

    /// Asks from an address of this machine.
    pub async fn ask_from(&self, from: IpAddr, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Told {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from, 0)).unwrap();
        let mut stream = socket.connect(self.listen).await.unwrap();
        let length = body.len().to_string();
        let mut headers = headers.to_vec();
        if !body.is_empty() {
            headers.push(("Content-Length", &*length));
        }
        let request = request(self.listen, method, target, &headers) + body;
        stream.write_all(request.as_bytes()).await.unwrap();
        Told::read(&read_to_end(&mut stream).await)
    }

    pub async fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Told {
        self.ask_from(CALLER, method, target, headers, "").await
    }

    /// Asks, and is let through; gives what reached the service.
    #[track_caller]
    pub fn passed(&self, told: &Told) -> Reached {
        assert_eq!(told.status, 200, "{}\n{}", told.head, told.body);
        assert!(told.body.contains("from upstream"), "{}", told.body);
        let mut reached = self.upstream.reached();
        assert_eq!(reached.len(), 1);
        reached.remove(0)
    }

    /// Nothing of it reached the service.
    #[track_caller]
    pub fn refused(&self, told: Told, status: u16) -> Told {
        let told = told.is(status);
        assert_eq!(self.upstream.reached().len(), 0, "it reached the service");
        told
    }

    /// All that the proxy wrote.
    pub fn written_by_the_proxy(&self) -> String {
        ["access.log", "site.log", "error.log", "said"].map(|name| self.proxy.file(name)).concat()
    }
}
