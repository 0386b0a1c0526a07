//! The kinds of alerts: what counts as the same, and for how long the same is not said again.

use std::net::IpAddr;

use chrono::TimeDelta;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use keydeck_domain::api::alerts::Notice;

/// What is the same: together with organization and key it is said once a period.
pub(super) fn subject(notice: &Notice) -> String {
    match notice {
        Notice::Jump { .. } => "jump".to_owned(),
        Notice::Fall { .. } => "fall".to_owned(),
        Notice::Awake { .. } => "awake".to_owned(),
        Notice::NewNetwork { address } => format!("new_network {}", network(*address)),
    }
}

/// For how long the same is not said again.
pub(super) fn period(notice: &Notice) -> TimeDelta {
    match notice {
        Notice::Jump { .. } | Notice::Fall { .. } => TimeDelta::hours(24),
        Notice::Awake { .. } | Notice::NewNetwork { .. } => TimeDelta::days(30),
    }
}

/// The network of an address: /24 of IPv4, /48 of IPv6.
pub(super) fn network(address: IpAddr) -> IpNet {
    match address.to_canonical() {
        IpAddr::V4(address) => Ipv4Net::new_assert(address, 24).trunc().into(),
        IpAddr::V6(address) => Ipv6Net::new_assert(address, 48).trunc().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_a_24th_or_a_48th() {
        for (address, expected) in [
            ("198.51.100.7", "198.51.100.0/24"),
            ("::ffff:198.51.100.200", "198.51.100.0/24"),
            ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(network(address).to_string(), expected);
            assert_eq!(subject(&Notice::NewNetwork { address }), format!("new_network {expected}"));
        }
    }
}
