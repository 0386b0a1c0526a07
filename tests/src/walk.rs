//! The main job, step by step, as a person does it: used by the test and by the tour.

use keydeck_domain::KeyFormat;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::desktop::Desktop;
use crate::machine::Machine;
use crate::page::marked;
use crate::pictures::Album;
use crate::process::until;

/// A walk through the program.
pub struct Walk<'a> {
    machine: &'a Machine,
    desktop: &'a Desktop,
    album: &'a mut Album,
}

/// A key that was made on a walk, and what was in the clipboard.
pub struct Made {
    /// Its id, as the row has it.
    pub id: String,
    /// Its secret, read from the clipboard as another program reads it.
    pub secret: String,
}

impl<'a> Walk<'a> {
    /// Begins.
    pub fn new(machine: &'a Machine, desktop: &'a Desktop, album: &'a mut Album) -> Self {
        Self { machine, desktop, album }
    }

    /// A picture of now.
    pub async fn picture(&mut self, name: &str) {
        self.album.take(&self.desktop.page, name).await;
    }

    /// From the first start to the empty list of keys: one click.
    pub async fn connect_local(&mut self) {
        self.desktop.page.see("connect-local").await;
        self.picture("first-start").await;
        self.desktop.page.press("connect-local").await;
        let page = &self.desktop.page;
        page.see("create-open").await;
        page.holds("the empty list says so", "return document.body.innerText.includes('No keys yet')", vec![], |said| {
            *said == json!(true)
        })
        .await;
        self.picture("nothing-yet").await;
    }

    /// Makes a key and copies it.
    pub async fn create_and_copy(&mut self, name: &str) -> Made {
        let page = &self.desktop.page;
        page.press("create-open").await;
        page.write("create-name", name).await;
        self.picture("create").await;
        page.press("create-submit").await;
        page.see("secret-dialog").await;
        self.picture("copy-once").await;
        page.press("secret-copy").await;
        let secret =
            until("the secret is in the clipboard", || Some(self.machine.paste()).filter(|text| KeyFormat::parse(text).is_ok()));
        page.see("clipboard-note").await;
        self.picture("copied").await;
        Made { id: String::new(), secret }
    }

    /// Tries the new key from the dialog, and is done with it.
    pub async fn try_and_finish(&mut self, made: &mut Made, name: &str) {
        let page = &self.desktop.page;
        page.press("secret-try").await;
        page.see("trial-outcome").await;
        self.picture("tried").await;
        page.press("secret-done").await;
        page.gone("secret-dialog").await;
        page.see("keys-table").await;
        made.id = self.row_named(name).await;
        self.picture("keys").await;
    }

    /// The id of the key with a name.
    pub async fn row_named(&self, name: &str) -> String {
        let script = "const row = [...document.querySelectorAll(\"[data-testid='key-row']\")].find((row) => row.textContent.includes(arguments[0])); \
                      return row ? row.dataset.keyId : null";
        let page = &self.desktop.page;
        page.holds(&format!("there is a row ‘{name}’"), script, vec![json!(name)], Value::is_string).await;
        page.client.execute(script, vec![json!(name)]).await.unwrap().as_str().expect("it was there").to_owned()
    }

    /// Opens the drawer of a key.
    pub async fn open(&mut self, key: &str) {
        // WebKit's driver takes a row for something that can't be pressed; its first cell can.
        self.desktop.page.press_at(&format!("{} td", row(key))).await;
        self.desktop.page.see("drawer").await;
        self.picture("drawer").await;
    }

    /// Gives the open key one more scope.
    pub async fn add_scope(&mut self, scope: &str) {
        let page = &self.desktop.page;
        page.press("drawer-edit").await;
        page.see("edit-save").await;
        page.press_at(&format!("{}[data-scope='{scope}']", marked("scope-option"))).await;
        page.says("edit-diff", scope).await;
        self.picture("edit").await;
        page.press("edit-save").await;
        page.gone("edit-save").await;
        page.says("drawer", scope).await;
        self.picture("edited").await;
    }

    /// Revokes the open key and waits for the check that it is refused.
    pub async fn revoke(&mut self) {
        let page = &self.desktop.page;
        page.press("drawer-revoke").await;
        page.see("revoke-confirm").await;
        self.picture("revoke").await;
        page.press("revoke-confirm").await;
        page.says("revoke-outcome", "refuses").await;
        self.picture("revoked").await;
    }

    /// The address of the key server of this computer.
    pub async fn address(&self) -> String {
        let overview = self.desktop.page.call("overview", json!({})).await.expect("the page may ask for it");
        overview["connections"][0]["address"].as_str().expect("a connection has an address").trim_end_matches('/').to_owned()
    }
}

/// The selector of a key's row.
#[must_use]
pub fn row(key: &str) -> String {
    format!("{}[data-key-id='{key}']", marked("key-row"))
}

/// What a key server says to a key that asks about itself.
///
/// # Panics
/// Where it doesn't answer.
pub async fn ask_about_itself(address: &str, secret: &str) -> (StatusCode, Value) {
    let answer = crate::asking::client().get(format!("{address}/v1/self")).bearer_auth(secret).send().await.unwrap();
    let status = answer.status();
    (status, answer.json().await.unwrap())
}
