//! ElizaOS's examples.

use keydeck_domain::Dialect;
use keydeck_domain::api::keys::NewKey;
use serde_json::{Value, json};

use super::machine::Machine;
use super::shell::{Example, JAVASCRIPT_SHOWS, Language, PYTHON_SHOWS};
use crate::support::new_key;

const REFUSAL: &str = include_str!("../../../../../tests/documents/elizaos-refusal.txt");
const TOKEN: &str = include_str!("../../../../../tests/documents/elizaos-token.txt");
const EXPORT: &str = include_str!("../../../../../tests/documents/elizaos-export.txt");
const KEY: &str = "your-secret-api-key-here";

fn examples() -> [Example; 3] {
    [
        Example::of(Language::Shell, include_str!("../../../../../tests/documents/elizaos-curl.txt")),
        Example::of(Language::JavaScript, include_str!("../../../../../tests/documents/elizaos-typescript.txt"))
            .then(JAVASCRIPT_SHOWS),
        Example::of(Language::Python, include_str!("../../../../../tests/documents/elizaos-python.txt")).then(PYTHON_SHOWS),
    ]
}

fn token() -> NewKey {
    NewKey { scopes: ["api".parse().unwrap()].into_iter().collect(), ..new_key("The server's token") }
}

#[tokio::test]
async fn the_examples_give_the_agents_and_the_documented_refusal() {
    let machine = Machine::new(Dialect::Elizaos, &[]).await;
    let refusal: Value = serde_json::from_str(REFUSAL).unwrap();
    let (id, key) = machine.key(&token()).await;
    let base = format!("{}/{}", machine.base(), machine.organization);
    for example in examples() {
        let example = example.with("http://localhost:3000", &base);
        assert_eq!(machine.run(&example).await.answer(), (401, refusal.clone()));
        let (status, agents) = machine.run(&example.with(KEY, &key)).await.answer();
        assert_eq!((status, &agents["data"]["agents"]), (200, &json!([])));
    }
    // "Check for typos in the API key", and one that was taken back.
    machine.revoke(&id).await;
    for example in examples() {
        let example = example.with("http://localhost:3000", &machine.base()).with(KEY, &key);
        assert_eq!(machine.run(&example).await.answer(), (401, refusal.clone()));
    }
    let (ended, log) = machine.process.terminate().await;
    assert!(ended && !log.contains(&key) && !log.contains(KEY));
    let attempts = log.lines().filter(|line| line.contains("Unauthorized access attempt")).count();
    assert_eq!(attempts, 6, "{log}");
}

#[tokio::test]
async fn keys_that_are_made_as_the_document_advises_are_good() {
    let machine = Machine::new(Dialect::Elizaos, &[]).await;
    let made = machine.run(&Example::of(Language::Shell, TOKEN)).await.text;
    let exported = Example::of(Language::Shell, EXPORT).then("printf %s \"$ELIZA_SERVER_AUTH_TOKEN\"");
    let exported = machine.run(&exported).await.text;
    // "Good: UUID v4"
    let uuid = machine.run(&Example::of(Language::Python, "import uuid\nprint(uuid.uuid4())\n")).await.text;
    for text in [made.trim(), &exported, uuid.trim()] {
        machine.register(text, token()).await;
        let [curl, ..] = examples();
        let example = curl.with("http://localhost:3000", &machine.base()).with(KEY, text);
        assert_eq!(machine.run(&example).await.answer().0, 200);
    }
    assert_ne!(made.trim(), exported);
}
