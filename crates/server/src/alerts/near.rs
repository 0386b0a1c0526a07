//! Quotas that are nearly used up: noted by the limits, told here, with the numbers that the file of what was
//! counted has for them.

use keydeck_domain::api::alerts::Notice;
use keydeck_domain::{KeyId, Name, OrganizationId};
use sqlx::SqliteConnection;

use super::record::Found;
use crate::error::Error;
use crate::limits::Near;
use crate::usage::short_id;

/// What can be told of those that were noted, and those whose numbers are not known yet: nothing of them was written
/// since they were counted.
pub(super) async fn look(
    counted: &mut SqliteConnection,
    keys: &mut SqliteConnection,
    noted: Vec<Near>,
) -> Result<(Vec<Found>, Vec<Near>), Error> {
    let (mut found, mut later) = (Vec::new(), Vec::new());
    for near in noted {
        let Some(organization) = short_id(counted, near.organization).await? else {
            later.push(near);
            continue;
        };
        let key = match near.key {
            None => None,
            Some(id) => match number(counted, organization, id).await? {
                None => {
                    later.push(near);
                    continue;
                }
                Some(number) => match name(keys, near.organization, id).await? {
                    Some(name) => Some((number, id, name)),
                    // Gone since: nobody can do anything about it.
                    None => continue,
                },
            },
        };
        let Near { organization: organization_id, environment, percent, quota, at, .. } = near;
        let notice = Notice::LimitNear { percent, quota, environment };
        found.push(Found { organization, organization_id, key, at, notice });
    }
    Ok((found, later))
}

async fn number(counted: &mut SqliteConnection, organization: i64, key: KeyId) -> Result<Option<i64>, Error> {
    let number = sqlx::query_scalar("SELECT id FROM keys WHERE organization = ? AND key_id = ?");
    Ok(number.bind(organization).bind(key.0).fetch_optional(counted).await?)
}

async fn name(keys: &mut SqliteConnection, organization: OrganizationId, key: KeyId) -> Result<Option<Name>, Error> {
    let name = sqlx::query_scalar::<_, String>("SELECT name FROM keys WHERE organization_id = ? AND id = ?");
    Ok(name.bind(organization.0).bind(key.0).fetch_optional(keys).await?.and_then(|name| name.parse().ok()))
}
