//! A page of the log, newest entry first.

use keydeck_domain::OrganizationId;
use keydeck_domain::api::Page;
use keydeck_domain::api::audit::{AuditEntry, AuditQuery};
use keydeck_domain::api::keys::PAGE_MAX;

use super::walk::{Filter, Order, Walk};
use crate::error::Error;
use crate::keys::cursor;
use crate::server::Server;

/// Rows of a page where none are asked for.
const PAGE: u32 = 50;
/// Entries that a search looks at together.
const BATCH: u32 = 500;

pub(super) async fn list(server: &Server, organization: OrganizationId, query: AuditQuery) -> Result<Page<AuditEntry>, Error> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(Error::InvalidRequest(format!("a page has 1 to {PAGE_MAX} rows")));
    }
    let key = &server.parts.subkeys.cursor;
    let behind = match &query.cursor {
        Some(text) => cursor::open_sequence(key, organization, &query, text)?,
        None => i64::MAX,
    };
    let filter = Filter::new(organization, query.clone())?;
    let (items, next, total) = if filter.searches() {
        search(server, filter, behind, limit).await?
    } else {
        page(server, filter, behind, limit).await?
    };
    let next = next.map(|sequence| cursor::seal_sequence(key, organization, &query, sequence));
    Ok(Page { items, next, total })
}

/// Entries of a page, where the next begins, and how many there are over all pages.
type Found = (Vec<AuditEntry>, Option<i64>, u32);

async fn page(server: &Server, filter: Filter, behind: i64, limit: u32) -> Result<Found, Error> {
    let total = {
        let mut connection = server.parts.store.read().await?;
        filter.count(&mut connection).await?
    };
    let mut walk = Walk::behind(filter, Order::NewestFirst, behind);
    // One more, which tells whether there is a next page.
    let mut items = walk.batch(server, limit + 1).await?;
    items.truncate(limit as usize);
    let next = (!walk.ended).then(|| items.last().map_or(walk.at, |last| i64::from(last.sequence)));
    Ok((items, next, total))
}

/// Goes through the whole log: the total is that of the matches.
async fn search(server: &Server, filter: Filter, behind: i64, limit: u32) -> Result<Found, Error> {
    let mut walk = Walk::whole(filter, Order::NewestFirst);
    let (mut items, mut more, mut total) = (Vec::new(), false, 0);
    while !walk.ended {
        for entry in walk.batch(server, BATCH).await? {
            total += 1;
            if i64::from(entry.sequence) >= behind {
                continue;
            }
            if items.len() < limit as usize { items.push(entry) } else { more = true }
        }
    }
    let next = items.last().filter(|_| more).map(|last: &AuditEntry| i64::from(last.sequence));
    Ok((items, next, total))
}
