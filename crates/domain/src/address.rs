//! Where a key may be used from.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// One address, or a network in CIDR notation (RFC 4632): `203.0.113.7`, `2001:db8::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String))]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[cfg_attr(feature = "bindings", ts(type = "string"))]
pub struct AddressRange(IpNet);

/// The text is neither an address nor a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an address or a network, such as 203.0.113.7 or 203.0.113.0/24")]
pub struct AddressError;

impl AddressRange {
    /// Whether an address lies in this range. An IPv4 address that is written as IPv6
    /// (`::ffff:203.0.113.7`, RFC 4291, 2.5.5.2) is taken as the IPv4 address that it is.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl std::fmt::Display for AddressRange {
    /// A single address without its `/32` or `/128`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

impl std::str::FromStr for AddressRange {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let net = match text.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address.to_canonical()),
            Err(_) => text.parse::<IpNet>().map_err(|_| AddressError)?.trunc(),
        };
        Ok(Self(net))
    }
}

impl TryFrom<String> for AddressRange {
    type Error = AddressError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<AddressRange> for String {
    fn from(range: AddressRange) -> Self {
        range.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks() {
        let range: AddressRange = "203.0.113.0/24".parse().expect("valid");
        assert!(range.contains("203.0.113.9".parse().expect("valid")));
        assert!(range.contains("::ffff:203.0.113.9".parse().expect("valid")));
        assert!(!range.contains("203.0.114.9".parse().expect("valid")));
        assert_eq!("203.0.113.7/24".parse::<AddressRange>().map(String::from), Ok("203.0.113.0/24".into()));
        assert_eq!(" 203.0.113.7 ".parse::<AddressRange>().map(String::from), Ok("203.0.113.7".into()));
        for bad in ["", "203.0.113", "203.0.113.0/33", "example.org", "::/129"] {
            assert!(bad.parse::<AddressRange>().is_err(), "{bad}");
        }
    }
}
