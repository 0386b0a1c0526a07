//! What is known of every key and verifier, found by the stored digest. Readers never wait: the map
//! is lock-free, and an entry is never changed but replaced.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use keydeck_domain::api::verify::VerifiedKey;
use keydeck_domain::{AddressRange, Dialect, Hint};

use super::last_used::LastUsed;
use crate::auth::verifier::AskingVerifier;
use crate::keys::row::KeyRow;
use crate::subkeys::Tag;

/// All that a verification looks at.
pub(crate) struct Entry {
    pub(crate) key: VerifiedKey,
    /// `key` as JSON: the same for every verification, so it is written once.
    pub(crate) json: Box<[u8]>,
    pub(crate) dialect: Dialect,
    pub(crate) hint: Hint,
    pub(crate) allowed_addresses: Vec<AddressRange>,
    pub(crate) enabled: bool,
    pub(crate) revoked: bool,
    /// Shared by an entry and the one that replaces it.
    pub(crate) last_used: Arc<LastUsed>,
}

/// Takes the first bytes of the digest: they come out of an HMAC, so nobody can aim at a bucket.
#[derive(Default)]
pub(crate) struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // An array is hashed with its length first; what comes last, the bytes, counts.
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 = u64::from_ne_bytes(*first);
        }
    }

    fn write_usize(&mut self, _: usize) {}
}

type ByDigest<V> = papaya::HashMap<Tag, V, BuildHasherDefault<FirstBytes>>;

/// The keys.
#[derive(Default)]
pub(crate) struct Index(ByDigest<Arc<Entry>>);

impl Index {
    pub(crate) fn find(&self, digest: &Tag) -> Option<Arc<Entry>> {
        self.0.pin().get(digest).cloned()
    }

    /// Makes the index say what the row says. Called before a change is acknowledged, in the order of
    /// the commits.
    pub(crate) fn put(&self, row: &KeyRow) {
        let map = self.0.pin();
        let last_used = map
            .get(&row.digest)
            .map(|entry| Arc::clone(&entry.last_used))
            .unwrap_or_else(|| Arc::new(LastUsed::of(row.organization, row.id, row.last_used_at)));
        map.insert(row.digest, Arc::new(row.entry(last_used)));
    }
}

/// The verifiers.
#[derive(Default)]
pub(crate) struct VerifierIndex(ByDigest<AskingVerifier>);

impl VerifierIndex {
    pub(crate) fn find(&self, digest: &Tag) -> Option<AskingVerifier> {
        self.0.pin().get(digest).copied()
    }

    pub(crate) fn insert(&self, digest: Tag, verifier: AskingVerifier) {
        self.0.pin().insert(digest, verifier);
    }

    pub(crate) fn remove(&self, digest: &Tag) {
        self.0.pin().remove(digest);
    }
}
