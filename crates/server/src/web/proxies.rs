//! The proxies that are named: only what one of them says of a caller's address counts.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use http::HeaderMap;
use ipnet::IpNet;

use crate::error::Error;

/// In which a proxy says who asked it, after those who are said to have asked before.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Addresses and ranges of proxies that end TLS in front of this server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

/// Why something names no proxies.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxiesError {
    /// Neither an address nor a range.
    #[error("`{0}` is neither an address nor a range: name the proxies, as in 127.0.0.1 or 10.0.0.0/28,fd00::/64")]
    NoRange(String),
    /// A range of everything.
    #[error("`{0}` is every address: then everybody could say who he is. Name the proxies alone")]
    Everybody(String),
}

impl FromStr for Proxies {
    type Err = ProxiesError;

    /// Addresses and ranges, separated by commas.
    fn from_str(text: &str) -> Result<Self, ProxiesError> {
        let named = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        named
            .map(|part| {
                let one = |address: IpAddr| IpNet::from(address.to_canonical());
                let range = part.parse().map(one).or_else(|_| part.parse::<IpNet>());
                let range = range.map_err(|_| ProxiesError::NoRange(part.to_owned()))?;
                if range.prefix_len() == 0 { Err(ProxiesError::Everybody(part.to_owned())) } else { Ok(range) }
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Display for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, range) in self.0.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            let single = range.prefix_len() == range.max_prefix_len();
            if single { write!(f, "{comma}{}", range.addr()) } else { write!(f, "{comma}{range}") }?;
        }
        Ok(())
    }
}

impl Proxies {
    /// Whether none is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|range| range.contains(&address))
    }

    /// Whose request it is that a trusted proxy hands on: read from the right, the first address that is no
    /// trusted proxy itself. What stands left of it was said by that caller, and proves nothing. Where all
    /// are trusted it is the first of them; where none is named, nobody knows.
    ///
    /// # Errors
    /// Where an entry on the way is no address.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Result<Option<IpAddr>, Error> {
        let mut caller = None;
        for line in headers.get_all(FORWARDED_FOR).iter().rev() {
            // Only one that is readable can be walked through.
            for entry in line.to_str().map_err(|_| unreadable())?.rsplit(',') {
                let address = address(entry.trim()).ok_or_else(unreadable)?;
                caller = Some(address);
                if !self.trusts(address) {
                    return Ok(caller);
                }
            }
        }
        Ok(caller)
    }
}

/// An address, in brackets or with a port as some proxies write it.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address| address.to_canonical())
}

fn unreadable() -> Error {
    Error::InvalidRequest("X-Forwarded-For holds something that is no address".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn caller(proxies: &str, lines: &[&str]) -> Result<Option<String>, ()> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let proxies: Proxies = proxies.parse().unwrap();
        proxies.caller(&headers).map(|address| address.map(|address| address.to_string())).map_err(drop)
    }

    #[test]
    fn the_caller_is_the_rightmost_who_is_no_trusted_proxy() {
        let proxies = "10.0.0.0/28, fd00::1";
        for (lines, expected) in [
            (&["198.51.100.7"][..], Some("198.51.100.7")),
            (&["2001:db8::7"], Some("2001:db8::7")),
            (&["[2001:db8::7]"], Some("2001:db8::7")),
            (&["198.51.100.7:4711"], Some("198.51.100.7")),
            (&["[2001:db8::7]:4711"], Some("2001:db8::7")),
            (&["::ffff:198.51.100.7"], Some("198.51.100.7")),
            // Several hops.
            (&["198.51.100.7, 10.0.0.3,fd00::1"], Some("198.51.100.7")),
            (&["198.51.100.7", "10.0.0.3", "fd00::1"], Some("198.51.100.7")),
            (&["198.51.100.7, ::ffff:10.0.0.3"], Some("198.51.100.7")),
            // Forged by the caller: left of what the proxy added.
            (&["192.0.2.1, 198.51.100.7"], Some("198.51.100.7")),
            (&["192.0.2.1", "198.51.100.7, 10.0.0.3"], Some("198.51.100.7")),
            (&["nonsense, 10.0.0.2, 198.51.100.7"], Some("198.51.100.7")),
            (&["10.0.0.2, 198.51.100.7"], Some("198.51.100.7")),
            // Only proxies: one of them asks by itself.
            (&["10.0.0.2, 10.0.0.3"], Some("10.0.0.2")),
            (&[], None),
        ] {
            assert_eq!(caller(proxies, lines), Ok(expected.map(str::to_owned)), "{lines:?}");
        }
        for lines in [&["nonsense"][..], &[""], &["198.51.100.7,"], &["unknown"], &["198.51.100.7, x, 10.0.0.3"], &["1.2.3.4/8"]]
        {
            assert_eq!(caller(proxies, lines), Err(()), "{lines:?}");
        }
    }

    #[test]
    fn proxies_are_named_one_by_one() {
        assert_eq!(
            "127.0.0.1, 10.0.0.0/28,fd00::/64".parse::<Proxies>().unwrap().to_string(),
            "127.0.0.1, 10.0.0.0/28, fd00::/64"
        );
        assert!(" , ".parse::<Proxies>().unwrap().is_empty());
        for text in ["true", "proxy.example.org", "10.0.0.0/33", "10.0.0.1:80"] {
            assert!(matches!(text.parse::<Proxies>(), Err(ProxiesError::NoRange(_))), "{text}");
        }
        for text in ["0.0.0.0/0", "::/0"] {
            assert!(matches!(text.parse::<Proxies>(), Err(ProxiesError::Everybody(_))), "{text}");
        }
    }
}
