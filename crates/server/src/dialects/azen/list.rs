//! Lists of keys. Better Auth itself cuts a list at 100 rows and calls that the total; here `total` is true and `offset`
//! reaches every row.

use axum::Json;
use axum::extract::{Query, State};
use http::Uri;
use keydeck_domain::{Key, OrganizationId};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::{QueryBuilder, Sqlite};

use super::keys::{member, record};
use super::refusal::Refusal;
use super::visitor::Visitor;
use crate::error::Error;
use crate::keys::row::{KeyRow, select};
use crate::server::Server;
use crate::times;

/// Most rows of one answer, and as many as come where no limit is asked for.
const MOST: u32 = 10_000;

/// The query, all of it text: Better Auth reads numbers from it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    limit: Option<String>,
    offset: Option<String>,
    sort_by: Option<String>,
    sort_direction: Option<String>,
    organization_id: Option<String>,
}

/// Rows in an order.
struct Page {
    limit: u32,
    offset: u32,
    sort: &'static str,
    descending: bool,
}

/// `GET /api/auth/api-key/list`: the keys of the organization that is named, else of the active one, else of all that the
/// visitor sees. `configId` is not looked at: keys have one configuration.
pub(super) async fn list(State(server): State<Server>, visitor: Visitor, uri: Uri) -> Result<Json<Value>, Refusal> {
    let asked = asked(&uri)?;
    let page = asked.page()?;
    let organizations = match (&asked.organization_id, visitor.active) {
        (Some(text), _) => {
            let id = text.parse().map_err(|_| Refusal::no_member_for_keys())?;
            vec![member(&server, &visitor, id).await?.organization.id]
        }
        (None, Some(active)) => vec![active],
        (None, None) => visitor.organizations(&server).await?,
    };
    let (keys, total) = read(&server, &organizations, &page).await?;
    let keys: Vec<Value> = keys.iter().map(|key| record(&server, key)).collect();
    Ok(Json(json!({ "apiKeys": keys, "total": total })))
}

/// The keys of one organization, and how many there are.
pub(super) async fn of(server: &Server, organization: OrganizationId, uri: &Uri) -> Result<(Vec<Key>, u32), Refusal> {
    Ok(read(server, &[organization], &asked(uri)?.page()?).await?)
}

fn asked(uri: &Uri) -> Result<Asked, Refusal> {
    Query::try_from_uri(uri).map(|Query(asked)| asked).map_err(|_| Refusal::invalid("the query can't be read"))
}

impl Asked {
    fn page(&self) -> Result<Page, Refusal> {
        let number = |text: &Option<String>, name: &str, otherwise: u32| match text {
            None => Ok(otherwise),
            Some(text) => text.parse().map_err(|_| Refusal::invalid(format!("[query.{name}] Invalid input: expected number"))),
        };
        let sort = match self.sort_by.as_deref() {
            None | Some("createdAt") => "k.created_at",
            Some("name") => "k.name_key",
            Some("updatedAt") => "k.updated_at",
            Some("lastRequest") => "ifnull(k.last_used_at, -1)",
            Some("expiresAt") => "ifnull(k.expires_at, 9223372036854775807)",
            Some("enabled") => "k.enabled",
            Some("id") => "k.id",
            // Better Auth's own server fails with 500 and says nothing; here that is for what the server did wrong.
            Some(_) => return Err(Refusal::invalid("[query.sortBy] there is no such field to sort by")),
        };
        let descending = match self.sort_direction.as_deref() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(Refusal::invalid("[query.sortDirection] Invalid option: expected one of \"asc\"|\"desc\"")),
        };
        let limit = number(&self.limit, "limit", MOST)?.min(MOST);
        Ok(Page { limit, offset: number(&self.offset, "offset", 0)?, sort, descending })
    }
}

/// Keys that are not deleted, by the organizations' members who may see them: all of them may.
async fn read(server: &Server, organizations: &[OrganizationId], page: &Page) -> Result<(Vec<Key>, u32), Error> {
    if organizations.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let parts = &server.parts;
    let now = times::now();
    let mut connection = parts.store.read().await?;
    let mut count = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM keys k");
    within(&mut count, organizations);
    let total: u32 = count.build_query_scalar().fetch_one(&mut *connection).await?;
    let mut rows = QueryBuilder::<Sqlite>::new(select!(""));
    within(&mut rows, organizations);
    let order = if page.descending { "DESC" } else { "ASC" };
    rows.push(format_args!(" ORDER BY {sort} {order}, k.id {order} LIMIT ", sort = page.sort)).push_bind(page.limit);
    rows.push(" OFFSET ").push_bind(page.offset);
    let rows = rows.build().fetch_all(&mut *connection).await?;
    let mut keys = Vec::with_capacity(rows.len());
    for row in &rows {
        match KeyRow::from_row(row, &parts.subkeys) {
            Ok(row) => {
                let used = parts.index.find(&row.digest).and_then(|entry| entry.last_used.get());
                keys.push(row.seen(now, used));
            }
            // Set aside: one row that was written from outside must not hide all the others.
            Err(Error::Damaged(reason)) => tracing::error!(alert = true, reason, "a key is left out of a list"),
            Err(error) => return Err(error),
        }
    }
    Ok((keys, total))
}

fn within(sql: &mut QueryBuilder<Sqlite>, organizations: &[OrganizationId]) {
    sql.push(" WHERE k.revoked_at IS NULL AND k.organization_id IN (");
    let mut ids = sql.separated(", ");
    for id in organizations {
        ids.push_bind(id.0);
    }
    sql.push(")");
}
