//! Real Better Auth servers on Node. `KEYDECK_TEST_BETTER_AUTH` says in which folder they are installed
//! (`scripts/test.sh` does it); without it these tests have nothing to ask.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use keydeck_console::connection::{Colour, Connection, NewConnection, ServerKind};
use keydeck_console::error::Result;
use keydeck_console::keys::{KeyPage, KeyRow};
use keydeck_domain::api::keys::KeyQuery;
use keydeck_domain::{OrganizationId, Password};
use serde_json::{Value, json};

use crate::adapters::suite::{Entry, Fixture};
use crate::support::Desk;

pub const EMAIL: &str = "ada@example.org";
pub const STRANGER: &str = "eve@example.org";
pub const STRANGERS_PASSWORD: &str = "another long password";
pub const PASSWORD: &str = "a good long password";

/// Which server.
#[derive(Clone, Copy)]
pub enum Which {
    /// A plain Better Auth 1.7.
    Modern,
    /// A plain one of 1.4.
    Old,
    /// What Azen's document tells, around 1.7.
    Azen,
}

/// A server that runs until this is dropped.
pub struct Node {
    pub which: Which,
    pub address: String,
    running: Child,
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ended = self.running.kill();
        let _reaped = self.running.wait();
    }
}

impl Node {
    /// Starts a server; `None` where none is installed.
    pub fn start(which: Which, arguments: &[&str]) -> Option<Self> {
        let folder = std::env::var_os("KEYDECK_TEST_BETTER_AUTH")?;
        let (folder, script) = match which {
            Which::Modern => (Path::new(&folder).to_owned(), "server.mjs"),
            Which::Azen => (Path::new(&folder).to_owned(), "azen.mjs"),
            Which::Old => (Path::new(&folder).join("v1.4"), "server.mjs"),
        };
        let mut command = Command::new("node");
        if arguments.contains(&"limit=yes") {
            // Without a proxy that names the caller's address, 1.4 limits only here.
            command.env("NODE_ENV", "development");
        }
        command.arg(script).args(arguments).current_dir(folder);
        let mut running = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Node is installed");
        let mut line = String::new();
        BufReader::new(running.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).expect("the server says where it answers");
        Some(Self { which, address: said["address"].as_str().unwrap().to_owned(), running })
    }

    pub fn kind(&self) -> ServerKind {
        if matches!(self.which, Which::Azen) { ServerKind::Azen } else { ServerKind::BetterAuth }
    }

    pub fn fixture(&self) -> Fixture {
        let entry = Entry::Password { email: EMAIL.to_owned(), password: PASSWORD.to_owned() };
        Fixture { kind: self.kind(), address: self.address.clone(), tenant: None, entry }
    }

    /// A connection to it, with somebody signed in.
    pub async fn entered_by(&self, desk: &Desk, email: &str, password: &str) -> Result<Connection> {
        let connection = desk.console.add_connection(self.connection()).await?;
        desk.console.sign_in(connection.id, email.to_owned(), Password::new(password.to_owned())).await
    }

    pub async fn entered(&self, desk: &Desk) -> Connection {
        self.entered_by(desk, EMAIL, PASSWORD).await.unwrap()
    }

    pub fn connection(&self) -> NewConnection {
        NewConnection {
            kind: self.kind(),
            tenant: None,
            name: String::new(),
            address: self.address.clone(),
            colour: Colour::Green,
            ca_file: None,
        }
    }

    /// What time and other clients do to its database.
    pub async fn behind(&self, what: &str, body: Value) -> Value {
        let sent = reqwest::Client::new().post(format!("{}/test/{what}", self.address)).body(body.to_string()).send().await;
        let text = sent.unwrap().error_for_status().unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Rows of a table.
    pub async fn rows(&self, model: &str) -> Vec<Value> {
        self.behind("find", json!({ "model": model })).await.as_array().unwrap().clone()
    }

    /// The server's id of a person.
    pub async fn person(&self, email: &str) -> String {
        let people = self.rows("user").await;
        let found = people.iter().find(|person| person["email"] == email).unwrap();
        found["id"].as_str().unwrap().to_owned()
    }

    /// Puts keys into the database, a second apart.
    pub async fn insert_keys(&self, count: u32, owner: &str, fields: impl Fn(u32) -> Value) {
        let owned_by = if matches!(self.which, Which::Old) { "userId" } else { "referenceId" };
        let rows: Vec<Value> = (0..count)
            .map(|at| {
                let time = chrono::DateTime::from_timestamp(1_790_000_000 + i64::from(at), 0).unwrap().to_rfc3339();
                let mut row = json!({
                    "name": format!("key {at}"), "start": "azen_a", "prefix": "azen_", "key": format!("digest {at}"), "enabled": true,
                    "createdAt": time, "updatedAt": time, "rateLimitEnabled": true, "rateLimitTimeWindow": 60_000,
                    "rateLimitMax": 60, "requestCount": 0,
                });
                row[owned_by] = json!(owner);
                if owned_by == "referenceId" {
                    row["configId"] = json!("default");
                }
                for (name, value) in fields(at).as_object().unwrap() {
                    row[name] = value.clone();
                }
                row
            })
            .collect();
        self.behind("insert", json!({ "model": "apikey", "rows": rows })).await;
    }
}

/// The organization of this name.
pub fn organization(connection: &Connection, name: &str) -> OrganizationId {
    connection.organizations.iter().find(|one| one.name.as_str() == name).unwrap_or_else(|| panic!("{name}")).id
}

pub async fn listed(desk: &Desk, connection: &Connection, organization: OrganizationId) -> KeyPage {
    desk.console.list_keys(connection.id, organization, KeyQuery::default()).await.unwrap()
}

pub async fn row(desk: &Desk, connection: &Connection, organization: OrganizationId, name: &str) -> KeyRow {
    let page = listed(desk, connection, organization).await;
    page.items.into_iter().find(|row| row.key.name.as_str() == name).unwrap_or_else(|| panic!("{name}"))
}
