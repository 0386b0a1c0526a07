//! `kill -9` while verifications are counted: whatever is added up, it is the same, and what is lost was
//! counted since the last flush.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use keydeck_domain::{KeyId, Outcome};
use keydeck_server::USAGE_FILE;
use serde_json::json;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::sync::{Mutex, Semaphore};

use crate::support::process::{Process, set_up, signed_in, verifier};
use crate::support::{As, new_key, register};

const ROUNDS: usize = 6;
const AT_ONCE: usize = 4;
/// In milliseconds.
const FLUSH: &str = "50";
const OUTCOMES: [Outcome; 6] =
    [Outcome::Accepted, Outcome::Missing, Outcome::Malformed, Outcome::Unknown, Outcome::Disabled, Outcome::MissingScope];
const ROUTES: [&str; 3] = ["", "GET:/a", "POST:/b"];

/// What is told apart: the outcome and the route. A key that asks about itself names none.
type Told = (usize, usize);
type Counts = BTreeMap<Told, i64>;

/// What is presented for each outcome.
struct Keys {
    good: String,
    disabled: String,
    unknown: String,
}

impl Keys {
    async fn make(ada: &As, organization: &str) -> Self {
        let make = async |name: &str| {
            let (secret, request) = register("kd", new_key(name));
            let path = format!("/v1/organizations/{organization}/keys/{}", KeyId::generate());
            ada.put(&path, &request).await.is(201);
            // Exposed to be presented: a test's own secret.
            (path, secret.expose().to_owned())
        };
        let (_, good) = make("Good").await;
        let (path, disabled) = make("Disabled").await;
        ada.patch(&path, 1, &json!({ "enabled": false })).await.is(200);
        let (unknown, _) = register("kd", new_key("Unknown"));
        // Exposed to be presented: a test's own secret.
        Self { good, disabled, unknown: unknown.expose().to_owned() }
    }

    fn of(&self, outcome: Outcome) -> &str {
        match outcome {
            Outcome::Missing => "",
            Outcome::Malformed => "odd",
            Outcome::Unknown => &self.unknown,
            Outcome::Disabled => &self.disabled,
            _ => &self.good,
        }
    }
}

/// Numbers in no order; which ones does not matter.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        Self(u64::from_be_bytes(*KeyId::generate().as_bytes().last_chunk().unwrap()) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_adds_up_after_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let organization = set_up(folder.path()).await;
    let verifier = verifier(folder.path(), &organization).await;
    let mut keys = None;
    // At least this was counted, at most that.
    let (mut least, mut most) = (Counts::new(), Counts::new());

    for round in 0..=ROUNDS {
        let process = Process::serve_with(folder.path(), "error", |command| {
            command.env("KEYDECK_USAGE_FLUSH", FLUSH);
        })
        .await;
        let address = process.address;
        if keys.is_none() {
            let ada = signed_in(address).await;
            keys = Some(Arc::new(Keys::make(&ada, &organization).await));
        }
        let keys = keys.clone().unwrap();
        let before = counted(folder.path()).await;
        let acknowledged = Arc::new(Mutex::new(Counts::new()));
        let (answers, enough) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let tasks: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let asks = (As::bearer(address, &verifier), Arc::clone(&keys));
                let (acknowledged, answers, enough) = (Arc::clone(&acknowledged), Arc::clone(&answers), Arc::clone(&enough));
                tokio::spawn(async move { ask_until(&asks.0, &asks.1, &acknowledged, &answers, &enough).await })
            })
            .collect();
        let mut dice = Dice::new();
        drop(answers.acquire_many(1 + u32::try_from(dice.below(60)).unwrap()).await.unwrap());
        let answered = acknowledged.lock().await.clone();
        // It is written by itself, within an interval of the flush.
        until_counted(folder.path(), &before, &answered).await;
        // From here on, what is answered may be lost.
        drop(answers.acquire_many(1 + u32::try_from(dice.below(60)).unwrap()).await.unwrap());
        let process = if round == ROUNDS {
            enough.close();
            Some(process)
        } else {
            process.kill().await;
            None
        };
        let mut unsure = Counts::new();
        for task in tasks {
            if let Some(told) = task.await.unwrap() {
                *unsure.entry(told).or_default() += 1;
            }
        }
        let acknowledged = Arc::into_inner(acknowledged).unwrap().into_inner();
        if let Some(process) = process {
            assert!(unsure.is_empty(), "nothing was cut: {unsure:?}");
            // Told to stop, it loses nothing.
            let (ended, log) = process.terminate().await;
            assert!(ended && log.is_empty(), "{log}");
            add(&mut least, &acknowledged);
        } else {
            add(&mut least, &answered);
        }
        add(&mut most, &acknowledged);
        add(&mut most, &unsure);
        adds_up(folder.path()).await;
    }

    let counted = counted(folder.path()).await;
    for told in counted.keys().chain(most.keys()) {
        let of = |counts: &Counts| counts.get(told).copied().unwrap_or(0);
        let (least, most, counted) = (of(&least), of(&most), of(&counted));
        assert!((least..=most).contains(&counted), "{told:?}: {counted} is not between {least} and {most}");
    }
    assert!(counted.values().sum::<i64>() > 100, "{counted:?}");
}

/// Asks this and that until the server is gone or there is enough; gives what was not answered.
async fn ask_until(
    verifier: &As,
    keys: &Keys,
    acknowledged: &Mutex<Counts>,
    answers: &Semaphore,
    enough: &Semaphore,
) -> Option<Told> {
    let nobody = verifier.anonymously();
    let mut dice = Dice::new();
    while !enough.is_closed() {
        let (outcome, route) = (dice.below(OUTCOMES.len()), dice.below(ROUTES.len()));
        let key = keys.of(OUTCOMES[outcome]);
        // About itself a key asks for no scope.
        let itself = OUTCOMES[outcome] != Outcome::MissingScope && dice.below(4) == 0;
        let (answer, told) = if itself {
            let headers = if key.is_empty() { vec![] } else { vec![("x-api-key", key)] };
            (nobody.try_send("GET", "/v1/self", &headers, None).await, (outcome, 0))
        } else {
            let mut body = json!({ "key": key });
            if OUTCOMES[outcome] == Outcome::MissingScope {
                body["scopes"] = json!(["delete"]);
            }
            if !ROUTES[route].is_empty() {
                body["route"] = json!(ROUTES[route]);
            }
            let body = serde_json::to_vec(&body).unwrap();
            let json = [("content-type", "application/json")];
            (verifier.try_send("POST", "/v1/verify", &json, Some(body)).await, (outcome, route))
        };
        match answer {
            Ok(answer) => {
                assert!([200, 401].contains(&answer.status.as_u16()), "{answer:?}");
                *acknowledged.lock().await.entry(told).or_default() += 1;
                answers.add_permits(1);
            }
            Err(_) => return Some(told),
        }
    }
    None
}

fn add(sums: &mut Counts, counts: &Counts) {
    for (told, count) in counts {
        *sums.entry(*told).or_default() += count;
    }
}

async fn connect(folder: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(folder.join("data").join(USAGE_FILE));
    options.busy_timeout(std::time::Duration::from_secs(30)).connect().await.unwrap()
}

/// Waits until all of this was counted beyond what was there before.
async fn until_counted(folder: &Path, before: &Counts, answered: &Counts) {
    let there = async {
        loop {
            let now = counted(folder).await;
            let of = |counts: &Counts, told| counts.get(told).copied().unwrap_or(0);
            if answered.iter().all(|(told, count)| of(&now, told) >= of(before, told) + count) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(120), there).await.expect("it is flushed by itself");
}

/// What the file holds, told apart as it was asked.
async fn counted(folder: &Path) -> Counts {
    let mut connection = connect(folder).await;
    let rows: Vec<(i64, String, i64)> = sqlx::query_as(
        "SELECT h.outcome, ifnull(r.route, ''), sum(h.count) FROM route_hours h LEFT JOIN routes r ON r.id = h.route GROUP BY 1, 2",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    rows.into_iter()
        .map(|(outcome, route, count)| {
            let outcome = OUTCOMES.iter().position(|known| number(*known) == outcome).unwrap();
            let route = ROUTES.iter().position(|known| *known == route).unwrap();
            ((outcome, route), count)
        })
        .collect()
}

fn number(outcome: Outcome) -> i64 {
    match outcome {
        Outcome::Accepted => 0,
        Outcome::Missing => 1,
        Outcome::Malformed => 2,
        Outcome::Unknown => 3,
        Outcome::Disabled => 6,
        Outcome::MissingScope => 8,
        _ => unreachable!("it is not asked for"),
    }
}

/// By key, by route and by minute there are the same sums of each organization, hour, environment and outcome.
async fn adds_up(folder: &Path) {
    type Sums = Vec<(i64, i64, i64, i64, i64)>;
    let mut connection = connect(folder).await;
    let by_key: Sums = sqlx::query_as(
        "SELECT h.organization, h.hour, ifnull(k.environment, 0), h.outcome, sum(h.count) FROM key_hours h \
         LEFT JOIN keys k ON k.id = h.key GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let by_route: Sums = sqlx::query_as(
        "SELECT organization, hour, environment, outcome, sum(count) FROM route_hours GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let by_minute: Sums = sqlx::query_as(
        "SELECT organization, minute / 60, environment, outcome, sum(count) FROM minutes GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(!by_key.is_empty());
    assert_eq!(by_key, by_route);
    assert_eq!(by_key, by_minute);
}
