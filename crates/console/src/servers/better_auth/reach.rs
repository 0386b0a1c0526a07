//! Every key that a list can be made to tell.
//!
//! Better Auth cuts its list at 100 rows without a word, whatever limit and offset are asked for, and calls that the total.
//! Other rows are reached by asking in another order: from both ends, and by other fields. Where both ends of the order by
//! id, which no two rows share, meet, nothing is missing.

use std::collections::HashSet;
use std::future::Future;

use serde_json::{Map, Value};

use super::fields::text;
use crate::error::Result;

/// Where Better Auth cuts.
const CUT: usize = 100;
/// Most rows that are asked for page by page.
const MOST: usize = 20_000;
/// Orders that reach other rows. One that a server does not know is left out.
const OTHER_ORDERS: [&str; 9] =
    ["name", "updatedAt", "lastRequest", "expiresAt", "start", "key", "requestCount", "metadata", "permissions"];

/// A part of a list.
pub(crate) struct Part {
    pub(crate) rows: Vec<Map<String, Value>>,
    /// How many there are, as the server says.
    pub(crate) total: Option<u64>,
    /// Whether the server can be asked for an order at all.
    pub(crate) sorts: bool,
}

/// In which order, and from where on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) by: &'static str,
    pub(crate) descending: bool,
    pub(crate) offset: usize,
}

/// What was reached.
pub(crate) struct Reached {
    pub(crate) rows: Vec<Map<String, Value>>,
    /// Whether there is no other row.
    pub(crate) whole: bool,
}

#[derive(Default)]
struct Gathered {
    rows: Vec<Map<String, Value>>,
    seen: HashSet<String>,
}

impl Gathered {
    /// Takes what is new; gives the ids of all, in their order.
    fn take(&mut self, rows: Vec<Map<String, Value>>) -> Vec<String> {
        let mut ids = Vec::with_capacity(rows.len());
        for row in rows {
            // Without an id nothing can be done with a key: it is shown nowhere.
            let Some(id) = text(&row, "id") else { continue };
            if self.seen.insert(id.clone()) {
                self.rows.push(row);
            }
            ids.push(id);
        }
        ids
    }

    fn reached(self, whole: bool) -> Reached {
        Reached { rows: self.rows, whole }
    }
}

/// Asks until nothing new can come.
///
/// # Errors
/// Those of the first request; a later one that fails leaves rows out.
pub(crate) async fn reach<F, Fut>(ask: F) -> Result<Reached>
where
    F: Fn(Order) -> Fut,
    Fut: Future<Output = Result<Part>>,
{
    let order = |by, descending| Order { by, descending, offset: 0 };
    let mut all = Gathered::default();
    let first = ask(order("createdAt", true)).await?;
    let newest = all.take(first.rows);
    let total = first.total.and_then(|total| usize::try_from(total).ok()).unwrap_or(newest.len());
    if total > newest.len() {
        return pages(ask, all, total).await;
    }
    if newest.len() < CUT {
        return Ok(all.reached(true));
    }
    if !first.sorts {
        return Ok(all.reached(false));
    }
    all.take(ask(order("createdAt", false)).await?.rows);
    if let (Ok(low), Ok(high)) = (ask(order("id", false)).await, ask(order("id", true)).await) {
        let (low, high) = (all.take(low.rows), all.take(high.rows));
        // A server that knows no order gives the same rows in the same order.
        if low == high {
            return Ok(all.reached(false));
        }
        let low: HashSet<String> = low.into_iter().collect();
        if high.iter().any(|id| low.contains(id)) {
            return Ok(all.reached(true));
        }
    }
    for by in OTHER_ORDERS {
        for descending in [false, true] {
            match ask(order(by, descending)).await {
                Ok(part) => drop(all.take(part.rows)),
                Err(_) => break,
            }
        }
    }
    Ok(all.reached(false))
}

/// A server that tells the truth about its total gives page after page.
async fn pages<F, Fut>(ask: F, mut all: Gathered, total: usize) -> Result<Reached>
where
    F: Fn(Order) -> Fut,
    Fut: Future<Output = Result<Part>>,
{
    while all.rows.len() < total.min(MOST) {
        let before = all.rows.len();
        let part = ask(Order { by: "createdAt", descending: true, offset: before }).await?;
        all.take(part.rows);
        if all.rows.len() == before {
            break;
        }
    }
    let whole = all.rows.len() >= total;
    Ok(all.reached(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// A server that sorts truly and then cuts, as Better Auth does.
    fn cut(rows: &[(u32, u32)], order: Order) -> Part {
        let mut rows = rows.to_vec();
        match order.by {
            "createdAt" => rows.sort_by_key(|(_, created)| *created),
            _ => rows.sort(),
        }
        if order.descending {
            rows.reverse();
        }
        rows.truncate(CUT);
        let object = |(id, created): &(u32, u32)| json!({ "id": id.to_string(), "createdAt": created }).as_object().cloned();
        let rows: Vec<_> = rows.iter().filter_map(object).collect();
        let total = Some(rows.len() as u64);
        Part { rows, total, sorts: true }
    }

    fn reached(count: u32, tied: bool) -> Reached {
        let rows: Vec<(u32, u32)> = (0..count).map(|at| (1_000 + (at * 7_919) % 9_000, if tied { 0 } else { at })).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(reach(|order| std::future::ready(Ok(cut(&rows, order))))).expect("reached")
    }

    #[test]
    fn what_can_be_reached_is_told_from_what_can_not() {
        for (count, whole) in
            [(0, true), (99, true), (100, true), (101, true), (150, true), (199, true), (200, false), (1_000, false)]
        {
            for tied in [false, true] {
                let reached = reached(count, tied);
                assert_eq!(reached.whole, whole, "{count} {tied}");
                if whole {
                    assert_eq!(reached.rows.len(), count as usize, "{count} {tied}");
                }
            }
        }
        assert!(reached(1_000, false).rows.len() >= 300);
    }

    proptest! {
        #[test]
        fn never_called_whole_where_a_row_is_missing(count in 0_u32..400, tied: bool) {
            let reached = reached(count, tied);
            prop_assert!(!reached.whole || reached.rows.len() == count as usize);
        }
    }
}
