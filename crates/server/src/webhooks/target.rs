//! Where a webhook leads to: an https address, read by the rules of browsers, so that 127.0.0.1 is found in
//! all its spellings.

use std::net::IpAddr;

use url::{Host, Url};

use super::networks::Networks;
use crate::error::Error;

/// Longest address of a webhook, in characters.
const URL_MAX: usize = 500;

/// An address that can be sent to. What is in its path or query can be a secret of who is called: it has no
/// `Debug`.
#[derive(Clone)]
pub(crate) struct Target(Url);

/// Why an address is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TargetError {
    #[error("must be an https address, at most {URL_MAX} characters long")]
    Unreadable,
    #[error("must not hold a user name or a password")]
    Credentials,
    #[error("must not hold a part after #")]
    Fragment,
}

impl Target {
    /// Reads it.
    pub(crate) fn read(text: &str) -> Result<Self, TargetError> {
        if text.chars().count() > URL_MAX {
            return Err(TargetError::Unreadable);
        }
        let url: Url = text.parse().map_err(|_| TargetError::Unreadable)?;
        if url.scheme() != "https" || url.as_str().len() > 4 * URL_MAX {
            return Err(TargetError::Unreadable);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        if url.fragment().is_some() {
            return Err(TargetError::Fragment);
        }
        Ok(Self(url))
    }

    /// As it is stored and shown.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Who is called; nothing of the path, which can be a secret.
    pub(crate) fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// What is asked for there.
    pub(crate) fn path_and_query(&self) -> String {
        match self.0.query() {
            Some(query) => format!("{}?{query}", self.0.path()),
            None => self.0.path().to_owned(),
        }
    }

    /// The name or address of who is called.
    pub(crate) fn host(&self) -> Host<&str> {
        self.0.host().unwrap_or(Host::Domain(""))
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }

    /// The address, where it is one and not a name.
    pub(crate) fn literal(&self) -> Option<IpAddr> {
        match self.host() {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(_) => None,
        }
    }
}

/// What a person asked for: an address that could never be reached is said at once.
pub(crate) fn wanted(text: &str, networks: &Networks) -> Result<Target, Error> {
    let target = Target::read(text).map_err(|error| Error::InvalidBody(format!("`url`: {error}")))?;
    if target.literal().is_some_and(|address| !networks.allow(address)) {
        return Err(Error::InvalidBody("`url`: must not lead to an address that is not public".to_owned()));
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn only_https_addresses_are_taken() {
        let target = Target::read("https://Hooks.example.org/a/b?c=d").ok().unwrap();
        assert_eq!(target.as_str(), "https://hooks.example.org/a/b?c=d");
        assert_eq!(
            (target.authority(), target.path_and_query(), target.port()),
            ("hooks.example.org".into(), "/a/b?c=d".into(), 443)
        );
        let target = Target::read("https://example.org:8443").ok().unwrap();
        assert_eq!((target.authority(), target.path_and_query(), target.port()), ("example.org:8443".into(), "/".into(), 8443));
        let check = |text: &str, expected| assert_eq!(Target::read(text).err(), Some(expected), "{text}");
        for text in
            ["", "example.org", "http://example.org", "file:///etc/passwd", "javascript:alert(1)", "https://", "https://a b/"]
        {
            check(text, TargetError::Unreadable);
        }
        check(&format!("https://example.org/{}", "x".repeat(URL_MAX)), TargetError::Unreadable);
        check("https://ada@example.org/", TargetError::Credentials);
        check("https://:hunter2@example.org/", TargetError::Credentials);
        check("https://example.org/#x", TargetError::Fragment);
    }

    #[test]
    fn t24_an_address_is_found_in_all_its_spellings() {
        for text in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://017700000001/",
            "https://0177.0.0.1/",
            "https://0177.0.0.0x1/",
            "https://127.0.0.1./",
            "https://１２７.0.0.1/",
            "https://127。0。0。1/",
            "https://%31%32%37.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[0:0:0:0:0:0:0:1]:8443/",
            "https://0/",
            "https://0xa9fea9fe/",
            "https://169.254.169.254/latest/meta-data",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://10.0.0.1/",
        ] {
            assert!(matches!(wanted(text, &Networks::default()), Err(Error::InvalidBody(_))), "{text}");
        }
        assert!(wanted("https://0x7f.1/", &"127.0.0.0/8".parse().unwrap()).is_ok());
        assert!(wanted("https://1.1.1.1/", &Networks::default()).is_ok());
        // What a name leads to is known when it is called.
        assert!(wanted("https://localhost/", &Networks::default()).is_ok());
    }
}
