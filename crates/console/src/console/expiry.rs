//! Keys that expire soon: told 30, 7 and 1 days before, each once, to who can do something about it.

use chrono::{DateTime, Local, TimeDelta, Utc};
use keydeck_domain::api::keys::{Direction, KeyQuery, KeySort, PAGE_MAX};
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::{Key, KeyStatus, Permission};

use super::Console;
use super::session::Session;
use crate::connection::ConnectionId;
use crate::error::Result;
use crate::event::Place;
use crate::keys::KeyRef;
use crate::settings::ToldExpiry;

/// So many days before, the nearest first.
const DAYS: [u32; 3] = [1, 7, 30];

/// A key that expires soon.
#[derive(Clone)]
struct Expiring {
    key: Key,
    at: DateTime<Utc>,
    /// Within so many days; 0 where it is over.
    days: u32,
    /// It does not end then: it should be replaced.
    replace: bool,
}

impl Console {
    /// Once a day, and at the start: asks which keys expire soon that the person may change, and tells of
    /// those that were not told of yet.
    pub(super) async fn look_for_expiry(&self, id: ConnectionId, organization: &Organization, session: &Session) -> Result<()> {
        let (here, now) = (organization.id, Utc::now());
        let looked = self.inner.live.connection(id, |live| live.looked_for_expiry.get(&here).copied());
        let due = looked.is_none_or(|looked| now - looked >= TimeDelta::days(1));
        if !due || !self.wants_notices() {
            return Ok(());
        }
        let Some(query) = self.changeable_keys(id, organization) else { return Ok(()) };
        let page = session.server.list(&session.token, here, &query).await?;
        if !self.is_current(id, &session.token) {
            return Ok(());
        }
        let soon: Vec<Expiring> = page
            .items
            .into_iter()
            .filter_map(|key| {
                let reference = KeyRef { connection: id, organization: here, key: key.id };
                let replace = self.inner.register.find(reference).and_then(|one| one.entry.rotate_by);
                expiring(key.clone(), now).or_else(|| to_replace(key, replace?, now))
            })
            .collect();
        // First, so that nothing is told twice.
        let fresh = self.inner.settings.change(move |settings| {
            let reference = |one: &Expiring| KeyRef { connection: id, organization: here, key: one.key.id };
            let told = &mut settings.expiring;
            told.retain(|told| {
                (told.key.connection, told.key.organization) != (id, here)
                    || soon.iter().any(|one| reference(one) == told.key && one.at == told.expires_at)
            });
            let mut fresh = Vec::new();
            for one in soon {
                match told.iter_mut().find(|told| told.key == reference(&one)) {
                    Some(before) if before.days <= one.days => continue,
                    Some(before) => before.days = one.days,
                    None => told.push(ToldExpiry { key: reference(&one), expires_at: one.at, days: one.days }),
                }
                fresh.push(one);
            }
            fresh
        });
        let fresh = fresh.await?;
        self.inner.live.connection(id, |live| live.looked_for_expiry.insert(here, now));
        self.notify_of_expiry(id, organization, &fresh);
        Ok(())
    }

    /// The keys that the person may change, those first that expire first; `None` where there are none.
    fn changeable_keys(&self, id: ConnectionId, organization: &Organization) -> Option<KeyQuery> {
        let may = |permission| organization.permissions.contains(&permission);
        let created_by = if may(Permission::ChangeAllKeys) {
            None
        } else if may(Permission::ChangeOwnKeys) {
            Some(self.stored(id).ok()?.user?.id)
        } else {
            return None;
        };
        Some(KeyQuery {
            status: Some(KeyStatus::Active),
            created_by,
            sort: KeySort::ExpiresAt,
            direction: Direction::Ascending,
            limit: Some(PAGE_MAX),
            ..KeyQuery::default()
        })
    }

    fn notify_of_expiry(&self, id: ConnectionId, organization: &Organization, fresh: &[Expiring]) {
        let name = &organization.name;
        let on = |one: &Expiring| one.at.with_timezone(&Local).format("%-d %B %Y, %H:%M").to_string();
        let several = || {
            let first = fresh.first().map(|first| format!("{} is the first, on {}.", first.key.name, on(first)));
            let what = if fresh.iter().any(|one| one.replace) { "end or should be replaced" } else { "expire" };
            (format!("{name}: {} keys {what} soon", fresh.len()), first.unwrap_or_default())
        };
        self.notify(id, organization.id, fresh, several, |one| {
            let days = if one.days == 1 { "a day".to_owned() } else { format!("{} days", one.days) };
            let title = match (one.replace, one.days) {
                (false, _) => format!("{} expires within {days}", one.key.name),
                (true, 0) => format!("{} should have been replaced", one.key.name),
                (true, _) => format!("{} should be replaced within {days}", one.key.name),
            };
            (title, format!("On {}. {name}", on(one)), Place::Keys, Some(one.key.id))
        });
    }
}

fn expiring(key: Key, now: DateTime<Utc>) -> Option<Expiring> {
    let at = key.expires_at?;
    let days = within(at - now)?;
    Some(Expiring { key, at, days, replace: false })
}

/// Also told when its time is over: a key that should be replaced goes on working.
fn to_replace(key: Key, at: DateTime<Utc>, now: DateTime<Utc>) -> Option<Expiring> {
    let days = if at <= now { 0 } else { within(at - now)? };
    Some(Expiring { key, at, days, replace: true })
}

/// Within how many days something is that is so far away; `None` where it is over or later.
fn within(left: TimeDelta) -> Option<u32> {
    DAYS.into_iter().find(|days| left > TimeDelta::zero() && left <= TimeDelta::days(i64::from(*days)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_of_the_three_counts() {
        let check = |hours: i64, expected| assert_eq!(within(TimeDelta::hours(hours)), expected, "{hours} hours");
        check(-1, None);
        check(0, None);
        check(1, Some(1));
        check(24, Some(1));
        check(25, Some(7));
        check(7 * 24, Some(7));
        check(7 * 24 + 1, Some(30));
        check(30 * 24, Some(30));
        check(30 * 24 + 1, None);
    }
}
