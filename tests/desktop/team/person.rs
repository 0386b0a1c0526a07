//! Somebody at a machine of their own, and what they do in the window.

use keydeck_tests::keyserver::Someone;
use keydeck_tests::page::{Page, marked};
use keydeck_tests::pictures::Album;
use keydeck_tests::process::until;
use keydeck_tests::{Desktop, KeyServer, Machine};
use serde_json::json;

pub(super) const ADA: Someone = Someone { name: "Ada", email: "ada@northwind.example", password: "analytical engine no 1" };
pub(super) const GRACE: Someone = Someone { name: "Grace", email: "grace@northwind.example", password: "a bug in the relay 9" };
pub(super) const LINUS: Someone = Someone { name: "Linus", email: "linus@northwind.example", password: "just a hobby, not big" };

pub(super) struct Person {
    pub(super) who: Someone,
    pub(super) machine: Machine,
    pub(super) desktop: Desktop,
    pub(super) album: Album,
}

impl Person {
    /// Somebody who starts Keydeck for the first time.
    pub(super) async fn sit_down(who: Someone, album: &str) -> Self {
        Self::sit_down_at(Machine::start(), who, album).await
    }

    pub(super) async fn sit_down_at(machine: Machine, who: Someone, album: &str) -> Self {
        let desktop = Desktop::start(&machine).await;
        Self { who, machine, desktop, album: Album::new(album) }
    }

    /// The same, where Keydeck is started with these variables in its environment.
    pub(super) async fn sit_down_with(machine: Machine, who: Someone, album: &str, variables: &[(&str, String)]) -> Self {
        let desktop = Desktop::start_with(&machine, variables).await;
        Self { who, machine, desktop, album: Album::new(album) }
    }

    /// Ends Keydeck and starts it again.
    pub(super) async fn start_again(self) -> Self {
        let Self { who, machine, desktop, album } = self;
        desktop.quit().await;
        let desktop = Desktop::start(&machine).await;
        Self { who, machine, desktop, album }
    }

    pub(super) fn page(&self) -> &Page {
        &self.desktop.page
    }

    pub(super) async fn picture(&mut self, name: &str) {
        self.album.take(&self.desktop.page, name).await;
    }

    /// Types an address or a link and names the file of its authority; asks the server.
    pub(super) async fn ask_server(&self, text: &str, ca_file: &str) {
        let page = self.page();
        if self.can_see("server-address").await {
            page.write("server-address", text).await;
        } else {
            if !self.can_see("connect-keydeck").await {
                page.press_at("aside button.add").await;
            }
            page.press("connect-keydeck").await;
            page.write("server-address", text).await;
        }
        page.find("form details").await;
        page.client.execute("document.querySelector('form details').open = true", vec![]).await.unwrap();
        let field = page.find("form details input").await;
        field.clear().await.unwrap();
        field.send_keys(ca_file).await.unwrap();
        page.press("server-submit").await;
    }

    /// Adds a server by its address.
    pub(super) async fn add(&mut self, server: &KeyServer, name: &str) {
        self.ask_server(&server.address, &server.ca_file()).await;
        self.page().says("server-identity", "answers at").await;
        self.field("Name", name).await;
        self.picture("server").await;
        self.page().press("server-submit").await;
    }

    pub(super) async fn sign_in(&self) {
        let page = self.page();
        page.write("signin-email", self.who.email).await;
        page.write("signin-password", self.who.password).await;
        page.press("signin-submit").await;
        page.see("create-open").await;
    }

    /// Joins by a link.
    pub(super) async fn join(&mut self, server: &KeyServer, link: &str, organization: &str) {
        self.ask_server(link, &server.ca_file()).await;
        self.page().says("join", &format!("Join {organization}")).await;
        self.page().says("join", self.who.email).await;
        self.picture("invited").await;
        self.page().write("join-name", self.who.name).await;
        self.page().write("join-password", self.who.password).await;
        self.page().press("join-submit").await;
        self.page().see("create-open").await;
    }

    /// Invites somebody, and gives the link as the clipboard has it.
    pub(super) async fn invite(&mut self, email: &str, role: &str) -> String {
        let page = self.page();
        page.press("nav-people").await;
        page.press("invite-open").await;
        page.write("invite-email", email).await;
        page.press_at(&format!("label:has({})", marked(&format!("invite-{role}")))).await;
        page.press("invite-submit").await;
        page.press("invite-copy").await;
        let machine = &self.machine;
        let link = until("the link is in the clipboard", || Some(machine.paste()).filter(|text| text.contains("/join#kdi_")));
        self.page().see("clipboard-note").await;
        self.picture(&format!("invited-{role}")).await;
        self.page().press("invite-done").await;
        self.page().says("invitations", email).await;
        // The next one must not be taken for this one.
        self.machine.copy("something else");
        link
    }

    /// Writes into the field of a label.
    pub(super) async fn field(&self, label: &str, text: &str) {
        let script = "const label = [...document.querySelectorAll('label')].find((label) => label.textContent.trim() === arguments[0]); \
                      return label ? label.htmlFor : null";
        let id = self.page().client.execute(script, vec![json!(label)]).await.unwrap();
        let field = self.page().find(&format!("[id='{}']", id.as_str().unwrap_or_else(|| panic!("no field ‘{label}’")))).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses in a list: by the words of the choice.
    pub(super) async fn choose(&self, mark: &str, words: &str) {
        self.choose_at(&marked(mark), words).await;
    }

    pub(super) async fn choose_at(&self, selector: &str, words: &str) {
        let script = "const list = document.querySelector(arguments[0]); \
                      const choice = list && !list.disabled && [...list.options].find((choice) => choice.textContent.trim() === arguments[1]); \
                      if (!choice) return false; list.value = choice.value; \
                      list.dispatchEvent(new Event('change', { bubbles: true })); return true";
        let what = format!("`{selector}` offers ‘{words}’");
        self.page().holds(&what, script, vec![json!(selector), json!(words)], |done| *done == json!(true)).await;
    }

    /// Waits until the page can be read as saying this.
    pub(super) async fn reads(&self, text: &str) {
        let script = "return document.body.innerText.toLowerCase().includes(arguments[0].toLowerCase())";
        self.page().holds(&format!("the page says ‘{text}’"), script, vec![json!(text)], |said| *said == json!(true)).await;
    }

    pub(super) async fn reads_not(&self, text: &str) {
        let script = "return document.body.innerText.toLowerCase().includes(arguments[0].toLowerCase())";
        let what = format!("the page does not say ‘{text}’ any more");
        self.page().holds(&what, script, vec![json!(text)], |said| *said == json!(false)).await;
    }

    /// The row of somebody among the people.
    pub(super) async fn member(&self, email: &str) -> String {
        let script = "const row = [...document.querySelectorAll(arguments[0])].find((row) => row.textContent.includes(arguments[1])); \
                      return row ? row.dataset.user : null";
        let arguments = vec![json!(marked("member-row")), json!(email)];
        self.page().holds(&format!("{email} is among the people"), script, arguments.clone(), serde_json::Value::is_string).await;
        let user = self.page().client.execute(script, arguments).await.unwrap();
        format!("{}[data-user='{}']", marked("member-row"), user.as_str().unwrap())
    }

    /// The state of a server, as the side bar has it.
    pub(super) async fn server_is(&self, name: &str, state: &str) {
        let script = "const server = [...document.querySelectorAll('aside .server')].find((server) => server.textContent.includes(arguments[0])); \
                      return server ? server.querySelector('small').textContent : null";
        self.page().holds(&format!("{name} is {state}"), script, vec![json!(name)], |now| *now == json!(state)).await;
    }

    /// Shows another server.
    pub(super) async fn show_server(&self, name: &str) {
        let script = "const server = [...document.querySelectorAll('aside .server')].find((server) => server.textContent.includes(arguments[0])); \
                      server.click()";
        self.page().client.execute(script, vec![json!(name)]).await.unwrap();
    }

    pub(super) async fn can_see(&self, mark: &str) -> bool {
        let script = "return document.querySelector(arguments[0]) !== null";
        self.page().client.execute(script, vec![json!(marked(mark))]).await.unwrap() == json!(true)
    }
}
