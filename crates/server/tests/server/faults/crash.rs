//! `kill -9` of the real program, at moments of no choice, in the middle of changes.

use std::collections::HashMap;
use std::sync::Arc;

use keydeck_domain::api::keys::IssuedKey;
use keydeck_domain::{Key, KeyId, KeyStatus};
use serde_json::json;
use tokio::sync::{Mutex, Semaphore};

use crate::support::database::count;
use crate::support::process::{Process, run};
use crate::support::{As, new_key, register};

const ROUNDS: u32 = 20;
const AT_ONCE: usize = 4;

#[derive(Default)]
struct Acknowledged {
    /// Secrets of keys whose creation was acknowledged.
    created: HashMap<KeyId, String>,
    revoked: HashMap<KeyId, String>,
    /// Requests whose answer never came: either way is right, but nothing between.
    unsure: Vec<(KeyId, String)>,
    /// Keys that the server made, by the token of the request; none where the answer never came.
    issued: HashMap<String, Option<(KeyId, String)>>,
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_f02_f04_what_was_acknowledged_survives_and_the_rest_is_all_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let set_up = ["init", "--email", "ada@example.org", "--organization", "Northwind"];
    let (done, said, error) = run(folder.path(), &set_up, "correct horse battery\n").await;
    assert!(done, "{error}");
    let organization = said.trim().strip_prefix("organization ").unwrap().to_owned();
    let base = format!("/v1/organizations/{organization}");
    let acknowledged = Arc::new(Mutex::new(Acknowledged::default()));
    let mut token = None;
    let mut killed_in_the_middle = 0;

    for round in 0..ROUNDS {
        let process = Process::serve(folder.path(), "off").await;
        let address = process.address;
        if token.is_none() {
            let body = json!({ "email": "ada@example.org", "password": "correct horse battery" });
            let issued = As::anonymous(address).post("/v1/sessions", &body).await.is(201).value();
            token = Some(issued["token"].as_str().unwrap().to_owned());
        }
        let token = token.clone().unwrap();
        let answers = Arc::new(Semaphore::new(0));
        let tasks: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let (ada, base) = (As::bearer(address, &token), base.clone());
                let (acknowledged, answers) = (Arc::clone(&acknowledged), Arc::clone(&answers));
                tokio::spawn(async move { change_until_it_dies(&ada, &base, &acknowledged, &answers).await })
            })
            .collect();
        // A different number of answers each round; the requests under way then are cut anywhere.
        drop(answers.acquire_many(1 + 3 * round).await.unwrap());
        process.kill().await;
        for task in tasks {
            killed_in_the_middle += usize::from(task.await.unwrap());
        }
    }
    assert!(killed_in_the_middle > 0, "some request must have been cut");

    let process = Process::serve(folder.path(), "error").await;
    let ada = As::bearer(process.address, &token.unwrap());
    let acknowledged = Arc::into_inner(acknowledged).unwrap().into_inner();
    assert!(acknowledged.created.len() > 20 && acknowledged.revoked.len() > 5);
    for (id, secret) in &acknowledged.created {
        let key: Key = ada.get(&format!("{base}/keys/{id}")).await.is(200).read();
        // Its revoke may have been under way when the process was killed.
        let good = As::bearer(process.address, secret).get("/v1/self").await.status == 200;
        assert_eq!(good, key.status == KeyStatus::Active);
        let unsure = acknowledged.unsure.iter().any(|(other, _)| other == id);
        let revoked = acknowledged.revoked.contains_key(id);
        assert!(good || unsure || revoked, "an acknowledged key was lost");
    }
    for (id, secret) in &acknowledged.revoked {
        let key: Key = ada.get(&format!("{base}/keys/{id}")).await.is(200).read();
        assert_eq!(key.status, KeyStatus::Revoked, "an acknowledged revoke was lost");
        As::bearer(process.address, secret).get("/v1/self").await.is(401);
    }
    for (id, secret) in &acknowledged.unsure {
        let record = ada.get(&format!("{base}/keys/{id}")).await;
        let good = As::bearer(process.address, secret).get("/v1/self").await.status == 200;
        match record.status.as_u16() {
            404 => assert!(!good, "a key without a record"),
            200 => assert_eq!(good, record.read::<Key>().status == KeyStatus::Active),
            other => panic!("{other}"),
        }
    }
    // A request that is repeated finds the key that it made, or makes it now: one row, whatever happened.
    assert!(acknowledged.issued.values().flatten().count() > 5);
    for (token, made) in &acknowledged.issued {
        let repeat = async || {
            let headers = [("idempotency-key", token.as_str())];
            ada.json("POST", &format!("{base}/keys"), &headers, &new_key(token)).await
        };
        let first = repeat().await;
        let (first_status, first): (_, IssuedKey) = (first.status.as_u16(), first.read());
        assert_eq!(repeat().await.is(200).read::<IssuedKey>().key.id, first.key.id);
        let rows = count(&folder.path().join("data"), &format!("SELECT count(*) FROM keys WHERE name = '{token}'")).await;
        assert_eq!(rows, 1, "{token}");
        if let Some((id, secret)) = made {
            assert_eq!((first_status, first.key.id), (200, *id), "an acknowledged key was lost");
            assert!(first.secret.is_none(), "it is told once");
            As::bearer(process.address, secret).get("/v1/self").await.is(200);
        }
    }
    // The audit log adds up: a change can still be made, and the program says nothing of alarm.
    let (_, request) = register("kd", new_key("Afterwards"));
    ada.put(&format!("{base}/keys/{}", KeyId::generate()), &request).await.is(201);
    let (ended, log) = process.terminate().await;
    assert!(ended && log.is_empty(), "{log}");
}

/// Makes keys and revokes every other one; gives whether a request was cut.
async fn change_until_it_dies(ada: &As, base: &str, acknowledged: &Mutex<Acknowledged>, answers: &Semaphore) -> bool {
    for number in 0.. {
        let (secret, request) = register("kd", new_key("Worker"));
        // Exposed to be kept for the comparison: a test's own secret.
        let secret = secret.expose().to_owned();
        let id = KeyId::generate();
        let path = format!("{base}/keys/{id}");
        let json = [("content-type", "application/json")];
        let body = serde_json::to_vec(&request).unwrap();
        match ada.try_send("PUT", &path, &json, Some(body)).await {
            Ok(answer) => {
                answer.is(201);
                acknowledged.lock().await.created.insert(id, secret.clone());
                answers.add_permits(1);
            }
            Err(_) => {
                acknowledged.lock().await.unsure.push((id, secret));
                return true;
            }
        }
        if number % 3 == 0 {
            // A token is as good a name as any: it finds the row again.
            let token = format!("Issued {id}");
            let headers = [("content-type", "application/json"), ("idempotency-key", token.as_str())];
            let body = serde_json::to_vec(&new_key(&token)).unwrap();
            let answer = ada.try_send("POST", &format!("{base}/keys"), &headers, Some(body)).await;
            let cut = answer.is_err();
            let made = answer.ok().map(|answer| {
                let issued: IssuedKey = answer.is(201).read();
                // Exposed to be tried after the crash: a test's own secret.
                (issued.key.id, issued.secret.unwrap().expose().to_owned())
            });
            acknowledged.lock().await.issued.insert(token, made);
            if cut {
                return true;
            }
            answers.add_permits(1);
        }
        if number % 2 == 0 {
            match ada.try_send("POST", &format!("{path}/revoke"), &[], None).await {
                Ok(answer) => {
                    answer.is(200);
                    acknowledged.lock().await.revoked.insert(id, secret);
                    answers.add_permits(1);
                }
                Err(_) => {
                    acknowledged.lock().await.unsure.push((id, secret));
                    return true;
                }
            }
        }
    }
    false
}
