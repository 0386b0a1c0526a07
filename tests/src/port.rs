//! Ports for programs that must be told theirs.

use std::fmt;
use std::net::{Ipv4Addr, TcpListener};

/// Where a port is claimed: on the loopback, and not where programs listen.
const CLAIMS: Ipv4Addr = Ipv4Addr::new(127, 77, 0, 1);
/// The first one that is handed out. Below lie those of well-known services.
const FIRST: u16 = 12_000;
/// Where the system begins to hand out ports by itself, where it does not say.
const EPHEMERAL: u16 = 32_768;

/// A port of 127.0.0.1 that nobody else is given as long as this lives: the system picks none of that
/// range, and another test finds the claim.
#[derive(Debug)]
pub struct Port {
    number: u16,
    /// The same port on another address: one listener there is all that can be, and it ends with the process.
    _claim: TcpListener,
}

impl fmt::Display for Port {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(out)
    }
}

/// A port that is free, and stays free for whoever holds it. Hold it until the program listens.
///
/// # Panics
/// Where all are taken.
#[must_use]
pub fn free_port() -> Port {
    let range = FIRST..ephemeral().max(FIRST);
    // Not every process begins at the same one: fewer tries.
    let offset = (std::process::id() as usize).wrapping_mul(31) % range.len().max(1);
    let all = range.clone().skip(offset).chain(range.take(offset));
    all.into_iter().find_map(claim).expect("a port is free")
}

/// The claim first: whoever has it is alone in asking whether the port itself is free.
fn claim(number: u16) -> Option<Port> {
    let claim = TcpListener::bind((CLAIMS, number)).ok()?;
    TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
    Some(Port { number, _claim: claim })
}

fn ephemeral() -> u16 {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    range.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(EPHEMERAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_once_and_again_when_it_is_let_go() {
        let held: Vec<Port> = (0..50).map(|_| free_port()).collect();
        let mut numbers: Vec<u16> = held.iter().map(|port| port.number).collect();
        numbers.dedup();
        assert_eq!(numbers.len(), 50, "each is another");
        let first = numbers[0];
        assert!(claim(first).is_none(), "it is claimed");
        drop(held);
        assert!(claim(first).is_some(), "it is free again");
    }

    #[test]
    fn the_system_gives_none_of_them_to_others() {
        let held = free_port();
        assert!(held.number < ephemeral(), "{held}");
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, held.number)).expect("the program can listen there");
        drop(held);
        assert!(claim(taken.local_addr().expect("it listens").port()).is_none(), "where somebody listens it is not free");
    }
}
