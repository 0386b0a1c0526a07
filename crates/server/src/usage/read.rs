//! The answer to a query: dense series whose sum is the total, read in one transaction.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use keydeck_domain::api::usage::{Bounds, Group, GroupBy, Series, Usage};
use keydeck_domain::{Environment, KeyId, Name, OrganizationId};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::cell::OTHER_ROUTE;
use super::periods::{MINUTES_OF_DAY, MINUTES_OF_HOUR, MINUTES_OF_QUARTER};
use super::query::{Asked, environment_of, outcome_of};
use super::ranking::NumberedKey;
use super::short_id;
use super::sums::{Only, Reading, Sums};
use super::zones::instant;
use crate::error::Error;
use crate::server::Server;

/// Keys whose names are asked for at once.
const NAMES_AT_ONCE: usize = 500;

/// Sums of which it is known what they are of.
#[derive(Default)]
struct Grouped {
    shown: Vec<(Shown, Vec<u64>)>,
    unattributed: Option<Vec<u64>>,
    other: Option<Vec<u64>>,
    others: usize,
    coarse: bool,
}

/// What a group is, before the names of keys and routes are known.
enum Shown {
    Named(Group),
    Key(i64),
    Route(i64),
}

/// Answers a query.
pub(super) async fn usage(server: &Server, organization: OrganizationId, asked: &Asked) -> Result<Usage, Error> {
    // Before the transaction: what it sees is at least this.
    let as_of = server.parts.usage.now_counted();
    let mut reading = server.parts.usage.read().await?;
    let mut usage = counted(&mut reading, organization, asked, as_of).await?;
    // Nothing was written: it was a transaction so that all of this is of one moment.
    reading.rollback().await?;
    if asked.group == Some(GroupBy::Key) {
        let mut connection = server.parts.store.read().await?;
        name_keys(&mut connection, organization, &mut usage.series).await?;
    }
    Ok(usage)
}

/// What the counts say, without the names of keys. All of it is read in the transaction of the connection.
pub(super) async fn counted(
    connection: &mut SqliteConnection,
    organization: OrganizationId,
    asked: &Asked,
    as_of: DateTime<Utc>,
) -> Result<Usage, Error> {
    let number = short_id(connection, organization).await?;
    let (mut grouped, mut since, mut keys, mut routes) = (Grouped::default(), None, HashMap::new(), HashMap::new());
    if let Some(number) = number {
        let mut reading = Reading::of(connection, number).await?;
        grouped = reading.grouped(asked).await?;
        since = reading.since().await?;
        let shown: Vec<i64> =
            grouped.shown.iter().filter_map(|(shown, _)| if let Shown::Key(key) = shown { Some(*key) } else { None }).collect();
        keys = reading.counted(&shown).await?.into_iter().collect();
        if asked.group == Some(GroupBy::Route) {
            routes = reading.route_names().await?;
        }
    }
    let bounds = bounds(asked, grouped.coarse);
    let others = u32::try_from(grouped.others).unwrap_or(u32::MAX);
    let series = series(grouped, asked, &keys, &routes);
    Ok(Usage {
        times: asked.edges[..asked.steps()].iter().map(|&edge| instant(edge)).collect(),
        end: instant(asked.edges[asked.steps()]),
        total: series.iter().map(|series| series.total).sum(),
        series,
        others,
        bounds,
        as_of,
        since,
    })
}

impl Reading<'_> {
    async fn grouped(&mut self, asked: &Asked) -> Result<Grouped, Error> {
        let only = Only::new(asked.environment, asked.outcome);
        if asked.group == Some(GroupBy::Route) {
            return self.by_route(asked, only).await;
        }
        if let Some(ids) = &asked.keys {
            let keys = self.numbered(ids, only.environment).await?;
            return self.of_keys(asked, &keys, only).await;
        }
        if asked.group == Some(GroupBy::Key) {
            return self.by_key(asked, only).await;
        }
        let sums = self.organization(&asked.edges, only, asked.group.is_some()).await?;
        Ok(merged(
            asked,
            sums.cells.into_iter().map(|((environment, outcome), values)| (environment, outcome, values)),
            sums.coarse,
        ))
    }

    /// Only some keys, grouped as is wanted.
    async fn of_keys(&mut self, asked: &Asked, keys: &[i64], only: Only) -> Result<Grouped, Error> {
        let sums = self.keys(&asked.edges, keys, only.outcome).await?;
        if asked.group != Some(GroupBy::Key) {
            let environments: HashMap<i64, NumberedKey> = self.counted(keys).await?.into_iter().collect();
            let coarse = sums.coarse;
            let cells = sums
                .cells
                .into_iter()
                .map(|((key, outcome), values)| (environments.get(&key).map_or(0, |key| key.environment), outcome, values));
            return Ok(merged(asked, cells, coarse));
        }
        let coarse = sums.coarse;
        let mut by_key: Vec<(i64, Vec<u64>)> =
            without_outcome(sums).into_iter().filter(|(_, values)| total(values) > 0).collect();
        by_key.sort_by_key(|(key, values)| (std::cmp::Reverse(total(values)), *key));
        let rest = by_key.split_off(asked.top.min(by_key.len()));
        let mut grouped = Grouped { others: rest.len(), coarse, ..Grouped::default() };
        if !rest.is_empty() {
            let mut other = vec![0; asked.steps()];
            rest.iter().for_each(|(_, values)| add(&mut other, values));
            grouped.other = Some(other);
        }
        grouped.shown = by_key.into_iter().map(|(key, values)| (Shown::Key(key), values)).collect();
        Ok(grouped)
    }

    /// The busiest keys by themselves; the others are what is left of the organization's counts.
    async fn by_key(&mut self, asked: &Asked, only: Only) -> Result<Grouped, Error> {
        let ranking = self.busiest(&asked.edges, only, asked.top).await?;
        let all = self.organization_like_keys(&asked.edges, only).await?;
        let shown = self.keys(&asked.edges, &ranking.first, only.outcome).await?;
        let coarse = all.coarse || shown.coarse;
        let (mut other, mut unattributed) = (vec![0; asked.steps()], vec![0; asked.steps()]);
        for ((environment, _), values) in &all.cells {
            add(if *environment == 0 { &mut unattributed } else { &mut other }, values);
        }
        let shown = without_outcome(shown);
        for values in shown.values() {
            for (left, value) in other.iter_mut().zip(values) {
                *left = left.saturating_sub(*value);
            }
        }
        Ok(Grouped {
            shown: shown.into_iter().map(|(key, values)| (Shown::Key(key), values)).collect(),
            unattributed: Some(unattributed),
            other: Some(other),
            others: ranking.others,
            coarse,
        })
    }

    async fn by_route(&mut self, asked: &Asked, only: Only) -> Result<Grouped, Error> {
        let sums = self.routes(&asked.edges, only).await?;
        let mut grouped = Grouped { coarse: sums.coarse, ..Grouped::default() };
        let mut routes: Vec<(i64, Vec<u64>)> = sums.cells.into_iter().filter(|(_, values)| total(values) > 0).collect();
        routes.sort_by_key(|(route, values)| (*route == OTHER_ROUTE, std::cmp::Reverse(total(values)), *route));
        let own = routes.iter().filter(|(route, _)| *route != OTHER_ROUTE).count();
        let rest = routes.split_off(own.min(asked.top));
        grouped.others = rest.len();
        if !rest.is_empty() {
            let mut other = vec![0; asked.steps()];
            rest.iter().for_each(|(_, values)| add(&mut other, values));
            grouped.other = Some(other);
        }
        grouped.shown = routes.into_iter().map(|(route, values)| (Shown::Route(route), values)).collect();
        Ok(grouped)
    }

    async fn route_names(&mut self) -> Result<HashMap<i64, String>, Error> {
        let names: Vec<(i64, String)> = sqlx::query_as("SELECT id, route FROM routes WHERE organization = ?")
            .bind(self.organization)
            .fetch_all(&mut *self.connection)
            .await?;
        Ok(names.into_iter().collect())
    }

    /// The first minute, quarter or day that anything was counted in.
    async fn since(&mut self) -> Result<Option<DateTime<Utc>>, Error> {
        let row = sqlx::query(
            "SELECT (SELECT min(minute) FROM minutes WHERE organization = ?1), \
             (SELECT min(quarter) FROM quarters WHERE organization = ?1), (SELECT min(day) FROM days WHERE organization = ?1)",
        )
        .bind(self.organization)
        .fetch_one(&mut *self.connection)
        .await?;
        let mut since: Option<i64> = None;
        for (column, width) in [1, MINUTES_OF_QUARTER, MINUTES_OF_DAY].into_iter().enumerate() {
            let first = row.try_get::<Option<i64>, _>(column)?.map(|period| period * width);
            // The finer one, where it lies in the coarser.
            since = match (since, first) {
                (Some(known), Some(first)) if first + width > known => Some(known),
                (known, first) => first.or(known),
            };
        }
        Ok(since.map(instant))
    }
}

/// Counts of the organization or of some keys, by environment, by outcome or in one.
fn merged(asked: &Asked, cells: impl Iterator<Item = (u8, u8, Vec<u64>)>, coarse: bool) -> Grouped {
    let mut grouped = Grouped { coarse, ..Grouped::default() };
    let mut sums: BTreeMap<u8, Vec<u64>> = BTreeMap::new();
    for (environment, outcome, values) in cells {
        let group = match asked.group {
            Some(GroupBy::Environment) => environment,
            Some(GroupBy::Outcome) => outcome,
            _ => 0,
        };
        add(sums.entry(group).or_insert_with(|| vec![0; asked.steps()]), &values);
    }
    for (group, values) in sums {
        let shown = match asked.group {
            Some(GroupBy::Environment) => match environment_of(group) {
                Some(environment) => Group::Environment { environment },
                None => {
                    grouped.unattributed = Some(values);
                    continue;
                }
            },
            Some(GroupBy::Outcome) => outcome_of(group).map_or(Group::Other, |outcome| Group::Outcome { outcome }),
            _ => Group::All,
        };
        grouped.shown.push((Shown::Named(shown), values));
    }
    grouped
}

fn without_outcome(sums: Sums<(i64, u8)>) -> BTreeMap<i64, Vec<u64>> {
    let mut keys: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
    for ((key, _), values) in sums.cells {
        match keys.get_mut(&key) {
            Some(known) => add(known, &values),
            None => {
                keys.insert(key, values);
            }
        }
    }
    keys
}

/// The series of an answer, in its order.
fn series(grouped: Grouped, asked: &Asked, keys: &HashMap<i64, NumberedKey>, routes: &HashMap<i64, String>) -> Vec<Series> {
    let one = |group: Group, values: Vec<u64>| Series { group, total: total(&values), values };
    let mut series: Vec<Series> = grouped
        .shown
        .into_iter()
        .map(|(shown, values)| {
            let group = match shown {
                Shown::Named(group) => group,
                Shown::Key(number) => keys.get(&number).map_or(Group::Other, |key| Group::Key {
                    id: key.id,
                    name: None,
                    environment: environment_of(key.environment).unwrap_or(Environment::Test),
                    revoked: false,
                }),
                Shown::Route(number) => Group::Route { route: routes.get(&number).cloned() },
            };
            one(group, values)
        })
        .collect();
    series.sort_by_key(|series| std::cmp::Reverse(series.total));
    series.extend(grouped.unattributed.map(|values| one(Group::Unattributed, values)));
    series.extend(grouped.other.map(|values| one(Group::Other, values)));
    if asked.group.is_some() {
        series.retain(|series| series.total > 0);
    } else if series.is_empty() {
        series.push(one(Group::All, vec![0; asked.steps()]));
    }
    series
}

/// How exactly steps were kept apart.
fn bounds(asked: &Asked, coarse: bool) -> Bounds {
    let by_hour = asked.keys.is_some() || matches!(asked.group, Some(GroupBy::Key | GroupBy::Route));
    if coarse {
        Bounds::UtcDays
    } else if by_hour && asked.edges.iter().any(|edge| edge % MINUTES_OF_HOUR != 0) {
        Bounds::Hours
    } else {
        Bounds::Exact
    }
}

/// Names the keys, as their records are now.
async fn name_keys(connection: &mut SqliteConnection, organization: OrganizationId, series: &mut [Series]) -> Result<(), Error> {
    let mut keys: HashMap<KeyId, (&mut Option<Name>, &mut bool)> = series
        .iter_mut()
        .filter_map(|series| {
            if let Group::Key { id, name, revoked, .. } = &mut series.group { Some((*id, (name, revoked))) } else { None }
        })
        .collect();
    let ids: Vec<KeyId> = keys.keys().copied().collect();
    for ids in ids.chunks(NAMES_AT_ONCE) {
        let mut sql = QueryBuilder::<Sqlite>::new("SELECT id, name, revoked_at IS NOT NULL FROM keys WHERE organization_id = ");
        sql.push_bind(organization.0).push(" AND id IN (");
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(id.0);
        }
        list.push_unseparated(")");
        for row in sql.build().fetch_all(&mut *connection).await? {
            if let Some((name, revoked)) = keys.get_mut(&KeyId(row.try_get(0)?)) {
                **name = row.try_get::<String, _>(1)?.parse().ok();
                **revoked = row.try_get(2)?;
            }
        }
    }
    Ok(())
}

fn total(values: &[u64]) -> u64 {
    values.iter().sum()
}

fn add(sum: &mut [u64], values: &[u64]) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value;
    }
}
