//! The keys that are made from the pepper, one a purpose (HKDF-SHA-256, RFC 5869), so that what is
//! computed for one can never stand for another.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use keydeck_domain::{Digest, OneTimeToken, Secret, SessionToken, WebhookId};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::pepper::Pepper;

/// What a webhook's secret begins with.
pub(crate) const WEBHOOK_PREFIX: &str = "kdw_";

/// A MAC or a stored digest.
pub(crate) type Tag = [u8; 32];

/// One subkey, with HMAC's first block computed once.
#[derive(Clone)]
pub(crate) struct MacKey(Hmac<Sha256>);

impl MacKey {
    fn derive(pepper: &Hkdf<Sha256>, label: &str) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        pepper.expand(label.as_bytes(), key.as_mut_slice()).expect("32 bytes are within HKDF's bound");
        Self(Hmac::new_from_slice(key.as_slice()).expect("HMAC takes keys of any length"))
    }

    /// The MAC of a text that stands alone.
    pub(crate) fn of(&self, bytes: &[u8]) -> Tag {
        let mut mac = self.0.clone();
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }

    /// The MAC of several parts, each with its length before it: no two lists of parts give the same
    /// text. The label keeps tables apart.
    pub(crate) fn over(&self, label: &str, parts: &[&[u8]]) -> Tag {
        let mut mac = self.0.clone();
        for part in std::iter::once(label.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// Whether two MACs are the same, in constant time.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// All subkeys of a pepper.
pub(crate) struct Subkeys {
    digest: MacKey,
    session: MacKey,
    verifier: MacKey,
    invitation: MacKey,
    claim: MacKey,
    webhook: MacKey,
    /// Authenticates rows.
    pub(crate) row: MacKey,
    /// Chains the audit log.
    pub(crate) audit: MacKey,
    /// Authenticates cursors.
    pub(crate) cursor: MacKey,
    /// Recognises this pepper without telling it.
    pub(crate) pepper_id: String,
    /// What the database holds to check the pepper against.
    pub(crate) pepper_check: Tag,
}

impl Subkeys {
    pub(crate) fn of(pepper: &Pepper) -> Self {
        // Exposed to derive the subkeys: this is the only use of a pepper.
        let hkdf = Hkdf::<Sha256>::new(Some(b"keydeck-server"), pepper.expose());
        let key = |label: &str| MacKey::derive(&hkdf, label);
        Self {
            digest: key("keydeck/1/digest"),
            session: key("keydeck/1/session"),
            verifier: key("keydeck/1/verifier"),
            invitation: key("keydeck/1/invitation"),
            claim: key("keydeck/1/claim"),
            webhook: key("keydeck/1/webhook"),
            row: key("keydeck/1/row"),
            audit: key("keydeck/1/audit"),
            cursor: key("keydeck/1/cursor"),
            pepper_id: hex::encode(&key("keydeck/1/pepper-id").of(b"id")[..8]),
            pepper_check: key("keydeck/1/pepper-check").of(b"check"),
        }
    }

    /// What is stored of a key: `HMAC(digest key, SHA-256(secret))`.
    pub(crate) fn key_digest(&self, digest: &Digest) -> Tag {
        self.digest.of(digest.as_bytes())
    }

    /// What is stored of a session's token.
    pub(crate) fn session_digest(&self, token: &SessionToken) -> Tag {
        // Exposed to be digested: the token itself is not kept.
        self.session.of(token.expose().as_bytes())
    }

    /// What is stored of a verifier's secret.
    pub(crate) fn verifier_digest(&self, secret: &Secret) -> Tag {
        // Exposed to be digested: the secret itself is not kept.
        self.verifier.of(secret.expose().as_bytes())
    }

    /// What is stored of an invitation's token.
    pub(crate) fn invitation_digest(&self, token: &OneTimeToken) -> Tag {
        // Exposed to be digested: the token itself is not kept.
        self.invitation.of(token.expose().as_bytes())
    }

    /// What is remembered of the token that a fresh server is claimed with.
    pub(crate) fn claim_digest(&self, token: &OneTimeToken) -> Tag {
        // Exposed to be digested: the token itself is not kept.
        self.claim.of(token.expose().as_bytes())
    }

    /// What the messages to a webhook are signed with. Stored nowhere: it is made anew when it is needed.
    pub(crate) fn webhook_secret(&self, id: WebhookId) -> Secret {
        // Room for all of it at once: a buffer that grows leaves its content behind.
        let mut text = String::with_capacity(WEBHOOK_PREFIX.len() + 64);
        text.push_str(WEBHOOK_PREFIX);
        let tag = Zeroizing::new(self.webhook.of(id.as_bytes()));
        for byte in tag.iter() {
            for half in [byte >> 4, byte & 15] {
                text.push(char::from_digit(half.into(), 16).expect("half a byte is a hexadecimal digit"));
            }
        }
        Secret::new(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn purposes_never_share_a_key() {
        let keys = Subkeys::of(&Pepper::from_bytes([7; 32]));
        let tags = [
            &keys.digest,
            &keys.session,
            &keys.verifier,
            &keys.invitation,
            &keys.claim,
            &keys.webhook,
            &keys.row,
            &keys.audit,
            &keys.cursor,
        ]
        .map(|key| key.of(b"x"));
        for (i, a) in tags.iter().enumerate() {
            assert!(tags[i + 1..].iter().all(|b| a != b));
        }
    }

    #[test]
    fn another_pepper_is_recognised() {
        let (a, b) = (Subkeys::of(&Pepper::from_bytes([1; 32])), Subkeys::of(&Pepper::from_bytes([2; 32])));
        assert_ne!(a.pepper_id, b.pepper_id);
        assert_ne!(a.pepper_check, b.pepper_check);
    }

    proptest! {
        #[test]
        fn parts_are_unambiguous(a: Vec<u8>, b: Vec<u8>, c: Vec<u8>) {
            let key = &Subkeys::of(&Pepper::from_bytes([7; 32])).row;
            prop_assume!(!c.is_empty());
            let moved: Vec<u8> = b.iter().chain(&c).copied().collect();
            prop_assert_ne!(key.over("t", &[&a, &b, &c]), key.over("t", &[&a, &moved]));
            prop_assert_ne!(key.over("t", &[&a, &b, &c]), key.over("t", &[&a, &moved, &[]]));
        }
    }
}
