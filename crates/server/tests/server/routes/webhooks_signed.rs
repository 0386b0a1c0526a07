//! The recipes of `docs/hosting.md` that check a signature, run as a reader would run them.

use std::io::Write;
use std::process::{Command, Stdio};

use hmac::{Hmac, KeyInit, Mac};
use keydeck_domain::api::webhooks::Delivery;
use serde_json::{Value, json};
use sha2::Sha256;

use super::webhooks::{base, make, sends_to};
use crate::support::{Authority, Receiver, World};

const MANUAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/hosting.md");

/// The manual's example in a language.
fn recipe(language: &str) -> String {
    let manual = std::fs::read_to_string(MANUAL).unwrap();
    let fence = format!("```{language}\n");
    let (_, rest) = manual.split_once(&fence).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// What a program says of a message that it is given on standard input.
fn judge(program: &str, script: &std::path::Path, message: &Value) -> bool {
    let mut child = Command::new(program).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(message.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program}");
    match String::from_utf8(output.stdout).unwrap().trim() {
        "True" | "true" => true,
        "False" | "false" => false,
        other => panic!("{program}: {other}"),
    }
}

fn signature(secret: &str, at: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    format!("v1={}", hex::encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn the_recipes_of_the_manual_tell_genuine_messages_from_others() {
    let authority = Authority::new();
    let world = World::with(|config| sends_to(config, &authority)).await;
    let receiver = Receiver::new(&authority, 204).await;
    let issued = make(&world, &receiver.url("/")).await;
    let path = format!("{}/{}/test", base(&world), issued.webhook.id);
    let delivery: Delivery = world.admin.send("POST", &path, &[], None).await.is(200).read();
    assert!(delivery.taken);
    let received = receiver.next().await;
    // Exposed to check the signature: a test's own webhook.
    let secret = issued.secret.expose();
    let (told, at) = (received.header("keydeck-signature"), received.header("keydeck-timestamp"));
    let old = at.parse::<i64>().unwrap() - 600;

    let message =
        |secret: &str, at: &str, told: &str, body: &str| json!({ "secret": secret, "at": at, "told": told, "body": body });
    let genuine = message(secret, at, told, &received.body);
    let forged = [
        message(secret, at, told, &received.body.replace("test", "Test")),
        message(&secret.replace("kdw_", "kdw-"), at, told, &received.body),
        message(secret, &old.to_string(), told, &received.body),
        // Genuine once, and sent again by somebody else.
        message(secret, &old.to_string(), &signature(secret, old, &received.body), &received.body),
        message(secret, at, "v1=", &received.body),
    ];

    let folder = tempfile::tempdir().unwrap();
    let python = folder.path().join("check.py");
    let rest = "import json, sys\nfrom email.message import Message\n\ngiven = json.load(sys.stdin)\nheaders = Message()\n\
        headers[\"keydeck-timestamp\"] = given[\"at\"]\nheaders[\"keydeck-signature\"] = given[\"told\"]\n\
        print(genuine(given[\"secret\"], headers, given[\"body\"].encode()))\n";
    std::fs::write(&python, format!("{}\n{rest}", recipe("python"))).unwrap();
    let node = folder.path().join("check.mjs");
    let rest = "import { readFileSync } from \"node:fs\";\nconst given = JSON.parse(readFileSync(0));\n\
        const headers = { \"keydeck-timestamp\": given.at, \"keydeck-signature\": given.told };\n\
        console.log(genuine(given.secret, headers, Buffer.from(given.body)));\n";
    std::fs::write(&node, format!("{}\n{rest}", recipe("js"))).unwrap();
    for (program, script) in [("python3", &python), ("node", &node)] {
        assert!(judge(program, script, &genuine), "{program}");
        for forged in &forged {
            assert!(!judge(program, script, forged), "{program}: {forged}");
        }
    }
}
