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
