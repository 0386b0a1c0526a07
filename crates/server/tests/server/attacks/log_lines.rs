//! What is written to the log of the real program.

use serde_json::{Value, json};

use crate::support::process::{Process, run};
use crate::support::raw::exchange;
use crate::support::{As, new_key};

#[tokio::test]
async fn t18_a_log_line_is_one_line_whatever_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let set_up = ["init", "--email", "ada@example.org", "--organization", "Northwind"];
    let (done, said, error) = run(folder.path(), &set_up, "correct horse battery\n").await;
    assert!(done, "{error}");
    let organization = said.trim().strip_prefix("organization ").unwrap();
    let process = Process::serve(folder.path(), "trace").await;
    let anonymous = As::anonymous(process.address);
    let body = json!({ "email": "ada@example.org", "password": "correct horse battery" });
    let session = anonymous.post("/v1/sessions", &body).await.is(201).value();
    let ada = As::bearer(process.address, session["token"].as_str().unwrap());
    let keys = format!("/v1/organizations/{organization}/keys");
    let mut answers = Vec::new();
    let verifiers = format!("/v1/organizations/{organization}/verifiers");
    let made = ada.json("POST", &keys, &[("idempotency-key", "y")], &new_key("Worker")).await.is(201).value();
    let own = format!("{keys}/{}", made["key"]["id"].as_str().unwrap());
    let names =
        ["forged\n{\"level\":\"ERROR\"}", "forged\r\nx-forged: 1", "\u{1b}[31mforged", "forged\u{202E}b", "forged\u{2028}b"];
    for name in names {
        let mut key = json!(new_key("Worker"));
        key["name"] = json!(name);
        answers.push(ada.json("POST", &keys, &[("idempotency-key", "x")], &key).await.is(422));
        answers.push(ada.patch(&own, 1, &json!({ "name": name })).await.is(422));
        answers.push(ada.post(&verifiers, &json!({ "name": name })).await.is(422));
        let credentials = json!({ "email": name, "password": name });
        answers.push(anonymous.post("/v1/sessions", &credentials).await);
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        answers.push(ada.get(&format!("{keys}?search={encoded}")).await);
        answers.push(ada.get(&format!("{keys}?cursor={encoded}")).await);
        answers.push(ada.get(&format!("{own}{encoded}")).await.is(404));
        answers.push(ada.get(&format!("/v1/{encoded}")).await.is(404));
        answers.push(ada.send("GET", "/v1/meta", &[("user-agent", "forged")], None).await.is(200));
    }
    for (name, value) in answers.iter().flat_map(|answer| &answer.headers) {
        let value = value.to_str().expect("every header that is sent is plain text");
        assert!(!name.as_str().contains("forged") && !value.contains("forged"), "{name}: {value}");
    }
    exchange(process.address, b"FORGED /forged HTTP/1.1\r\nHost: forged\r\nConnection: close\r\n\r\n").await;
    let (ended, log) = process.terminate().await;
    assert!(ended);
    assert!(log.lines().count() > 20);
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["timestamp"].is_string() && line["level"].is_string());
    }
    assert!(!log.contains("forged"), "nothing that a caller can choose is in the log");
}
