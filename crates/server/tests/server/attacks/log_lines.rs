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
    for name in ["forged\n{\"level\":\"ERROR\"}", "a\r\nb", "\u{1b}[31mred", "a\u{202E}b", "a\u{2028}b"] {
        let mut key = json!(new_key("Worker"));
        key["name"] = json!(name);
        ada.json("POST", &keys, &[("idempotency-key", "x")], &key).await.is(422);
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        ada.get(&format!("{keys}?search=forged{encoded}")).await;
        ada.get(&format!("/v1/forged{encoded}")).await.is(404);
        ada.send("GET", "/v1/meta", &[("user-agent", "forged")], None).await.is(200);
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
