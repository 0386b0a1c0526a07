//! `keydeck-server` as a team runs it: the real program in a process of its own, over https.

use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::authority::Authority;
use crate::desktop::root;
use crate::port::{Port, free_port};
use crate::process::Program;

/// How long it may take until it says something.
const PATIENCE: Duration = Duration::from_secs(60);

/// A key server, and the folder that it lives in. It ends with this.
pub struct KeyServer {
    program: Option<Program>,
    said: Option<Receiver<String>>,
    /// `https://localhost:12000`, the same at every start.
    pub address: String,
    port: Port,
    folder: tempfile::TempDir,
}

/// Somebody who owns a fresh server, by what he signs in with.
#[derive(Clone, Copy, Debug)]
pub struct Someone {
    /// What people call them.
    pub name: &'static str,
    /// What they sign in with.
    pub email: &'static str,
    /// Their password.
    pub password: &'static str,
}

impl KeyServer {
    /// A fresh one that runs, with a certificate of an own authority.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::start_for(&["localhost", "127.0.0.1"])
    }

    /// The same, with a certificate for these hosts.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn start_for(hosts: &[&str]) -> Self {
        let mut server = Self::prepared(hosts);
        server.start_again();
        server
    }

    /// One that runs with a year of made-up traffic, and so many keys; its owner signs in with this.
    ///
    /// # Panics
    /// Where it is not made or does not start.
    #[must_use]
    pub fn demonstration(owner: Someone, keys: u32) -> Self {
        let mut server = Self::prepared(&["localhost"]);
        let mut command = command(server.folder());
        command.args(["demo", "--email", owner.email, "--name", owner.name, "--keys", &keys.to_string()]);
        let mut made = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        made.stdin.take().expect("it is piped").write_all(format!("{}\n", owner.password).as_bytes()).unwrap();
        assert!(made.wait().unwrap().success(), "the demonstration is made");
        server.start_again();
        server
    }

    fn prepared(hosts: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("keydeck-server-").tempdir().unwrap();
        let authority = Authority::new();
        let _ = authority.write_into(folder.path());
        let _ = authority.issue_into(folder.path(), hosts);
        let port = free_port();
        let address = format!("https://localhost:{port}");
        Self { program: None, said: None, address, port, folder }
    }

    /// Starts it once more, at the same address.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start_again(&mut self) {
        let folder = self.folder.path();
        let log = std::fs::File::options().create(true).append(true).open(folder.join("log")).unwrap();
        let mut command = command(folder);
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{}", self.port)])
            .arg("--tls-certificate")
            .arg(folder.join("certificate.pem"))
            .arg("--tls-key")
            .arg(folder.join("key.pem"))
            .env("KEYDECK_SHUTDOWN_DELAY", "0")
            .stderr(log);
        let (program, said) = Program::start_and_listen(&mut command);
        let first = said.recv_timeout(PATIENCE);
        assert!(first.is_ok_and(|line| line.starts_with("listening on https://")), "it starts; its log:\n{}", self.log());
        (self.program, self.said) = (Some(program), Some(said));
    }

    /// Tells it to stop, and waits until it is gone.
    pub fn stop(&mut self) {
        self.program = None;
    }

    /// Its process.
    ///
    /// # Panics
    /// Where it does not run.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.program.as_ref().expect("it runs").id()
    }

    /// The token that it printed when it started without an owner.
    ///
    /// # Panics
    /// Where it prints none.
    #[must_use]
    pub fn claim_token(&self) -> String {
        let said = self.said.as_ref().expect("it was started");
        loop {
            let line = said.recv_timeout(PATIENCE).expect("it says the token");
            if let Some(token) = line.trim().strip_prefix("token ") {
                return token.trim().to_owned();
            }
        }
    }

    /// The certificate of its authority.
    #[must_use]
    pub fn ca_file(&self) -> String {
        self.folder.path().join("authority.pem").display().to_string()
    }

    /// The folder that holds all of it: database, pepper, certificate and log.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where its database is.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("data/keydeck.db")
    }

    /// The pepper, as its file has it.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn pepper(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("pepper")).unwrap().trim().to_owned()
    }

    /// What it logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Where it listens, for who goes there by another name.
    #[must_use]
    pub fn socket(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Whether anything listens there.
    #[must_use]
    pub fn listens(&self) -> bool {
        TcpStream::connect(self.socket()).is_ok()
    }

    /// Sends a request that trusts its authority alone; gives the status and the answer.
    ///
    /// # Panics
    /// Where it doesn't answer.
    pub async fn ask(&self, bearer: Option<&str>, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let pem = std::fs::read(self.ca_file()).unwrap();
        crate::asking::encrypt();
        let client = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
            .user_agent("another computer")
            .no_proxy()
            .build()
            .unwrap();
        let mut request = client.request(method, format!("{}{path}", self.address));
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        if path.ends_with("/keys") {
            // Each request of a test is made once: any key of its own will do.
            request = request.header("idempotency-key", chrono::Utc::now().timestamp_micros().to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let bytes = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// The same where it must be accepted; gives the answer.
    ///
    /// # Panics
    /// Where it isn't.
    pub async fn done(&self, bearer: &str, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(Some(bearer), method, path, (!body.is_null()).then_some(body)).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// Claims it for somebody, without a window; gives the session's token and the organization's id.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn claim(&self, owner: Someone, organization: &str, prefix: &str) -> (String, String) {
        let claim = json!({ "token": self.claim_token(), "email": owner.email, "name": owner.name, "password": owner.password,
            "organization": organization, "prefix": prefix });
        let (status, issued) = self.ask(None, Method::POST, "/v1/claim", Some(claim)).await;
        assert_eq!(status, StatusCode::CREATED, "{issued}");
        let token = text(&issued["token"]);
        let organization = self.organization(&token, organization).await;
        (token, organization)
    }

    /// Lets somebody join an organization, without a window; gives the session's token.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn join(&self, inviter: &str, organization: &str, who: Someone, role: &str) -> String {
        let path = format!("/v1/organizations/{organization}/invitations");
        let issued = self.done(inviter, Method::POST, &path, json!({ "email": who.email, "role": role })).await;
        let accept = json!({ "token": issued["token"], "name": who.name, "password": who.password });
        let (status, session) = self.ask(None, Method::POST, "/v1/invitations/accept", Some(accept)).await;
        assert_eq!(status, StatusCode::CREATED, "{session}");
        text(&session["token"])
    }

    /// Signs somebody in from elsewhere; gives the session's token.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn sign_in(&self, who: Someone) -> String {
        let body = json!({ "email": who.email, "password": who.password });
        let (status, issued) = self.ask(None, Method::POST, "/v1/sessions", Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{issued}");
        text(&issued["token"])
    }

    /// The id of an organization by its name.
    ///
    /// # Panics
    /// Where there is none.
    pub async fn organization(&self, bearer: &str, name: &str) -> String {
        let all = self.done(bearer, Method::GET, "/v1/organizations", Value::Null).await;
        let found = all["items"].as_array().unwrap().iter().find(|one| one["name"] == json!(name));
        text(&found.expect("there is one of this name")["id"])
    }

    /// Makes a verifier; gives its secret.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn verifier(&self, bearer: &str, organization: &str) -> String {
        let path = format!("/v1/organizations/{organization}/verifiers");
        text(&self.done(bearer, Method::POST, &path, json!({ "name": "Gateway" })).await["secret"])
    }

    /// Makes a key whose secret the server chooses; gives the answer, the secret in it.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn make_key(&self, bearer: &str, organization: &str, key: Value) -> Value {
        self.done(bearer, Method::POST, &format!("/v1/organizations/{organization}/keys"), key).await
    }

    /// What a service hears about a key.
    ///
    /// # Panics
    /// Where it doesn't answer.
    pub async fn verify(&self, verifier: &str, key: &str, scope: &str) -> Value {
        self.done(verifier, Method::POST, "/v1/verify", json!({ "key": key, "scopes": [scope] })).await
    }
}

/// The program with the data and the pepper of a folder; it knows nothing else of its surroundings.
#[must_use]
pub fn command(folder: &Path) -> Command {
    let program = root().join("target/debug/keydeck-server");
    assert!(program.exists(), "{} is missing: `make test` makes it", program.display());
    let mut command = Command::new(program);
    command
        .env_clear()
        .current_dir(folder)
        .env("KEYDECK_DATA_DIR", folder.join("data"))
        .env("KEYDECK_PEPPER_FILE", folder.join("pepper"))
        .env("KEYDECK_LOG", "debug")
        .stdin(Stdio::null());
    command
}

fn text(value: &Value) -> String {
    value.as_str().expect("it is a text").to_owned()
}
