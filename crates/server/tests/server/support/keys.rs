//! Keys as the tests make them.

use keydeck_domain::api::keys::{NewKey, RegisterKey};
use keydeck_domain::{Digest, Environment, KeyFormat, Secret, format};

/// A key that reads, for tests.
pub fn new_key(name: &str) -> NewKey {
    NewKey {
        name: name.parse().unwrap(),
        environment: Environment::Test,
        kind: keydeck_domain::KeyKind::Secret,
        scopes: ["read".parse().unwrap()].into_iter().collect(),
        expires_at: None,
        note: keydeck_domain::Note::default(),
        metadata: std::collections::BTreeMap::new(),
        allowed_addresses: Vec::new(),
    }
}

/// A fresh secret, and the request that registers it.
pub fn register(prefix: &str, key: NewKey) -> (Secret, RegisterKey) {
    let secret = format::generate(&prefix.parse().unwrap(), key.environment).unwrap();
    // Exposed to take the hint: this is a test's own secret.
    let hint = KeyFormat::parse(secret.expose()).unwrap().hint();
    let digest = Digest::of(&secret);
    (secret, RegisterKey { key, digest, hint })
}

/// Waits until this instant has passed: where a key expires, time itself is the condition.
pub async fn passed(at: chrono::DateTime<chrono::Utc>) {
    while let Ok(left) = (at - chrono::Utc::now()).to_std() {
        tokio::time::sleep(left + std::time::Duration::from_millis(1)).await;
    }
}

/// An expiry that is soon, but not before a loaded machine has made the key.
pub fn soon() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now() + chrono::Duration::seconds(3)
}
