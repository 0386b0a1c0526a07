//! What people call the things that entries are about: as they are called now, or else as the log itself
//! called them then.

use std::collections::HashMap;

use keydeck_domain::OrganizationId;
use serde_json::Value;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::chain::StoredEntry;
use crate::error::Error;

/// Names by target.
pub(super) struct Names(HashMap<String, String>);

/// Where something is called by a name now. A person who is no member any more is found in the log alone:
/// an id is no way to the address of somebody else's member.
const NOW: [(&str, &str); 4] = [
    ("SELECT id, name FROM keys WHERE organization_id = ", " AND id IN ("),
    ("SELECT id, name FROM verifiers WHERE organization_id = ", " AND id IN ("),
    ("SELECT u.id, u.email AS name FROM members m JOIN users u ON u.id = m.user_id WHERE m.organization_id = ", " AND u.id IN ("),
    ("SELECT id, name FROM organizations WHERE id = ", " AND id IN ("),
];

impl Names {
    /// The names of all that these entries are about.
    pub(super) async fn of(
        connection: &mut SqliteConnection,
        organization: OrganizationId,
        entries: &[StoredEntry],
    ) -> Result<Self, Error> {
        let mut wanted: HashMap<Uuid, String> =
            entries.iter().filter_map(|entry| Some((entry.target().parse().ok()?, entry.target().to_owned()))).collect();
        let mut names = HashMap::with_capacity(wanted.len());
        for (select, among) in NOW {
            if wanted.is_empty() {
                break;
            }
            let mut sql = QueryBuilder::<Sqlite>::new(select);
            sql.push_bind(organization.0).push(among);
            let mut list = sql.separated(", ");
            for id in wanted.keys() {
                list.push_bind(*id);
            }
            sql.push(")");
            for row in sql.build().fetch_all(&mut *connection).await? {
                if let Some(target) = wanted.remove(&row.try_get("id")?) {
                    names.insert(target, row.try_get("name")?);
                }
            }
        }
        if !wanted.is_empty() {
            let mut sql = QueryBuilder::<Sqlite>::new("SELECT target, after FROM audit WHERE organization_id = ");
            sql.push_bind(organization.0).push(" AND action IN ('member_added', 'invitation_created') AND target IN (");
            let mut list = sql.separated(", ");
            for target in wanted.into_values() {
                list.push_bind(target);
            }
            sql.push(") ORDER BY sequence");
            for row in sql.build().fetch_all(&mut *connection).await? {
                let (Ok(target), Ok(after)) = (row.try_get("target"), row.try_get::<Option<String>, _>("after")) else {
                    continue;
                };
                if let Some(name) = within(after.as_deref()) {
                    names.insert(target, name);
                }
            }
        }
        Ok(Self(names))
    }

    /// The name of what an entry is about.
    pub(super) fn find(&self, entry: &StoredEntry) -> Option<String> {
        self.0.get(entry.target()).cloned().or_else(|| within(entry.after())).or_else(|| within(entry.before()))
    }
}

/// The name among an entry's fields.
fn within(fields: Option<&str>) -> Option<String> {
    let fields: Value = serde_json::from_str(fields?).ok()?;
    ["name", "email"].into_iter().find_map(|field| fields.get(field)?.as_str().map(str::to_owned))
}
