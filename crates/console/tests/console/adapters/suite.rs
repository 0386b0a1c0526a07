//! The test suite that every adapter runs: a fixture says where a working server is and how one signs in there. What an
//! adapter can't do is not asked of it; what its capabilities promise must work, and a bad server must be harmless.

use keydeck_console::capabilities::{Capabilities, Scoping};
use keydeck_console::clipboard::CopyAs;
use keydeck_console::connection::{Colour, Connection, ConnectionState, NewConnection, ServerKind};
use keydeck_console::error::{ErrorCode, Result};
use keydeck_console::handoff::Handoff;
use keydeck_console::keys::{Custody, KeyRef, RevocationCheck, Update};
use keydeck_domain::api::keys::{KeyChange, KeyQuery, NewKey};
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::{Access, KeyId, KeyStatus, Outcome, Password};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::desk::new_key;
use crate::support::{Act, Desk, Proxy};

/// How one gets in.
pub enum Entry {
    Password {
        email: String,
        password: String,
    },
    /// The text that is copied.
    Key(String),
    Nothing,
}

/// A working server of some kind.
pub struct Fixture {
    pub kind: ServerKind,
    /// With its path.
    pub address: String,
    pub tenant: Option<String>,
    pub entry: Entry,
}

/// As long as the strictest system takes: 32 characters.
const MARKUP: &str = "<img src=x onerror=alert(1)> &\"";

impl Fixture {
    /// All of it.
    pub async fn run(&self) {
        self.only_the_right_person_comes_in().await;
        self.a_key_lives_and_ends().await;
        self.a_bad_server_is_harmless().await;
    }

    fn connection(&self, address: &str) -> NewConnection {
        NewConnection {
            kind: self.kind,
            name: String::new(),
            address: address.to_owned(),
            tenant: self.tenant.clone(),
            colour: Colour::Green,
            ca_file: None,
        }
    }

    async fn enter(&self, desk: &Desk, connection: Connection) -> Result<Connection> {
        match &self.entry {
            Entry::Password { email, password } => {
                desk.console.sign_in(connection.id, email.clone(), Password::new(password.clone())).await
            }
            Entry::Key(text) => {
                desk.clipboard.replace(text);
                desk.console.sign_in_from_clipboard(connection.id, self.tenant.clone()).await
            }
            Entry::Nothing => Ok(connection),
        }
    }

    async fn signed_in(&self, desk: &Desk) -> Connection {
        let connection = desk.console.add_connection(self.connection(&self.address)).await.unwrap();
        let connection = self.enter(desk, connection).await.unwrap();
        assert_eq!(connection.state, ConnectionState::SignedIn);
        assert!(connection.user.is_some() && !connection.organizations.is_empty(), "{connection:?}");
        connection
    }

    async fn only_the_right_person_comes_in(&self) {
        let desk = Desk::start().await;
        let connection = desk.console.add_connection(self.connection(&self.address)).await.unwrap();
        let twice = desk.console.add_connection(self.connection(&self.address)).await.unwrap_err();
        assert_eq!(twice.code, ErrorCode::Conflict);
        match &self.entry {
            Entry::Password { email, .. } => {
                let wrong = Password::new("not the password".to_owned());
                let error = desk.console.sign_in(connection.id, email.clone(), wrong).await.unwrap_err();
                assert_eq!(error.code, ErrorCode::WrongCredentials);
            }
            Entry::Key(text) => {
                desk.clipboard.replace("hello there, this is no key");
                let error = desk.console.sign_in_from_clipboard(connection.id, None).await.unwrap_err();
                assert_eq!(error.code, ErrorCode::Invalid, "{error}");
                // Of the right form, but nobody's.
                let other: String = text.chars().rev().take(8).collect();
                let unknown = format!("{}{other}", &text[..text.len() - 8]);
                desk.clipboard.replace(&unknown);
                let error = desk.console.sign_in_from_clipboard(connection.id, None).await.unwrap_err();
                assert_eq!(error.code, ErrorCode::WrongCredentials, "{error}");
                assert!(!error.message.contains(&unknown));
            }
            Entry::Nothing => {}
        }
        let connection = self.enter(&desk, connection).await.unwrap();
        if let Entry::Key(text) = &self.entry {
            assert!(desk.clipboard.content().is_none(), "the clipboard is cleared");
            no_file_holds(&desk, text);
        }
        // The session outlives the program.
        let again = desk.again().await;
        let shown = again.console.refresh_connection(connection.id).await.unwrap();
        assert_eq!(shown.state, ConnectionState::SignedIn);
        if !matches!(self.entry, Entry::Nothing) {
            let left = again.console.sign_out(connection.id).await.unwrap();
            assert_eq!(left.state, ConnectionState::SignedOut);
            let organization = connection.organizations[0].id;
            let error = again.console.list_keys(connection.id, organization, KeyQuery::default()).await.unwrap_err();
            assert_eq!(error.code, ErrorCode::SignedOut);
        }
    }

    async fn a_key_lives_and_ends(&self) {
        let desk = Desk::start().await;
        let connection = self.signed_in(&desk).await;
        let can = connection.capabilities.clone();
        let owner = connection.organizations[0].clone();
        let list = async || desk.console.list_keys(connection.id, owner.id, KeyQuery::default()).await.unwrap();
        if !can.list {
            return;
        }
        let before = list().await;
        let unknown = KeyRef { connection: connection.id, organization: owner.id, key: KeyId::generate() };
        assert_eq!(desk.console.get_key(unknown).await.unwrap_err().code, ErrorCode::NotFound);
        if !can.create {
            return;
        }
        let handoff = self.made(&desk, &connection, &owner, &can, "Billing worker").await;
        let marked = self.made(&desk, &connection, &owner, &can, MARKUP).await;
        let after = list().await;
        assert_eq!(after.total, before.total + 2);
        let row = after.items.iter().find(|row| row.key.id == handoff.key.key).expect("it is in the list");
        assert_eq!((row.key.hint.clone(), row.custody), (handoff.hint.clone(), Custody::Kept));
        assert!(after.items.iter().any(|row| row.key.name.as_str() == MARKUP), "a name is text, whatever it holds");
        desk.console.copy_secret(handoff.key, CopyAs::Plain).await.unwrap();
        // Exposed to be looked for in every file.
        let secret = desk.clipboard.content().unwrap();
        no_file_holds(&desk, secret.expose());
        if can.probe {
            assert_eq!(desk.console.try_key(handoff.key).await.unwrap().outcome, Outcome::Accepted);
        }
        self.changed(&desk, &can, handoff.key).await;
        if can.revoke {
            self.revoked(&desk, &can, handoff.key).await;
            let other = list().await.items.into_iter().find(|row| row.key.id == marked.key.key).expect("the other is there");
            assert_eq!(other.key.status, KeyStatus::Active, "the other goes on working");
        }
    }

    async fn made(&self, desk: &Desk, connection: &Connection, owner: &Organization, can: &Capabilities, name: &str) -> Handoff {
        let scopes = match can.scopes {
            Scoping::Scopes => ["read".parse().unwrap()].into_iter().collect(),
            Scoping::AccessOnly => owner.accesses.iter().find(|access| access.access == Access::ReadOnly).unwrap().scopes.clone(),
            Scoping::None => Default::default(),
        };
        let new = NewKey { scopes, ..new_key(name) };
        let handoff = desk.console.create_key(connection.id, owner.id, new).await.unwrap();
        assert_eq!((handoff.custody, handoff.registered), (Custody::Unclaimed, Some(true)), "{handoff:?}");
        desk.console.finish_handoff(handoff.key, true).await.unwrap();
        handoff
    }

    async fn changed(&self, desk: &Desk, can: &Capabilities, key: KeyRef) {
        let version = async || desk.console.get_key(key).await.unwrap().key.version;
        if can.rename {
            let change = KeyChange { name: Some("Another name".parse().unwrap()), ..KeyChange::default() };
            let update = desk.console.update_key(key, version().await, change).await.unwrap();
            assert!(matches!(update, Update::Saved { row } if row.key.name.as_str() == "Another name"));
        }
        if can.disable {
            for (enabled, status) in [(false, KeyStatus::Disabled), (true, KeyStatus::Active)] {
                let change = KeyChange { enabled: Some(enabled), ..KeyChange::default() };
                desk.console.update_key(key, version().await, change).await.unwrap();
                assert_eq!(desk.console.get_key(key).await.unwrap().key.status, status);
            }
        }
    }

    async fn revoked(&self, desk: &Desk, can: &Capabilities, key: KeyRef) {
        let revocation = desk.console.revoke_key(key).await.unwrap();
        if can.take_in {
            // Only its own system can end it, and this one has not.
            assert_eq!(revocation.check, RevocationCheck::StillAccepted);
            return;
        }
        assert_eq!(revocation.row.key.status, KeyStatus::Revoked);
        if can.probe {
            assert_eq!(revocation.check, RevocationCheck::Refused);
            assert_eq!(revocation.row.custody, Custody::None, "what proves nothing is forgotten");
        }
    }

    /// Asked for all that a person can ask for, a server that misbehaves gets no secret on, and nothing hangs or panics.
    async fn a_bad_server_is_harmless(&self) {
        let elsewhere = Proxy::alone(|_| answer("200 OK", "application/json", "{}")).await;
        let redirect = |to: String| {
            move |_: &_| {
                Act::Answer(
                    format!("HTTP/1.1 307 Moved\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into(),
                )
            }
        };
        let moved = Proxy::alone(redirect(elsewhere.origin())).await;
        assert_eq!(self.asked_for_everything(&moved.origin()).await, ErrorCode::Redirected);
        let downgraded = Proxy::alone(redirect("http://keys.example.org/".to_owned())).await;
        assert_eq!(self.asked_for_everything(&downgraded.origin()).await, ErrorCode::Redirected);
        assert_eq!(elsewhere.seen().len(), 0, "nobody followed");
        for (kind, body) in [
            ("application/json", "{\"keys\":"),
            ("application/json", "[[[[1]]]]"),
            ("application/json", "\"<script>alert(1)</script>\""),
            ("text/html", "<html><form>Sign in to this hotel</form></html>"),
        ] {
            let wrong = Proxy::alone(move |_| answer("200 OK", kind, body)).await;
            let code = self.asked_for_everything(&wrong.origin()).await;
            let expected = [ErrorCode::NotAKeyServer, ErrorCode::BadAnswer, ErrorCode::NotFound, ErrorCode::WrongCredentials];
            assert!(expected.contains(&code), "{body}: {code:?}");
        }
        let code = self.asked_for_everything(&endless().await).await;
        assert!(matches!(code, ErrorCode::BadAnswer | ErrorCode::NotAKeyServer), "an endless answer: {code:?}");
    }

    /// The code of the first thing that fails.
    async fn asked_for_everything(&self, origin: &str) -> ErrorCode {
        let path = url::Url::parse(&self.address).unwrap().path().trim_end_matches('/').to_owned();
        let desk = Desk::start().await;
        let all = async {
            let connection = desk.console.add_connection(self.connection(&format!("{origin}{path}"))).await?;
            let connection = self.enter(&desk, connection).await?;
            let organization = connection.organizations.first().map(|organization| organization.id);
            let Some(organization) = organization else { return Ok(()) };
            desk.console.list_keys(connection.id, organization, KeyQuery::default()).await?;
            if connection.capabilities.take_in && connection.capabilities.create {
                let new = NewKey { scopes: Default::default(), ..new_key("For a bad server") };
                let handoff = desk.console.create_key(connection.id, organization, new).await?;
                desk.console.try_key(handoff.key).await?;
            }
            Ok::<_, keydeck_console::error::Error>(())
        };
        let ended = tokio::time::timeout(std::time::Duration::from_secs(60), all).await.expect("nothing hangs");
        ended.expect_err("nothing of it is believed").code
    }
}

fn answer(status: &str, kind: &str, body: &str) -> Act {
    let length = body.len();
    Act::Answer(
        format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
            .into(),
    )
}

/// A server whose answers never end.
async fn endless() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 1024];
                let _read = client.read(&mut asked).await;
                let mut sent = client.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[").await;
                let more = vec![b' '; 64 * 1024];
                while sent.is_ok() {
                    sent = client.write_all(&more).await;
                }
            });
        }
    });
    format!("http://{address}")
}

fn no_file_holds(desk: &Desk, secret: &str) {
    for (path, content) in desk.files() {
        let found = content.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{} holds the secret", path.display());
    }
}
