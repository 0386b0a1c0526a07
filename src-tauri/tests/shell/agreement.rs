//! The five places that name the commands agree, and none of them gives a secret away.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use keydeck_desktop::NAMES;
use serde_json::Value;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn declared() -> BTreeSet<String> {
    let names: BTreeSet<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(names.len(), NAMES.len(), "a command is declared twice");
    names
}

#[test]
fn each_command_is_allowed_by_itself_and_nothing_else_is() {
    let capability: Value = serde_json::from_str(&read("capabilities/main.json")).unwrap();
    assert_eq!(capability["windows"], serde_json::json!(["main"]));
    assert!(capability.get("remote").is_none() && capability.get("webviews").is_none(), "{capability}");
    let allowed: BTreeSet<String> =
        capability["permissions"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    let core = ["core:event:allow-listen", "core:event:allow-unlisten"].map(str::to_owned);
    let expected = declared().into_iter().map(|name| format!("allow-{}", name.replace('_', "-"))).chain(core).collect();
    assert_eq!(allowed, expected);
    let files: Vec<_> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities")).unwrap().collect();
    assert_eq!(files.len(), 1, "one window, one capability");
}

#[test]
fn the_page_knows_the_same_commands() {
    // The methods of the interface: `  name(arguments): Promise<…>;`, on one line or on several.
    let interface = read("../ui/src/backend/backend.ts");
    let interface = interface.split("export interface Backend {").nth(1).unwrap().split("\n}").next().unwrap();
    let methods = interface
        .split(";\n")
        .filter_map(|method| {
            let (before, _) = method.split_once("): Promise<")?;
            // What stands before the name are comments, line by line.
            let line = before.lines().find(|line| line.trim_start().starts_with(|c: char| c.is_ascii_lowercase()))?;
            let (name, _) = line.trim().split_once('(')?;
            name.chars().all(|c| c.is_ascii_alphanumeric()).then(|| snake(name))
        })
        // Events are Tauri's own, not a command.
        .filter(|name| name != "listen")
        .collect::<BTreeSet<_>>();
    assert_eq!(methods, declared());
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// Every command's name and the type that it gives, from the sources.
fn commands() -> Vec<(String, String)> {
    let files = [
        "account",
        "audit",
        "clipboard",
        "connections",
        "handoff",
        "joining",
        "keys",
        "limits",
        "members",
        "organizations",
        "register",
        "reveal",
        "settings",
        "usage",
        "verifiers",
        "webhooks",
    ];
    files
        .iter()
        .flat_map(|file| {
            let source = read(&format!("src/commands/{file}.rs")).replace('\n', " ");
            let found: Vec<_> = source
                .split("#[tauri::command]")
                .skip(1)
                .map(|after| {
                    let name = after.split("fn ").nth(1).unwrap().split('(').next().unwrap().to_owned();
                    let gives = after.split("-> Result<").nth(1).unwrap().split("> {").next().unwrap().to_owned();
                    (name, gives)
                })
                .collect();
            found
        })
        .collect()
}

/// T32, from the other side: a new command, or one that gives something new, must be put here.
#[test]
fn what_commands_give_is_a_closed_list() {
    let gives = [
        "()",
        "bool",
        "AuditPage",
        "AuditReport",
        "ClipboardState",
        "Connection",
        "Custody",
        "ExportedFile",
        "Handoff",
        // The record. Its link stays in Rust: what is given here holds no token.
        "Invitation",
        "Invited",
        "KeychainReport",
        "Limits",
        "LimitsUpdate",
        // What a copied text seems to be: its hint, never the text.
        "Recognised",
        "KeyPage",
        "KeyRow",
        "Member",
        "OrganizationUpdate",
        "Overview",
        "Preferences",
        "Reveal",
        "Revocation",
        "ServerIdentity",
        "Trial",
        "Update",
        "Option<ExportedFile>",
        "Chart",
        "Delivery",
        "KeyUsage",
        "StalePage",
        "Vec<Alert>",
        "Vec<Handoff>",
        "Vec<Invitation>",
        "Vec<Member>",
        "Vec<SessionEntry>",
        "Vec<Sparkline>",
        "Vec<Verifier>",
        "Vec<Webhook>",
        // The record, as of an invitation: its secret stays in Rust.
        "Verifier",
        // As of a verifier.
        "Webhook",
    ];
    let commands = commands();
    for (name, given) in &commands {
        assert!(gives.contains(&given.as_str()), "{name} gives {given}");
    }
    let names: BTreeSet<String> = commands.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(names, declared());
    let about_secrets: Vec<&String> = names.iter().filter(|name| name.contains("secret") || name.contains("token")).collect();
    assert_eq!(
        about_secrets,
        ["copy_secret", "forget_secret", "reveal_secret"],
        "to the clipboard, out of the keychain, into the sealed frame"
    );
}
