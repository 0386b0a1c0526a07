//! A real key server on loopback, with an organization and its owner.

use std::net::SocketAddr;

use keydeck_domain::{OneTimeToken, OrganizationId, Password, Role};
use keydeck_server::{Config, Pepper, Server};
use tempfile::TempDir;
use tokio::sync::oneshot;

pub const EMAIL: &str = "ada@example.org";
pub const MEMBER: &str = "ben@example.org";
pub const PASSWORD: &str = "correct horse battery";

pub struct World {
    pub server: Server,
    pub address: SocketAddr,
    pub organization: OrganizationId,
    _stop: oneshot::Sender<()>,
    _folder: TempDir,
}

impl World {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = keydeck_server::open(Config::new(folder.path().join("server")), Pepper::generate().unwrap()).await.unwrap();
        let password = Password::new(PASSWORD.to_owned());
        let ada = server.add_person(&EMAIL.parse().unwrap(), &"Ada".parse().unwrap(), &password).await.unwrap();
        let ben = server.add_person(&MEMBER.parse().unwrap(), &"Ben".parse().unwrap(), &password).await.unwrap();
        let organization = server.add_organization(&"Northwind".parse().unwrap(), &"nw".parse().unwrap(), ada).await.unwrap();
        server.add_member(organization, ben, Role::Member).await.unwrap();
        let (address, stop) = serve(&server).await;
        Self { server, address, organization, _stop: stop, _folder: folder }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Serves on loopback until the second value is dropped.
async fn serve(server: &Server) -> (SocketAddr, oneshot::Sender<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(server.clone().serve(listener, async move {
        let _stopped = stopped.await;
    }));
    (address, stop)
}

/// A server that nobody has claimed, and the token that it printed.
pub struct Fresh {
    pub token: OneTimeToken,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
    _folder: TempDir,
}

impl Fresh {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = keydeck_server::open(Config::new(folder.path().join("server")), Pepper::generate().unwrap()).await.unwrap();
        let token = server.offer_claim().await.unwrap().unwrap();
        let (address, stop) = serve(&server).await;
        Self { token, address, _stop: stop, _folder: folder }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}
