//! The real program, over https, with one organization of a dialect, and Ada who owns it.

use std::net::SocketAddr;
use std::path::Path;

use keydeck_domain::api::keys::{NewKey, RegisterKey};
use keydeck_domain::{Dialect, Digest, KeyId, PresentedKey};
use serde_json::json;

use super::shell::{CURLRC, Example, Written};
use crate::support::authority::GOOD;
use crate::support::process::{Process, run, set_up};
use crate::support::{As, Authority};

pub struct Machine {
    pub process: Process,
    pub folder: tempfile::TempDir,
    pub organization: String,
    pub ada: As,
    pub authority: Authority,
    dialect: Dialect,
}

impl Machine {
    /// Sets a server up as docs/hosting.md says: by the command line.
    pub async fn new(dialect: Dialect, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        set_up(folder.path()).await;
        let arguments = [&["organization", "add", "Example", "--dialect", dialect.as_str()], more].concat();
        let (done, said, error) = run(folder.path(), &arguments, "").await;
        assert!(done, "{error}");
        let organization = said.lines().next().unwrap().strip_prefix("organization ").unwrap().to_owned();

        let authority = Authority::new();
        let files = authority.issue_into(folder.path(), GOOD);
        std::fs::write(folder.path().join("authority.pem"), authority.pem()).unwrap();
        std::fs::write(folder.path().join(".curlrc"), CURLRC).unwrap();
        let process = Process::serve_with(folder.path(), "info", |command| {
            command.env("KEYDECK_TLS_CERTIFICATE", &files.certificate).env("KEYDECK_TLS_KEY", &files.key);
        })
        .await;
        let anonymous = As::encrypted(process.address, &authority);
        let body = json!({ "email": "ada@example.org", "password": "correct horse battery" });
        let session = anonymous.post("/v1/sessions", &body).await.is(201).value();
        let ada = anonymous.with_bearer(session["token"].as_str().unwrap());
        Self { process, folder, organization, ada, authority, dialect }
    }

    pub fn address(&self) -> SocketAddr {
        self.process.address
    }

    /// What stands in the place of the system's own address.
    pub fn base(&self) -> String {
        format!("https://{}/{}", self.address(), self.dialect)
    }

    fn keys(&self) -> String {
        format!("/v1/organizations/{}/keys", self.organization)
    }

    /// A key that the server makes; gives its id and its text.
    pub async fn key(&self, wanted: &NewKey) -> (String, String) {
        let once = KeyId::generate().to_string();
        let made = self.ada.json("POST", &self.keys(), &[("idempotency-key", &once)], wanted).await.is(201).value();
        (made["key"]["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
    }

    /// Registers a key that was made elsewhere.
    pub async fn register(&self, text: &str, wanted: NewKey) {
        let hint = PresentedKey::parse(self.dialect, text).unwrap().hint();
        let request = RegisterKey { key: wanted, digest: Digest::of_text(text), hint };
        self.ada.put(&format!("{}/{}", self.keys(), KeyId::generate()), &request).await.is(201);
    }

    /// Takes every limit off: what is tested is something else.
    pub async fn unlimited(&self) {
        let path = format!("/v1/organizations/{}/limits", self.organization);
        let version = self.ada.get(&path).await.is(200).header("etag").to_owned();
        self.ada.json("PUT", &path, &[("if-match", &version)], &json!({ "items": [] })).await.is(200);
    }

    pub async fn revoke(&self, id: &str) {
        self.ada.send("POST", &format!("{}/{id}/revoke", self.keys()), &[], None).await.is(200);
    }

    pub async fn run(&self, example: &Example) -> Written {
        example.run(self.folder()).await
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
