//! Three people with three roles in two organizations, from the first start of the server to the day on
//! which one of them is removed while at work.

use std::os::unix::fs::PermissionsExt;

use keydeck_domain::KeyFormat;
use keydeck_tests::page::marked;
use keydeck_tests::process::until;
use keydeck_tests::walk::{Walk, row};
use keydeck_tests::{KeyServer, canary};
use serde_json::json;

use super::person::{ADA, GRACE, LINUS, Person};

#[tokio::test(flavor = "multi_thread")]
async fn a_team_sets_up_its_server_works_with_it_and_parts_with_one_of_them() {
    let server = KeyServer::start();
    let token = server.claim_token();
    let mut ada = Person::sit_down(ADA, "pictures/team-ada").await;
    claims_the_server(&mut ada, &server, &token).await;
    arranges_the_organization(&mut ada).await;
    let to_grace = ada.invite(GRACE.email, "admin").await;
    let to_linus = ada.invite(LINUS.email, "viewer").await;
    ada.picture("invitations").await;

    let session = server.sign_in(ADA).await;
    let organization = server.organization(&session, "Northwind Labs").await;
    let verifier = server.verifier(&session, &organization).await;

    let mut linus = Person::sit_down(LINUS, "pictures/team-linus").await;
    linus.join(&server, &to_linus, "Northwind Labs").await;
    let off = "return document.querySelector(\"[data-testid='create-open']\").disabled";
    linus.page().holds("a viewer makes no keys", off, vec![], |off| *off == json!(true)).await;
    linus.picture("viewer").await;

    let mut grace = Person::sit_down(GRACE, "pictures/team-grace").await;
    grace.join(&server, &to_grace, "Northwind Labs").await;
    makes_linus_a_member(&mut grace).await;

    // Linus hears of his new role when his Keydeck asks who he is: at its next start.
    let mut linus = linus.start_again().await;
    let key = makes_a_key_of_the_preset(&mut linus).await;
    let heard = server.verify(&verifier, &key.secret, "invoices:read").await;
    assert_eq!((&heard["outcome"], &heard["key"]["id"]), (&json!("accepted"), &json!(key.id)), "{heard}");
    assert_eq!(server.verify(&verifier, &key.secret, "write").await["outcome"], json!("missing_scope"));

    // Linus is at work, in the middle of another key, when Ada removes him.
    linus.page().press("create-open").await;
    linus.page().write("create-name", "Half of a thought").await;
    removes_linus(&mut ada).await;
    is_told_and_loses_nothing_silently(&mut linus).await;
    assert_eq!(server.verify(&verifier, &key.secret, "invoices:read").await["outcome"], json!("accepted"), "keys stay");
    finds_and_revokes_what_he_left(&mut ada, &key.id).await;
    assert_eq!(server.verify(&verifier, &key.secret, "invoices:read").await["outcome"], json!("revoked"));

    let exported = reads_the_audit_log(&mut ada).await;
    let secrets = [&key.secret, &token, &to_grace, &to_linus, &verifier, &session, &server.pepper()].map(Clone::clone);
    let mut secrets = secrets.to_vec();
    secrets.extend([ADA.password, GRACE.password, LINUS.password].map(str::to_owned));
    secrets.extend([&to_grace, &to_linus].map(|link| link.split_once('#').unwrap().1.to_owned()));
    assert!(!secrets.iter().any(|secret| exported.contains(secret.as_str())), "the export holds a secret");
    for person in [ada, grace, linus] {
        let words = person.page().everything().await;
        assert!(!secrets.iter().any(|secret| words.contains(secret.as_str())), "{}'s page holds a secret", person.who.name);
        person.desktop.quit().await;
        nothing_secret_is_left(&secrets, &[person.machine.folder(), person.album.folder()]);
    }
    // Of the server's folder all but the pepper's own file.
    std::fs::copy(server.folder().join("log"), server.folder().join("data/log")).unwrap();
    nothing_secret_is_left(&secrets, &[&server.folder().join("data")]);
}

fn nothing_secret_is_left(secrets: &[String], folders: &[&std::path::Path]) {
    let found = canary::find(secrets, folders);
    assert!(found.is_empty(), "a secret lies in {found:?}");
    let found = canary::find_any(folders);
    assert!(found.is_empty(), "a key or a token lies in {found:?}");
}

/// T26: only who sees what the server prints becomes its owner.
async fn claims_the_server(ada: &mut Person, server: &KeyServer, token: &str) {
    ada.page().press("connect-keydeck").await;
    ada.ask_server(&server.address, &server.ca_file()).await;
    ada.page().says("server-identity", "Nobody has set it up yet").await;
    ada.field("Name", "Northwind's").await;
    ada.picture("fresh").await;
    ada.page().press("server-submit").await;
    ada.page().see("claim").await;
    ada.picture("claim").await;
    let page = ada.page();
    page.write("claim-name", ADA.name).await;
    page.write("claim-email", ADA.email).await;
    page.write("claim-password", ADA.password).await;
    page.write("claim-organization", "Northwind").await;
    page.write("claim-prefix", "nw").await;
    let guessed = format!("{}{}", &token[..token.len() - 4], if token.ends_with("aaaa") { "bbbb" } else { "aaaa" });
    page.write("claim-token", &guessed).await;
    page.press("claim-submit").await;
    ada.reads("The server does not know this token").await;
    ada.picture("claim-refused").await;
    // What was refused for its token alone is not typed again.
    ada.page().write("claim-token", token).await;
    ada.page().press("claim-submit").await;
    ada.page().see("create-open").await;
    ada.server_is("Northwind's", "signed in").await;
    ada.picture("claimed").await;
    let mut walk = Walk::new(&ada.machine, &ada.desktop, &mut ada.album);
    let mut made = walk.create_and_copy("First of all").await;
    assert!(made.secret.starts_with("nw_test_"));
    walk.try_and_finish(&mut made, "First of all").await;
}

/// A second organization, a scope of its own and a preset.
async fn arranges_the_organization(ada: &mut Person) {
    ada.choose("organization-switch", "New organization…").await;
    let page = ada.page();
    page.write("new-organization-name", "Northwind Labs").await;
    page.write("new-organization-prefix", "lab").await;
    ada.picture("new-organization").await;
    ada.page().press("new-organization-submit").await;
    ada.page().gone("new-organization").await;
    ada.reads("No keys yet").await;
    let page = ada.page();
    page.press("nav-organization").await;
    page.press("scope-add").await;
    page.find("li:last-child [data-testid='scope-name']").await.send_keys("invoices:read").await.unwrap();
    let description = format!("{} li:last-child [data-testid='scope-description']", marked("catalogue"));
    page.find(&description).await.send_keys("Read invoices").await.unwrap();
    page.press("preset-add").await;
    page.write("preset-name", "Invoice printer").await;
    page.press_at(&format!("{} {}[data-scope='invoices:read']", marked("presets"), marked("scope-option"))).await;
    page.says("organization-diff", "invoices:read").await;
    page.says("organization-diff", "Invoice printer").await;
    ada.picture("organization").await;
    ada.page().press("organization-save").await;
    ada.reads("Northwind Labs is saved").await;
}

async fn makes_linus_a_member(grace: &mut Person) {
    grace.page().press("nav-people").await;
    let linus = grace.member(LINUS.email).await;
    // An admin makes and removes no owner.
    let script = "return [...document.querySelectorAll(`${arguments[0]} option`)].map((choice) => choice.textContent)";
    let roles = grace.page().client.execute(script, vec![json!(linus)]).await.unwrap();
    assert!(!roles.as_array().unwrap().contains(&json!("Owner")), "{roles}");
    grace.choose_at(&format!("{linus} select"), "Member").await;
    grace.reads("is member now").await;
    grace.picture("people").await;
}

async fn makes_a_key_of_the_preset(linus: &mut Person) -> keydeck_tests::walk::Made {
    let on = "const open = document.querySelector(\"[data-testid='create-open']\"); return open !== null && !open.disabled";
    linus.page().holds("a member makes keys", on, vec![], |on| *on == json!(true)).await;
    let page = linus.page();
    page.press("create-open").await;
    page.write("create-name", "Print room").await;
    page.press_at(&format!("label:has({})", marked("access-preset"))).await;
    linus.picture("preset").await;
    let page = linus.page();
    page.press("create-submit").await;
    page.see("secret-dialog").await;
    page.press("secret-copy").await;
    let machine = &linus.machine;
    let secret = until("the key is in the clipboard", || Some(machine.paste()).filter(|text| KeyFormat::parse(text).is_ok()));
    assert!(secret.starts_with("lab_test_"), "the organization's prefix");
    let mut made = keydeck_tests::walk::Made { id: String::new(), secret };
    let mut walk = Walk::new(&linus.machine, &linus.desktop, &mut linus.album);
    walk.try_and_finish(&mut made, "Print room").await;
    made
}

async fn removes_linus(ada: &mut Person) {
    ada.page().press("nav-keys").await;
    ada.page().press("nav-people").await;
    let linus = ada.member(LINUS.email).await;
    ada.page().press_at(&format!("{linus} {}", marked("member-remove"))).await;
    ada.page().says("remove-member", "1 key").await;
    ada.picture("remove").await;
    ada.page().press("remove-confirm").await;
    ada.page().gone("remove-member").await;
    let gone = "return document.querySelector(arguments[0]) === null";
    ada.page().holds("Linus is gone", gone, vec![json!(linus)], |gone| *gone == json!(true)).await;
}

/// His next request is refused. What he was typing is still there; that he is no member is said.
async fn is_told_and_loses_nothing_silently(linus: &mut Person) {
    linus.page().press("create-submit").await;
    let told = "return document.querySelector(\"dialog [role='alert'], dialog .note.bad\") !== null";
    linus.page().holds("the dialog says that it was refused", told, vec![], |told| *told == json!(true)).await;
    linus.picture("removed-while-typing").await;
    let typed = "return document.querySelector(\"[data-testid='create-name']\").value";
    assert_eq!(linus.page().client.execute(typed, vec![]).await.unwrap(), json!("Half of a thought"));
    linus.page().press_at("dialog .foot button[type='button']").await;
    // What he asks next tells him why.
    let list = "[...document.querySelectorAll('.filters button')].find((chip) => chip.textContent === 'Active')?.click()";
    linus.page().client.execute(list, vec![]).await.unwrap();
    linus.reads("You are not a member of any organization here").await;
    linus.picture("no-member").await;
}

async fn finds_and_revokes_what_he_left(ada: &mut Person, key: &str) {
    ada.page().press("nav-keys").await;
    ada.page().find(&row(key)).await;
    ada.page().press("filter-left").await;
    let rows = "return [...document.querySelectorAll(\"[data-testid='key-row']\")].map((row) => [row.dataset.keyId, row.textContent.includes('creator left')])";
    ada.page().holds("only his key is left", rows, vec![], |rows| *rows == json!([[key, true]])).await;
    ada.picture("creator-left").await;
    ada.page().press_at(&format!("{} td", row(key))).await;
    ada.page().says("drawer", "is no member any more").await;
    ada.picture("creator-left-drawer").await;
    ada.page().press("drawer-revoke").await;
    ada.page().press("revoke-confirm").await;
    // Only his computer ever held the secret: the server's word is all that can be had here.
    ada.page().says("revoke-outcome", "record says revoked").await;
    ada.picture("revoked").await;
    ada.page().press("revoke-close").await;
}

/// In words, with what changed; by person; checked; and as a file. Gives the file's content.
async fn reads_the_audit_log(ada: &mut Person) -> String {
    ada.page().press("nav-audit").await;
    for words in
        ["revoked Print room", "removed linus", "made linus", "joined as viewer", "invited", "the scopes of Northwind Labs"]
    {
        let script =
            "return document.querySelector(\"[data-testid='audit']\")?.innerText.replaceAll(/\\s+/g, ' ').toLowerCase() ?? ''";
        let what = format!("the log says ‘{words}’");
        ada.page()
            .holds(&what, script, vec![], |said| said.as_str().is_some_and(|said| said.contains(&words.to_lowercase())))
            .await;
    }
    ada.picture("audit").await;
    // What a change changed, before and after.
    ada.choose("audit-action", "Role changed").await;
    let one = "return document.querySelectorAll(\"[data-testid='audit-row']\").length";
    ada.page().holds("one entry is left", one, vec![], |rows| *rows == json!(1)).await;
    ada.page().press("audit-open").await;
    ada.reads("What changed").await;
    ada.reads("Viewer").await;
    ada.reads("Member").await;
    ada.picture("audit-change").await;
    ada.page().press("audit-clear").await;
    ada.choose("audit-actor", "By Grace").await;
    let who = "return [...document.querySelectorAll(\"[data-testid='audit-row'] .c-who\")].map((cell) => cell.textContent)";
    ada.page()
        .holds("all is by Grace", who, vec![], |who| {
            who.as_array().is_some_and(|who| !who.is_empty() && who.iter().all(|name| name.as_str().unwrap().contains("grace")))
        })
        .await;
    ada.picture("audit-by-grace").await;
    ada.page().press("audit-clear").await;
    ada.page().press("audit-check").await;
    ada.page().see("audit-report").await;
    ada.page().press("audit-csv").await;
    ada.page().see("audit-exported").await;
    ada.picture("audit-checked-and-exported").await;
    let files: Vec<_> = exports(&ada.machine.home());
    assert_eq!(files.len(), 1, "one file was written: {files:?}");
    let mode = std::fs::metadata(&files[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "for nobody else to read");
    let content = std::fs::read_to_string(&files[0]).unwrap();
    for words in ["key_revoked", "member_removed", LINUS.email, "Print room"] {
        assert!(content.contains(words), "the export says {words}:\n{content}");
    }
    content
}

fn exports(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(exports(&path));
        } else if path.extension().is_some_and(|end| end == "csv") {
            found.push(path);
        }
    }
    found
}
