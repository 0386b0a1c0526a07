//! Slows sign-in, per account and per address, in memory of bounded size.
//!
//! An attempt counts as a failure from its beginning and is taken back when it succeeds, so that many
//! at once gain nothing. Accounts that don't exist are counted like those that do.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::config::SignInLimits;
use crate::error::Error;

pub(crate) struct Throttle {
    limits: SignInLimits,
    accounts: Mutex<Failures<String>>,
    addresses: Mutex<Failures<IpAddr>>,
}

impl Throttle {
    pub(crate) fn new(limits: SignInLimits) -> Self {
        Self { limits, accounts: Mutex::default(), addresses: Mutex::default() }
    }

    /// Begins an attempt, or says how long to wait. What is not named does not count: behind a proxy
    /// there is no address, and a token that is guessed at belongs to no account.
    pub(crate) fn begin<'a>(
        &self,
        account: impl Into<Option<&'a str>>,
        address: Option<IpAddr>,
        now: Instant,
    ) -> Result<(), Error> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let (account, address) = (account.into(), address.map(network));
        let of_account = account.map_or(Duration::ZERO, |account| accounts.wait(account, now));
        let wait = of_account.max(address.map_or(Duration::ZERO, |address| addresses.wait(&address, now)));
        if wait > Duration::ZERO {
            return Err(Error::RateLimited { retry_after: wait });
        }
        if let Some(account) = account {
            accounts.fail(account.to_owned(), now, &self.limits);
        }
        if let Some(address) = address {
            addresses.fail(address, now, &self.limits);
        }
        Ok(())
    }

    /// The attempt was right: the account starts afresh, and the address gets its one failure back.
    /// No more than that, or an own account would let an address guess at others for ever.
    pub(crate) fn succeed<'a>(&self, account: impl Into<Option<&'a str>>, address: Option<IpAddr>) {
        if let Some(account) = account.into() {
            self.accounts.lock().unwrap_or_else(PoisonError::into_inner).forget(account);
        }
        if let Some(address) = address {
            self.addresses.lock().unwrap_or_else(PoisonError::into_inner).take_back(&network(address));
        }
    }
}

/// Who can use one IPv6 address can use all of its /64 (RFC 6177): it counts as one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

struct Failures<K>(HashMap<K, Failed>);

impl<K> Default for Failures<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

struct Failed {
    count: u32,
    last: Instant,
    until: Instant,
}

impl<K: Hash + Eq + Clone> Failures<K> {
    fn wait<Q: Hash + Eq + ?Sized>(&self, who: &Q, now: Instant) -> Duration
    where
        K: std::borrow::Borrow<Q>,
    {
        self.0.get(who).map_or(Duration::ZERO, |failed| failed.until.saturating_duration_since(now))
    }

    fn fail(&mut self, who: K, now: Instant, limits: &SignInLimits) {
        if self.0.len() >= limits.remembered && !self.0.contains_key(&who) {
            self.make_room(now, limits);
        }
        let failed = self.0.entry(who).or_insert(Failed { count: 0, last: now, until: now });
        if now.saturating_duration_since(failed.last) > 3 * limits.longest_wait {
            failed.count = 0;
        }
        failed.count = failed.count.saturating_add(1);
        failed.last = now;
        if let Some(beyond) = failed.count.checked_sub(limits.free_failures + 1) {
            let factor = 1_u32.checked_shl(beyond).unwrap_or(u32::MAX);
            failed.until = now + limits.first_wait.saturating_mul(factor).min(limits.longest_wait);
        }
    }

    /// Forgets what is over; where that is nothing, whoever failed least: a flood of new names can't
    /// wash out the one that is being guessed at.
    fn make_room(&mut self, now: Instant, limits: &SignInLimits) {
        self.0.retain(|_, failed| now.saturating_duration_since(failed.last) <= 3 * limits.longest_wait);
        if self.0.len() < limits.remembered {
            return;
        }
        let least = self.0.iter().min_by_key(|(_, failed)| (failed.count, failed.last)).map(|(who, _)| who.clone());
        if let Some(who) = least {
            self.0.remove(&who);
        }
    }

    fn forget<Q: Hash + Eq + ?Sized>(&mut self, who: &Q)
    where
        K: std::borrow::Borrow<Q>,
    {
        self.0.remove(who);
    }

    fn take_back(&mut self, who: &K) {
        if let Some(failed) = self.0.get_mut(who) {
            failed.count = failed.count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn throttle() -> Throttle {
        Throttle::new(SignInLimits {
            free_failures: 2,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(8),
            remembered: 3,
        })
    }

    fn wait(result: Result<(), Error>) -> u64 {
        match result {
            Ok(()) => 0,
            Err(Error::RateLimited { retry_after }) => retry_after.as_secs(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn each_failure_doubles_the_wait() {
        let (throttle, mut now) = (throttle(), Instant::now());
        for _ in 0..2 {
            assert_eq!(wait(throttle.begin("ada", None, now)), 0);
        }
        for expected in [1, 2, 4, 8, 8] {
            assert_eq!(wait(throttle.begin("ada", None, now)), 0);
            assert_eq!(wait(throttle.begin("ada", None, now)), expected);
            now += Duration::from_secs(expected);
        }
        assert_eq!(wait(throttle.begin("grace", None, now)), 0, "others are not slowed");
    }

    #[test]
    fn an_address_is_slowed_over_all_accounts() {
        let (throttle, now) = (throttle(), Instant::now());
        let address = Some("2001:db8::1".parse().unwrap());
        let neighbour = Some("2001:db8::2".parse().unwrap());
        for account in ["a", "b", "c"] {
            assert_eq!(wait(throttle.begin(account, address, now)), 0);
        }
        assert_eq!(wait(throttle.begin("d", neighbour, now)), 1);
        assert_eq!(wait(throttle.begin("d", Some("192.0.2.1".parse().unwrap()), now)), 0);
    }

    #[test]
    fn success_frees_the_account_but_not_the_address() {
        let (throttle, now) = (throttle(), Instant::now());
        let address = Some("192.0.2.1".parse().unwrap());
        for _ in 0..2 {
            throttle.begin("ada", address, now).unwrap();
        }
        throttle.succeed("ada", address);
        throttle.begin("ada", address, now).unwrap();
        throttle.begin("ada", address, now).unwrap();
        assert_eq!(wait(throttle.begin("ada", None, now)), 0, "the account started afresh");
        assert_eq!(wait(throttle.begin("grace", address, now)), 1, "the address did not");
    }

    #[test]
    fn memory_is_bounded_and_a_flood_does_not_wash_out_the_victim() {
        let (throttle, now) = (throttle(), Instant::now());
        for _ in 0..3 {
            throttle.begin("victim", None, now).unwrap();
        }
        for i in 0..100 {
            throttle.begin(format!("nobody{i}").as_str(), None, now).unwrap();
        }
        assert!(throttle.accounts.lock().unwrap().0.len() <= 3);
        assert_eq!(wait(throttle.begin("victim", None, now)), 1);
    }
}
