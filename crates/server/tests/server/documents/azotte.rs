//! Azotte's examples.

use keydeck_domain::api::keys::NewKey;
use keydeck_domain::{Dialect, Environment, KeyKind};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::machine::Machine;
use super::shell::{Example, JAVASCRIPT_SHOWS, Language, PYTHON_SHOWS};
use crate::support::new_key;

const HTTP: &str = include_str!("../../../../../tests/documents/azotte-http.txt");
const PYTHON: &str = include_str!("../../../../../tests/documents/azotte-python.txt");
const REFUSAL: &str = include_str!("../../../../../tests/documents/azotte-refusal.txt");
/// The key that stands in the examples: nobody's here.
const KEY: &str = "sk_dev_1234567890abcdef";

/// Each with the lines by which it is seen.
fn examples() -> [Example; 3] {
    [
        Example::of(Language::Shell, include_str!("../../../../../tests/documents/azotte-curl.txt")),
        Example::of(Language::JavaScript, include_str!("../../../../../tests/documents/azotte-javascript.txt"))
            .then(JAVASCRIPT_SHOWS),
        Example::of(Language::Python, PYTHON).then(PYTHON_SHOWS),
    ]
}

async fn azotte() -> Machine {
    // The tenant of the examples.
    Machine::new(Dialect::Azotte, &["--tenant", "tenant_abc123"]).await
}

fn development() -> NewKey {
    NewKey { environment: Environment::Test, kind: KeyKind::Secret, ..new_key("Worker") }
}

#[tokio::test]
async fn the_examples_give_the_subscriptions_and_the_documented_refusal() {
    let machine = azotte().await;
    let (id, key) = machine.key(&development()).await;
    let refusal: Value = serde_json::from_str(REFUSAL).unwrap();
    for example in examples() {
        // The document's own key is nobody's here.
        let example = example.with("https://api.azotte.com", &machine.base());
        assert_eq!(machine.run(&example).await.answer(), (401, refusal.clone()));
        let example = example.with(KEY, &key);
        assert_eq!(machine.run(&example).await.answer(), (200, json!({ "data": [] })));
        // Another tenant than the key's own.
        let elsewhere = example.with("tenant_abc123", "tenant_def456");
        assert_eq!(machine.run(&elsewhere).await.answer().0, 403);
    }
    // A key that was good until now.
    machine.revoke(&id).await;
    for example in examples() {
        let example = example.with("https://api.azotte.com", &machine.base()).with(KEY, &key);
        assert_eq!(machine.run(&example).await.answer(), (401, refusal.clone()));
    }
}

#[tokio::test]
async fn the_request_of_the_document_is_answered_as_it_stands() {
    let machine = azotte().await;
    let (_, key) = machine.key(&development()).await;
    for (key, status) in [(key.as_str(), "200"), (KEY, "401")] {
        let request = HTTP.replace("GET /api", "GET /azotte/api").replace(KEY, key).replace('\n', "\r\n");
        let mut stream = machine.authority.connect(machine.address()).await.unwrap();
        stream.write_all(format!("{request}Connection: close\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // Closed without the farewell of TLS it is an error; what came before is there.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        assert_eq!(answer.split(' ').nth(1), Some(status), "{answer}");
    }
}

#[tokio::test]
async fn nobody_who_checks_certificates_is_talked_to_by_another_authority() {
    // Azotte: "All API calls must use HTTPS", "Validate SSL certificates in production": its clients do.
    let machine = azotte().await;
    let (_, key) = machine.key(&development()).await;
    std::fs::write(machine.folder().join("authority.pem"), crate::support::Authority::new().pem()).unwrap();
    let [curl, javascript, _] = examples();
    for example in [
        // 35 and 60: what curl says of a certificate that it does not trust.
        curl.with("json\"", "json\" || case $? in 35|60) echo refused;; esac"),
        javascript
            .with("const response", "try { var response")
            .then("} catch (error) { if (/CERT|LEAF/.test(error.cause.code)) console.log('refused') }"),
        Example::of(Language::Python, PYTHON)
            .with("response = ", "try: response = ")
            .then("except requests.exceptions.SSLError: print('refused')"),
    ] {
        let written = machine.run(&example.with("https://api.azotte.com", &machine.base()).with(KEY, &key)).await;
        assert!(written.text.contains("refused"), "{}", written.text);
    }
}
