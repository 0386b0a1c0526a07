//! The kinds of alerts: what counts as the same, and for how long the same is not said again.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use keydeck_domain::Environment;
use keydeck_domain::api::alerts::Notice;

/// What is the same: together with organization and key it is said once a period.
pub(super) fn subject(notice: &Notice) -> String {
    match notice {
        Notice::Jump { .. } => "jump".to_owned(),
        Notice::Fall { .. } => "fall".to_owned(),
        Notice::Awake { .. } => "awake".to_owned(),
        Notice::NewNetwork { address } => format!("new_network {}", network(*address)),
        Notice::LimitNear { percent, environment, .. } => {
            format!("limit_near {percent} {}", environment.map_or("all", Environment::as_str))
        }
    }
}

/// Until when the same is not said again.
pub(super) fn until(notice: &Notice, at: DateTime<Utc>) -> DateTime<Utc> {
    match notice {
        Notice::Jump { .. } | Notice::Fall { .. } => at + TimeDelta::hours(24),
        Notice::Awake { .. } | Notice::NewNetwork { .. } => at + TimeDelta::days(30),
        // A quota is a day's of UTC.
        Notice::LimitNear { .. } => {
            let gone = TimeDelta::seconds(at.num_seconds_from_midnight().into()) + TimeDelta::nanoseconds(at.nanosecond().into());
            at - gone + TimeDelta::days(1)
        }
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
    fn a_quota_is_said_again_on_the_next_day() {
        let at = "2026-03-04T23:59:59.250Z".parse().expect("a time");
        let near = |environment| Notice::LimitNear { percent: 80, quota: 100, environment };
        assert_eq!(until(&near(None), at), "2026-03-05T00:00:00Z".parse::<DateTime<Utc>>().expect("a time"));
        assert_eq!(subject(&near(None)), "limit_near 80 all");
        assert_eq!(subject(&near(Some(Environment::Test))), "limit_near 80 test");
    }

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
