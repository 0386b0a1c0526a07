//! A running server. Northwind has an owner, an admin, two members, a viewer and a verifier; Contoso
//! has an owner and a verifier of its own.

use std::net::SocketAddr;
use std::path::Path;

use keydeck_domain::api::keys::{IssuedKey, NewKey};
use keydeck_domain::api::verify::VerifyResponse;
use keydeck_domain::{Email, Key, KeyId, OrganizationId, Password, Role, Secret, UserId};
use keydeck_server::config::PasswordCost;
use keydeck_server::tls::Tls;
use keydeck_server::{Config, Pepper, Server};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::client::{Answer, As};
use super::database::{count, literal};
use super::keys::register;

pub const PASSWORD: &str = "correct horse battery";
pub const PEPPER: [u8; 32] = [42; 32];

pub struct World {
    pub server: Server,
    pub address: SocketAddr,
    pub folder: tempfile::TempDir,
    pub organization: OrganizationId,
    pub other_organization: OrganizationId,
    pub owner: As,
    pub admin: As,
    pub member: As,
    pub other_member: As,
    pub viewer: As,
    pub verifier: As,
    /// The owner of the other organization.
    pub stranger: As,
    pub other_verifier: As,
    pub anonymous: As,
    running: Option<Running>,
}

pub struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), keydeck_server::ServeError>>,
}

impl Running {
    pub async fn stop(self) {
        let _ = self.stop.send(());
        self.task.await.unwrap().unwrap();
    }
}

/// Opens a folder with the tests' pepper. Passwords cost little: what they cost is tested by nothing.
pub async fn open(mut config: Config) -> Server {
    config.password_cost = PasswordCost { memory_kib: 64, passes: 1 };
    keydeck_server::open(config, Pepper::from_bytes(PEPPER)).await.unwrap()
}

/// Serves on a port of the system's choice.
pub async fn serve(server: &Server) -> (SocketAddr, Running) {
    serve_routes(server, server.router()).await
}

pub async fn serve_routes(server: &Server, router: axum::Router) -> (SocketAddr, Running) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    let task = tokio::spawn(server.clone().serve_routes(router, listener, shutdown));
    (address, Running { stop, task })
}

/// Serves over https, on a port of the system's choice.
pub async fn serve_https(server: &Server, tls: Tls) -> (SocketAddr, Running) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    let task = tokio::spawn(server.clone().serve_https(listener, tls, shutdown));
    (address, Running { stop, task })
}

pub fn email(name: &str) -> Email {
    format!("{name}@example.org").parse().unwrap()
}

pub fn password() -> Password {
    Password::new(PASSWORD.to_owned())
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A world whose server is configured otherwise.
    pub async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path());
        configure(&mut config);
        let server = open(config).await;
        let (address, running) = serve(&server).await;

        let owner_id = person(&server, "owner").await;
        let organization =
            server.add_organization(&"Northwind".parse().unwrap(), &"kd".parse().unwrap(), owner_id).await.unwrap();
        for (name, role) in
            [("admin", Role::Admin), ("member", Role::Member), ("other_member", Role::Member), ("viewer", Role::Viewer)]
        {
            let id = person(&server, name).await;
            server.add_member(organization, id, role).await.unwrap();
        }
        let stranger_id = person(&server, "stranger").await;
        let other_organization =
            server.add_organization(&"Contoso".parse().unwrap(), &"acme".parse().unwrap(), stranger_id).await.unwrap();
        let verifier = server.add_verifier(organization, &"Gateway".parse().unwrap(), owner_id).await.unwrap();
        let other_verifier = server.add_verifier(other_organization, &"Gateway".parse().unwrap(), stranger_id).await.unwrap();

        let as_person = async |name: &str| {
            let issued = server.issue_session(&email(name)).await.unwrap();
            // Exposed to be sent: the tests' own session.
            As::bearer(address, issued.token.expose())
        };
        Self {
            owner: as_person("owner").await,
            admin: as_person("admin").await,
            member: as_person("member").await,
            other_member: as_person("other_member").await,
            viewer: as_person("viewer").await,
            stranger: as_person("stranger").await,
            // Exposed to be sent: the tests' own verifiers.
            verifier: As::bearer(address, verifier.secret.expose()),
            other_verifier: As::bearer(address, other_verifier.secret.expose()),
            anonymous: As::anonymous(address),
            organization,
            other_organization,
            address,
            folder,
            server,
            running: Some(running),
        }
    }

    /// Stops the server and gives the folder, to be changed from outside or opened again.
    pub async fn stop(mut self) -> tempfile::TempDir {
        self.running.take().unwrap().stop().await;
        self.folder
    }

    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// The id of who signs in as this.
    pub async fn id_of(&self, name: &str) -> UserId {
        self.server.person(&email(name)).await.unwrap().unwrap()
    }

    /// A further person, as a member of the organization.
    pub async fn person(&self, name: &str, role: Role) -> UserId {
        let id = person(&self.server, name).await;
        self.server.add_member(self.organization, id, role).await.unwrap();
        id
    }

    /// A further session of somebody.
    pub async fn sign_in(&self, name: &str) -> As {
        let issued = self.server.issue_session(&email(name)).await.unwrap();
        // Exposed to be sent: the tests' own session.
        As::bearer(self.address, issued.token.expose())
    }

    /// How many owners the organization has, as the database says.
    pub async fn owners(&self) -> i64 {
        let organization = literal(self.organization);
        let question = format!("SELECT count(*) FROM members WHERE organization_id = {organization} AND role = 'owner'");
        count(self.data_dir(), &question).await
    }

    /// The path of the organization's keys.
    pub fn keys(&self) -> String {
        format!("/v1/organizations/{}/keys", self.organization)
    }

    pub fn key(&self, id: KeyId) -> String {
        format!("{}/{id}", self.keys())
    }

    /// Makes a key as somebody; gives its record and its secret.
    pub async fn make(&self, by: &As, wanted: NewKey) -> (Key, Secret) {
        let (secret, request) = register("kd", wanted);
        let answer = by.put(&self.key(KeyId::generate()), &request).await.is(201);
        (answer.read::<IssuedKey>().key, secret)
    }

    /// Asks the verifier about a key.
    pub async fn verify(&self, secret: &Secret) -> VerifyResponse {
        self.verify_for(secret, &[]).await
    }

    pub async fn verify_for(&self, secret: &Secret, scopes: &[&str]) -> VerifyResponse {
        // Exposed to be verified: a test's own secret.
        self.verifier.post("/v1/verify", &json!({ "key": secret.expose(), "scopes": scopes })).await.is(200).read()
    }

    /// Asks as a key about itself.
    pub async fn about_itself(&self, secret: &Secret) -> Answer {
        // Exposed to be sent: a test's own secret.
        As::bearer(self.address, secret.expose()).get("/v1/self").await
    }
}

pub async fn person(server: &Server, name: &str) -> UserId {
    server.add_person(&email(name), &name.parse().unwrap(), &password()).await.unwrap()
}
