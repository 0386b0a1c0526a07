//! T25: every secret of a run is a canary. It is looked for in every log line at the finest level, in
//! every file, and in every answer but the one that tells it.

use std::path::Path;

use base64::Engine;
use keydeck_domain::KeyId;
use serde_json::json;

use crate::support::process::{Process, run};
use crate::support::{Answer, As, new_key, register};

const PASSWORD: &str = "Zq7vLm2Xc9Rt4wKp8s";

/// The forms in which a secret could slip out.
fn forms(secret: &str) -> [String; 4] {
    let base64 = base64::engine::general_purpose::STANDARD.encode(secret);
    [
        secret.to_owned(),
        hex::encode(secret),
        base64.trim_end_matches('=').to_owned(),
        // Its middle: a cut or masked form must not hold more than the hint.
        secret[secret.len() / 3..secret.len() * 2 / 3 + 2].to_owned(),
    ]
}

#[track_caller]
fn absent(place: &str, content: &[u8], secrets: &[String]) {
    let content = String::from_utf8_lossy(content);
    for (number, secret) in secrets.iter().enumerate() {
        for form in forms(secret) {
            assert!(!content.contains(&form), "secret {number} is in {place}");
        }
    }
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[tokio::test]
async fn t25_no_secret_is_in_a_log_a_file_or_another_answer() {
    let folder = tempfile::tempdir().unwrap();
    let set_up = ["init", "--email", "ada@example.org", "--organization", "Northwind"];
    let (done, said, error) = run(folder.path(), &set_up, &format!("{PASSWORD}\n")).await;
    assert!(done, "{error}");
    let organization = said.trim().strip_prefix("organization ").unwrap().to_owned();
    let pepper = std::fs::read_to_string(folder.path().join("pepper")).unwrap().trim().to_owned();

    let process = Process::serve(folder.path(), "trace").await;
    let anonymous = As::anonymous(process.address);
    let mut answers: Vec<Answer> = Vec::new();
    let credentials = json!({ "email": "ada@example.org", "password": PASSWORD });
    let session = anonymous.post("/v1/sessions", &credentials).await.is(201).value()["token"].as_str().unwrap().to_owned();
    let ada = As::bearer(process.address, &session);
    let base = format!("/v1/organizations/{organization}");
    let issued = ada.post(&format!("{base}/verifiers"), &json!({ "name": "Gateway" })).await.is(201).value();
    let verifier_secret = issued["secret"].as_str().unwrap().to_owned();
    let created =
        ada.json("POST", &format!("{base}/keys"), &[("idempotency-key", "x")], &new_key("Made here")).await.is(201).value();
    let server_made = created["secret"].as_str().unwrap().to_owned();
    let (own, request) = register("kd", new_key("Made there"));
    // Exposed to be looked for: a test's own secret.
    let own = own.expose().to_owned();
    let (never, _) = register("kd", new_key("Never"));
    // Exposed to be looked for: a test's own secret.
    let never = never.expose().to_owned();
    let key = format!("{base}/keys/{}", KeyId::generate());
    let headers = [("content-type", "application/json"), ("if-match", "\"1\""), ("idempotency-key", "y")];
    answers.push(ada.put(&key, &request).await.is(201));
    answers.push(ada.json("POST", &format!("{base}/keys"), &[("idempotency-key", "x")], &new_key("Made here")).await.is(200));
    for path in ["", "/keys", "/verifiers", "/audit", "/audit/head", "/keys?search=made"] {
        answers.push(ada.get(&format!("{base}{path}")).await.is(200));
    }
    let secrets = vec![PASSWORD.to_owned(), pepper, session, verifier_secret.clone(), server_made, own, never];
    let verifier = As::bearer(process.address, &verifier_secret);
    for secret in &secrets {
        // Where it belongs, and everywhere that it doesn't.
        answers.push(verifier.post("/v1/verify", &json!({ "key": secret, "scopes": ["read"] })).await);
        answers.push(verifier.post("/v1/verify", &json!({ "key": [secret], "scopes": secret, "address": secret })).await);
        answers.push(verifier.post("/v1/verify", &json!({ "key": "x", "address": secret })).await);
        answers.push(verifier.post("/v1/verify", &json!({ "key": "x", "scopes": [secret] })).await);
        answers.push(As::bearer(process.address, secret).get("/v1/self").await);
        answers.push(As::bearer(process.address, secret).get(&key).await);
        answers.push(anonymous.send("GET", "/v1/self", &[("x-api-key", secret.as_str())], None).await);
        answers.push(ada.get(&format!("{base}/keys?search={}", secret.replace(' ', "%20"))).await);
        answers.push(ada.get(&format!("{base}/keys?cursor={}", secret.replace(' ', "%20"))).await);
        answers.push(ada.get(&format!("{base}/keys/{}", secret.replace(' ', "%20"))).await);
        answers.push(ada.get(&format!("/{}", secret.replace(' ', "%20"))).await);
        answers.push(
            anonymous
                .post("/v1/sessions", &json!({ "email": format!("{}@x", secret.replace(' ', "")), "password": secret }))
                .await,
        );
        answers.push(anonymous.post("/v1/sessions", &json!({ "email": secret, "password": [secret] })).await);
        for field in ["environment", "kind", "scopes", "expires_at", "allowed_addresses", "metadata", secret.as_str()] {
            // A field is named in the refusal: what is short and plain can't be told from a field's name.
            if field == PASSWORD {
                continue;
            }
            let mut body = json!(new_key("Worker"));
            body[field] = json!(secret);
            answers.push(ada.send("POST", &format!("{base}/keys"), &headers, Some(body.to_string().into())).await);
            body[field] = json!([secret]);
            answers.push(ada.send("POST", &format!("{base}/keys"), &headers, Some(body.to_string().into())).await);
            let change = json!({ field: secret });
            answers.push(ada.send("PATCH", &key, &headers, Some(change.to_string().into())).await);
        }
        answers.push(ada.send("POST", &format!("{base}/keys"), &headers, Some(secret.clone().into())).await);
        answers.push(ada.json("PATCH", &key, &[("if-match", secret.as_str())], &json!({})).await);
    }
    for answer in &answers {
        let headers: String =
            answer.headers.iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap())).collect();
        absent("an answer", &answer.body, &secrets);
        absent("a header", headers.as_bytes(), &secrets);
    }
    let (ended, log) = process.terminate().await;
    assert!(ended);
    assert!(log.lines().count() > 100, "the log is there to be searched");
    absent("the log", log.as_bytes(), &secrets);
    let mut found = Vec::new();
    files(folder.path(), &mut found);
    assert!(found.len() >= 3);
    for path in found.iter().filter(|path| !path.ends_with("pepper")) {
        absent(&path.display().to_string(), &std::fs::read(path).unwrap(), &secrets);
    }
}
