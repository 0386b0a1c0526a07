//! A real keydeck-server with an organization of a dialect, whose owner makes and revokes keys in Keydeck's own way.

use keydeck_console::clipboard::CopyAs;
use keydeck_console::connection::{Colour, Connection, NewConnection, ServerKind};
use keydeck_console::keys::KeyRef;
use keydeck_domain::api::keys::NewKey;
use keydeck_domain::api::limits::NewLimits;
use keydeck_domain::api::organizations::NewOrganization;
use keydeck_domain::{Dialect, Environment, KeyKind, OrganizationId, Password};
use keydeck_server::{Config, Pepper, Server};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::support::Desk;
use crate::support::desk::new_key;
use crate::support::world::{EMAIL, PASSWORD};

pub struct Served {
    pub organization: OrganizationId,
    pub origin: String,
    owner: Desk,
    connection: Connection,
    pub server: Server,
    _stop: oneshot::Sender<()>,
    _folder: TempDir,
}

impl Served {
    pub async fn start(dialect: Dialect) -> Self {
        Self::start_with(dialect, |_| {}).await
    }

    pub async fn start_with(dialect: Dialect, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path().join("server"));
        change(&mut config);
        let server = keydeck_server::open(config, Pepper::generate().unwrap()).await.unwrap();
        let password = Password::new(PASSWORD.to_owned());
        let ada = server.add_person(&EMAIL.parse().unwrap(), &"Ada".parse().unwrap(), &password).await.unwrap();
        let tenant = (dialect == Dialect::Azotte).then(|| "tenant_abc123".parse().unwrap());
        let wanted = NewOrganization { name: "Northwind".parse().unwrap(), prefix: "nw".parse().unwrap(), dialect, tenant };
        let organization = server.add_organization_of(wanted, ada).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.clone().serve(listener, async move {
            let _stopped = stopped.await;
        }));
        let owner = Desk::start().await;
        let connection = owner.signed_in(&origin).await;
        if dialect == Dialect::MemoryApi {
            // A new organization has the smallest plan, which a test uses up within seconds.
            let limits = owner.console.limits(connection.id, organization).await.unwrap();
            let largest = limits.plans.into_iter().find(|plan| plan.name == "Enterprise").expect("a plan");
            let wanted = NewLimits { items: largest.items };
            owner.console.set_limits(connection.id, organization, limits.version, wanted).await.unwrap();
        }
        Self { organization, origin, owner, connection, server, _stop: stop, _folder: folder }
    }

    /// The address of its base path.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// A key of the organization, made in Keydeck's own way, and its text.
    pub async fn key(&self, environment: Environment, kind: KeyKind, scopes: &str) -> (KeyRef, String) {
        let scopes = scopes.split(' ').map(|scope| scope.parse().unwrap()).collect();
        let new = NewKey { environment, kind, scopes, ..new_key("Made by the owner") };
        let handoff = self.owner.console.create_key(self.connection.id, self.organization, new).await.unwrap();
        self.owner.console.copy_secret(handoff.key, CopyAs::Plain).await.unwrap();
        // Exposed to be copied on into another console.
        let text = self.owner.clipboard.content().unwrap().expose().to_owned();
        self.owner.console.finish_handoff(handoff.key, true).await.unwrap();
        (handoff.key, text)
    }

    pub async fn revoke(&self, key: KeyRef) {
        self.owner.console.revoke_key(key).await.unwrap();
    }
}

/// A connection to a system.
pub fn to(kind: ServerKind, address: &str, tenant: Option<&str>) -> NewConnection {
    NewConnection {
        kind,
        name: String::new(),
        address: address.to_owned(),
        tenant: tenant.map(str::to_owned),
        colour: Colour::Green,
        ca_file: None,
    }
}
