//! Memory API's examples.

use keydeck_domain::api::keys::NewKey;
use keydeck_domain::{Dialect, Environment};
use serde_json::{Value, json};

use super::machine::Machine;
use super::shell::{Example, Language};
use crate::support::new_key;

const BEARER: &str = include_str!("../../../../../tests/documents/memory-api-bearer.txt");
const HEADER: &str = include_str!("../../../../../tests/documents/memory-api-header.txt");
const LIST: &str = include_str!("../../../../../tests/documents/memory-api-list.txt");
const CREATE: &str = include_str!("../../../../../tests/documents/memory-api-create.txt");
const READ_ONLY: &str = include_str!("../../../../../tests/documents/memory-api-read-only.txt");
const EXPIRY: &str = include_str!("../../../../../tests/documents/memory-api-expiry.txt");
const REVOKE: &str = include_str!("../../../../../tests/documents/memory-api-revoke.txt");
const ENVIRONMENT: &str = include_str!("../../../../../tests/documents/memory-api-env.txt");
const PYTHON: &str = include_str!("../../../../../tests/documents/memory-api-python.txt");
const JAVASCRIPT: &str = include_str!("../../../../../tests/documents/memory-api-javascript.txt");

async fn memory_api() -> (Machine, String) {
    let machine = Machine::new(Dialect::MemoryApi, &[]).await;
    machine.unlimited().await;
    let scopes = ["read", "write", "delete", "admin"].map(|scope| scope.parse().unwrap());
    let wanted = NewKey { environment: Environment::Live, scopes: scopes.into_iter().collect(), ..new_key("First") };
    let (_, key) = machine.key(&wanted).await;
    (machine, key)
}

/// An example of the shell, with the base URL exchanged.
fn curl(machine: &Machine, text: &str) -> Example {
    Example::of(Language::Shell, text).with("https://api.memory-api.com", &machine.base())
}

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["error"]["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_key_is_used_as_the_document_shows() {
    let (machine, key) = memory_api().await;
    for text in [BEARER, HEADER] {
        // The document's own key is none.
        let refused = machine.run(&curl(&machine, text)).await.answer();
        assert_eq!(code(&refused), (401, "INVALID_API_KEY_FORMAT"));
        let unknown = curl(&machine, text).with("mem_live_abc123...", "mem_live_0123456789abcdef");
        assert_eq!(code(&machine.run(&unknown).await.answer()), (401, "INVALID_API_KEY"));
        let (status, memories) = machine.run(&curl(&machine, text).with("mem_live_abc123...", &key)).await.answer();
        assert_eq!((status, &memories["success"], &memories["data"]), (200, &json!(true), &json!([])));
    }
}

#[tokio::test]
async fn keys_are_managed_as_the_document_shows() {
    let (machine, key) = memory_api().await;
    let admin = |text: &str| curl(&machine, text).variable("API_KEY", &key);
    let (status, list) = machine.run(&admin(LIST)).await.answer();
    assert_eq!((status, list["data"].as_array().unwrap().len()), (200, 1));

    let (status, made) = machine.run(&admin(CREATE)).await.answer();
    let made = &made["data"];
    assert_eq!((status, made["name"].as_str(), made["environment"].as_str()), (201, Some("Production Server"), Some("live")));
    assert_eq!(made["scopes"], json!(["read", "write"]));
    let (id, text) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert!(text.starts_with("mem_live_"));
    assert_eq!(machine.run(&curl(&machine, BEARER).with("mem_live_abc123...", text)).await.answer().0, 200);

    // Two of its examples send JSON that says it is a form.
    let (status, read_only) = machine.run(&admin(READ_ONLY)).await.answer();
    assert_eq!((status, &read_only["data"]["scopes"]), (201, &json!(["read"])));
    let weaker = curl(&machine, READ_ONLY).variable("API_KEY", read_only["data"]["key"].as_str().unwrap());
    assert_eq!(code(&machine.run(&weaker).await.answer()), (403, "INSUFFICIENT_PERMISSIONS"));
    let (status, brief) = machine.run(&admin(EXPIRY)).await.answer();
    let expires: chrono::DateTime<chrono::Utc> = brief["data"]["expires_at"].as_str().unwrap().parse().unwrap();
    let days = (expires - chrono::Utc::now() + chrono::TimeDelta::hours(1)).num_days();
    assert_eq!((status, days), (201, 30));

    assert_eq!(machine.run(&admin(REVOKE)).await.answer().0, 404, "the document's own id is nobody's");
    assert_eq!(machine.run(&admin(REVOKE).with("key_abc123", id)).await.answer().0, 200);
    let revoked = curl(&machine, BEARER).with("mem_live_abc123...", text);
    assert_eq!(machine.run(&revoked).await.answer().0, 401);
}

#[tokio::test]
async fn a_key_is_kept_in_the_documents_variable() {
    let (machine, key) = memory_api().await;
    let kept = Example::of(Language::Shell, ENVIRONMENT).with("mem_live_your_key_here", &key);
    let kept = machine.run(&kept.then("printf %s \"$MEMORY_API_KEY\"")).await.text;
    for (language, text, shows) in
        [(Language::Python, PYTHON, "print(api_key)\n"), (Language::JavaScript, JAVASCRIPT, "console.log(apiKey);\n")]
    {
        let read = machine.run(&Example::of(language, text).variable("MEMORY_API_KEY", &kept).then(shows)).await.text;
        let example = curl(&machine, BEARER).with("mem_live_abc123...", read.trim());
        assert_eq!(machine.run(&example).await.answer().0, 200);
    }
}
