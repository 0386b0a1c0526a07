//! Where a request carries its key and its tenant, by what the dialect says in data.

use http::HeaderMap;
use keydeck_domain::dialect::{Contract, KeyHeader};
use keydeck_domain::tenant::TenantId;

use crate::auth::bearer::{self, Presented};

/// What stands in the headers that can hold a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carried<'a> {
    /// No key, or an empty one.
    Nothing,
    /// One key, in one header or the same in several.
    Key(&'a str),
    /// Two that differ: who checks the one and who uses the other must not disagree.
    Disagreeing,
    /// A header that can't be read as one key: another scheme, or no text.
    Unusable,
}

/// Takes the key out of the headers that this dialect keeps it in.
pub(crate) fn carried<'a>(contract: &Contract, headers: &'a HeaderMap) -> Carried<'a> {
    let mut found: Option<&'a str> = None;
    for place in contract.key_headers {
        match place {
            KeyHeader::Bearer => match bearer::presented(headers) {
                Presented::Nothing => {}
                Presented::Unusable => return Carried::Unusable,
                Presented::Token(token) => match found {
                    Some(other) if other != token => return Carried::Disagreeing,
                    _ => found = Some(token),
                },
            },
            KeyHeader::Named(name) => {
                for value in headers.get_all(*name) {
                    let Ok(text) = value.to_str() else { return Carried::Unusable };
                    if found.is_some_and(|other| other != text) {
                        return Carried::Disagreeing;
                    }
                    found = Some(text);
                }
            }
        }
    }
    found.filter(|text| !text.is_empty()).map_or(Carried::Nothing, Carried::Key)
}

/// The tenant that the request names, where the dialect has a header for it. None also where it can't be read, or
/// two are named.
pub(crate) fn tenant(contract: &Contract, headers: &HeaderMap) -> Option<TenantId> {
    let mut values = headers.get_all(contract.tenant_header?).iter();
    let (Some(only), None) = (values.next(), values.next()) else { return None };
    only.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use http::{HeaderName, HeaderValue};
    use keydeck_domain::Dialect;

    use super::*;

    fn headers(of: &[(&'static str, &'static [u8])]) -> HeaderMap {
        of.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap())).collect()
    }

    #[test]
    fn two_keys_must_agree() {
        let check = |dialect: Dialect, of: &[(&'static str, &'static [u8])], expected: Carried<'static>| {
            assert_eq!(carried(dialect.contract(), &headers(of)), expected, "{dialect} {of:?}");
        };
        let memory = Dialect::MemoryApi;
        check(memory, &[], Carried::Nothing);
        check(memory, &[("authorization", b"Bearer abc")], Carried::Key("abc"));
        check(memory, &[("x-api-key", b"abc")], Carried::Key("abc"));
        check(memory, &[("x-api-key", b"")], Carried::Nothing);
        check(memory, &[("authorization", b"Bearer abc"), ("x-api-key", b"abc")], Carried::Key("abc"));
        check(memory, &[("authorization", b"Bearer abc"), ("x-api-key", b"abd")], Carried::Disagreeing);
        check(memory, &[("authorization", b"Bearer abc"), ("x-api-key", b"")], Carried::Disagreeing);
        check(memory, &[("x-api-key", b"a"), ("x-api-key", b"b")], Carried::Disagreeing);
        check(memory, &[("authorization", b"Basic abc"), ("x-api-key", b"abc")], Carried::Unusable);
        check(memory, &[("x-api-key", b"\xff")], Carried::Unusable);
        // What is no key header of a dialect is not looked at.
        check(Dialect::Azen, &[("authorization", b"Bearer abc")], Carried::Nothing);
        check(Dialect::Azen, &[("authorization", b"Bearer abc"), ("azen-api-key", b"def")], Carried::Key("def"));
        check(Dialect::Azerion, &[("x-api-key", b"abc")], Carried::Nothing);
    }

    #[test]
    fn one_tenant_is_named() {
        let named = |of: &[(&'static str, &'static [u8])]| {
            tenant(Dialect::Azotte.contract(), &headers(of)).map(|tenant| tenant.as_str().to_owned())
        };
        assert_eq!(named(&[("x-tn", b"tenant_abc123")]).as_deref(), Some("tenant_abc123"));
        assert_eq!(named(&[]), None);
        assert_eq!(named(&[("x-tn", b"")]), None);
        assert_eq!(named(&[("x-tn", b"a b")]), None);
        assert_eq!(named(&[("x-tn", b"a"), ("x-tn", b"a")]), None);
        assert_eq!(tenant(Dialect::MemoryApi.contract(), &headers(&[("x-tn", b"a")])), None);
    }
}
