//! How a key was used that was accepted: when last, from where, with which program, with which scopes, from
//! which networks.

use std::net::IpAddr;

use keydeck_domain::Scope;

use super::cell::{CountedKey, Verification, environment_number};
use crate::times;

/// Most networks that are kept of a key.
pub(crate) const NETWORKS: usize = 64;
/// Longest user agent that is kept, in characters.
const USER_AGENT: usize = 200;
/// Bytes of a user agent that are looked at.
const USER_AGENT_BYTES: usize = 1_024;

/// One key's uses between two flushes. Times in microseconds since 1970.
pub(crate) struct KeyUse {
    /// As in the tables.
    pub(crate) environment: u8,
    pub(crate) first_at: i64,
    /// The use before the first, where the main database knows one.
    pub(crate) before_at: Option<i64>,
    pub(crate) last_at: i64,
    pub(crate) address: Option<IpAddr>,
    /// As it came; [`plain`] makes it fit to be kept. Empty where there was none.
    user_agent: String,
    pub(crate) scopes: Vec<ScopeUse>,
    /// At most [`NETWORKS`].
    pub(crate) networks: Vec<NetworkUse>,
}

/// How often a scope was wanted.
pub(crate) struct ScopeUse {
    pub(crate) scope: Scope,
    pub(crate) count: u64,
    pub(crate) last_at: i64,
}

/// When a network was seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NetworkUse {
    pub(crate) network: Network,
    pub(crate) first_at: i64,
    pub(crate) last_at: i64,
}

/// The addresses that are taken for one place: /24 of IPv4, /48 of IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Network {
    V4([u8; 3]),
    V6([u16; 3]),
}

impl Network {
    /// The network of an address.
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                Self::V6([a, b, c])
            }
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::V4([a, b, c]) => write!(f, "{a}.{b}.{c}.0/24"),
            Self::V6([a, b, c]) => write!(f, "{}/48", std::net::Ipv6Addr::new(*a, *b, *c, 0, 0, 0, 0, 0)),
        }
    }
}

impl KeyUse {
    pub(super) fn first(verification: &Verification<'_>, key: &CountedKey) -> Self {
        let at = times::stored(verification.at);
        let mut new = Self {
            environment: environment_number(key.environment),
            first_at: at,
            before_at: key.before.map(times::stored),
            last_at: at,
            address: None,
            user_agent: String::new(),
            scopes: Vec::new(),
            networks: Vec::new(),
        };
        new.again(verification);
        new
    }

    /// Adds a use. Allocates nothing where it is like one before.
    pub(super) fn again(&mut self, verification: &Verification<'_>) {
        let at = times::stored(verification.at);
        self.first_at = self.first_at.min(at);
        if at >= self.last_at {
            self.last_at = at;
            self.address = verification.address;
            let user_agent = verification.user_agent.unwrap_or_default();
            let user_agent = &user_agent[..user_agent.floor_char_boundary(USER_AGENT_BYTES)];
            if self.user_agent != user_agent {
                self.user_agent.clear();
                self.user_agent.push_str(user_agent);
            }
        }
        for scope in verification.scopes.iter().flat_map(|scopes| &scopes.0) {
            match self.scopes.iter_mut().find(|known| known.scope == *scope) {
                Some(known) => {
                    known.count += 1;
                    known.last_at = known.last_at.max(at);
                }
                None => self.scopes.push(ScopeUse { scope: scope.clone(), count: 1, last_at: at }),
            }
        }
        if let Some(network) = verification.address.map(Network::of) {
            self.from(NetworkUse { network, first_at: at, last_at: at });
        }
    }

    fn from(&mut self, seen: NetworkUse) {
        if let Some(known) = self.networks.iter_mut().find(|known| known.network == seen.network) {
            known.first_at = known.first_at.min(seen.first_at);
            known.last_at = known.last_at.max(seen.last_at);
        } else if self.networks.len() < NETWORKS {
            self.networks.push(seen);
        }
    }

    /// Adds later uses that were drained by a flush of its own.
    pub(super) fn join(&mut self, later: Self) {
        self.first_at = self.first_at.min(later.first_at);
        if later.last_at >= self.last_at {
            self.last_at = later.last_at;
            self.address = later.address;
            self.user_agent = later.user_agent;
        }
        for seen in later.networks {
            self.from(seen);
        }
        // Those of `self` are added up already.
        self.scopes.extend(later.scopes);
    }

    /// With which program, fit to be kept and shown.
    pub(super) fn user_agent(&self) -> Option<String> {
        let plain = plain(&self.user_agent);
        (!plain.is_empty()).then_some(plain)
    }
}

/// A text of a stranger's, short and without what would change how the text around it is shown.
fn plain(text: &str) -> String {
    let plain: String = text.trim().chars().filter(|c| !c.is_control() && !turns_text(*c)).take(USER_AGENT).collect();
    plain.trim().to_owned()
}

/// Marks that turn the direction of text or are not to be seen (Unicode Bidi_Control and the like).
fn turns_text(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_is_short_and_plain() {
        let check = |text: &str, expected: &str| assert_eq!(plain(text), expected, "{text:?}");
        check("curl/8.5", "curl/8.5");
        check(" a\r\nb\u{1b}[31m\u{0} ", "ab[31m");
        check("\u{202e}evil\u{2066}x\u{200f}", "evilx");
        check("Ünï 客", "Ünï 客");
        check(&"客".repeat(300), &"客".repeat(200));
        check("\u{202e}\n", "");
    }

    #[test]
    fn networks_are_of_24_and_48_bits() {
        let check = |address: &str, expected: &str| {
            assert_eq!(address.parse().map(|address| Network::of(address).to_string()).as_deref(), Ok(expected));
        };
        check("203.0.113.77", "203.0.113.0/24");
        check("::ffff:203.0.113.77", "203.0.113.0/24");
        check("2001:db8:1:2::7", "2001:db8:1::/48");
        check("::1", "::/48");
    }
}
