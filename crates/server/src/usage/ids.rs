//! The short numbers of organizations, keys and routes, remembered. They are committed before anything is
//! counted under them.

use std::collections::HashMap;

use ipnet::IpNet;
use keydeck_domain::{KeyId, OrganizationId};
use sqlx::{Row, SqliteConnection};

use super::last_use::Network;
use super::routes::Routes;
use crate::error::Error;
use crate::store::Store;

/// Keys that are remembered; beyond it they are read again.
const KEYS: usize = 200_000;

/// What is remembered.
#[derive(Default)]
pub(super) struct Ids {
    organizations: HashMap<OrganizationId, i64>,
    keys: HashMap<(OrganizationId, KeyId), KnownKey>,
    routes: HashMap<(OrganizationId, i16), i64>,
}

/// A key as it is in the database.
pub(super) struct KnownKey {
    pub(super) id: i64,
    /// Microseconds since 1970.
    pub(super) last_at: Option<i64>,
    /// With the last time, as it is written.
    pub(super) networks: Vec<(Network, i64)>,
}

/// What is wanted and not known yet.
#[derive(Default)]
pub(super) struct Wanted {
    organizations: Vec<OrganizationId>,
    keys: HashMap<(OrganizationId, KeyId), u8>,
    routes: Vec<(OrganizationId, i16)>,
}

impl Ids {
    pub(super) fn organization(&self, organization: Option<OrganizationId>) -> i64 {
        organization.and_then(|organization| self.organizations.get(&organization).copied()).unwrap_or(0)
    }

    pub(super) fn key(&self, organization: OrganizationId, key: KeyId) -> Option<&KnownKey> {
        self.keys.get(&(organization, key))
    }

    pub(super) fn key_mut(&mut self, organization: OrganizationId, key: KeyId) -> Option<&mut KnownKey> {
        self.keys.get_mut(&(organization, key))
    }

    pub(super) fn route(&self, organization: OrganizationId, place: i16) -> Option<i64> {
        self.routes.get(&(organization, place)).copied()
    }

    /// Nobody knows whether the last transaction was committed: what keys were is read again.
    pub(super) fn forget_keys(&mut self) {
        self.keys.clear();
    }

    pub(super) fn bound(&mut self) {
        if self.keys.len() > KEYS {
            self.keys.clear();
        }
    }

    /// Makes sure of the numbers of all of these, in one transaction where some are new.
    pub(super) async fn find(&mut self, store: &Store, routes: &Routes, wanted: Wanted) -> Result<(), Error> {
        if wanted.organizations.is_empty() && wanted.keys.is_empty() && wanted.routes.is_empty() {
            return Ok(());
        }
        let mut writing = store.write().await?;
        let organizations = find_organizations(&mut writing, &wanted).await?;
        let number = |id| organizations.get(&id).or_else(|| self.organizations.get(&id)).copied().unwrap_or(0);
        let keys = find_keys(&mut writing, &wanted, number).await?;
        let mut found_routes = HashMap::new();
        for (organization, place) in wanted.routes {
            let Some(name) = routes.name(organization, place) else { continue };
            let id = sqlx::query_scalar(
                "INSERT INTO routes (organization, route) VALUES (?1, ?2) \
                 ON CONFLICT (organization, route) DO UPDATE SET route = excluded.route RETURNING id",
            );
            let id: i64 = id.bind(number(organization)).bind(&*name).fetch_one(&mut *writing).await?;
            found_routes.insert((organization, place), id);
        }
        drop(writing.commit().await?);
        self.organizations.extend(organizations);
        self.keys.extend(keys);
        self.routes.extend(found_routes);
        Ok(())
    }
}

impl Wanted {
    pub(super) fn add(&mut self, ids: &Ids, organization: OrganizationId, key: Option<(KeyId, u8)>, route: i16) {
        if !ids.organizations.contains_key(&organization) {
            self.organizations.push(organization);
        }
        if let Some((key, environment)) = key
            && !ids.keys.contains_key(&(organization, key))
        {
            self.keys.insert((organization, key), environment);
        }
        if route > 0 && !ids.routes.contains_key(&(organization, route)) {
            self.routes.push((organization, route));
        }
    }

    /// Each once.
    pub(super) fn once(mut self) -> Self {
        self.organizations.sort_unstable();
        self.organizations.dedup();
        // In the order of their places, which is how they are found again after a start.
        self.routes.sort_unstable();
        self.routes.dedup();
        self
    }
}

async fn find_organizations(connection: &mut SqliteConnection, wanted: &Wanted) -> Result<HashMap<OrganizationId, i64>, Error> {
    let list: Vec<String> = wanted.organizations.iter().map(|id| hex::encode(id.as_bytes())).collect();
    if list.is_empty() {
        return Ok(HashMap::new());
    }
    let list = json(&list);
    sqlx::query("INSERT OR IGNORE INTO organizations (organization_id) SELECT unhex(value) FROM json_each(?)")
        .bind(&list)
        .execute(&mut *connection)
        .await?;
    let rows = sqlx::query(
        "SELECT id, organization_id FROM organizations WHERE organization_id IN (SELECT unhex(value) FROM json_each(?))",
    );
    let rows = rows.bind(&list).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((OrganizationId(row.try_get(1)?), row.try_get(0)?))).collect()
}

async fn find_keys(
    connection: &mut SqliteConnection,
    wanted: &Wanted,
    number: impl Fn(OrganizationId) -> i64,
) -> Result<HashMap<(OrganizationId, KeyId), KnownKey>, Error> {
    let of: HashMap<(i64, KeyId), OrganizationId> =
        wanted.keys.keys().map(|(organization, key)| ((number(*organization), *key), *organization)).collect();
    let list: Vec<(i64, String, u8)> = wanted
        .keys
        .iter()
        .map(|((organization, key), environment)| (number(*organization), hex::encode(key.as_bytes()), *environment))
        .collect();
    if list.is_empty() {
        return Ok(HashMap::new());
    }
    let list = json(&list);
    sqlx::query(
        "INSERT OR IGNORE INTO keys (organization, key_id, environment) \
         SELECT value ->> 0, unhex(value ->> 1), value ->> 2 FROM json_each(?)",
    )
    .bind(&list)
    .execute(&mut *connection)
    .await?;
    let rows = sqlx::query(
        "SELECT k.id, k.organization, k.key_id, k.last_at FROM json_each(?) j \
         JOIN keys k ON k.organization = j.value ->> 0 AND k.key_id = unhex(j.value ->> 1)",
    );
    let mut keys = HashMap::new();
    let mut by_number = HashMap::new();
    for row in rows.bind(&list).fetch_all(&mut *connection).await? {
        let key = KeyId(row.try_get(2)?);
        let Some(organization) = of.get(&(row.try_get(1)?, key)) else { continue };
        let id: i64 = row.try_get(0)?;
        by_number.insert(id, (*organization, key));
        keys.insert((*organization, key), KnownKey { id, last_at: row.try_get(3)?, networks: Vec::new() });
    }
    let numbers: Vec<i64> = by_number.keys().copied().collect();
    let rows = sqlx::query("SELECT key, network, last_at FROM key_networks WHERE key IN (SELECT value FROM json_each(?))");
    for row in rows.bind(json(&numbers)).fetch_all(connection).await? {
        let (id, network): (i64, &str) = (row.try_get(0)?, row.try_get(1)?);
        let known = by_number.get(&id).and_then(|key| keys.get_mut(key));
        if let (Some(known), Ok(network)) = (known, network.parse::<IpNet>()) {
            known.networks.push((Network::of(network.addr()), row.try_get(2)?));
        }
    }
    Ok(keys)
}

/// Rows as one parameter: a statement for many rows costs a fraction of one for each.
pub(super) fn json<T: serde::Serialize + ?Sized>(rows: &T) -> String {
    serde_json::to_string(rows).expect("numbers and texts are always JSON")
}
