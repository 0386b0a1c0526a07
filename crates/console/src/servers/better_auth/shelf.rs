//! The list that was read last, organization by organization: its next pages, what new keys begin with, and whether
//! something of it can't be reached.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::Utc;
use keydeck_domain::api::Page;
use keydeck_domain::api::keys::KeyQuery;
use keydeck_domain::{Key, OrganizationId};

use super::row::Row;
use crate::lists::select::select;

/// A list of up to so many rows is given whole, whatever was asked for: which keys are gone is seen in whole lists alone.
const WHOLE: usize = 2_000;

/// What was read last.
#[derive(Default)]
pub(crate) struct Shelf {
    lists: Mutex<HashMap<OrganizationId, List>>,
}

struct List {
    keys: Vec<Key>,
    whole: bool,
    prefix: Option<String>,
}

impl Shelf {
    fn lists(&self) -> MutexGuard<'_, HashMap<OrganizationId, List>> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what was read.
    pub(crate) fn saw(&self, organization: OrganizationId, rows: &[Row], whole: bool) {
        let newest = rows.iter().filter(|row| row.prefix.is_some()).max_by_key(|row| row.key.created_at);
        let prefix = newest.and_then(|row| row.prefix.clone());
        let keys = rows.iter().map(|row| row.key.clone()).collect();
        self.lists().insert(organization, List { keys, whole, prefix });
    }

    /// What the newest key begins with.
    pub(crate) fn prefix(&self, organization: OrganizationId) -> Option<String> {
        self.lists().get(&organization)?.prefix.clone()
    }

    /// The first page, or the one that the query's cursor names.
    pub(crate) fn page(&self, organization: OrganizationId, query: &KeyQuery) -> Page<Key> {
        let lists = self.lists();
        let Some(list) = lists.get(&organization) else { return Page { items: Vec::new(), next: None, total: 0 } };
        let mut items = select(&list.keys, query, Utc::now());
        let count = items.len();
        let missing = usize::from(!list.whole);
        let total = u32::try_from(count + missing).unwrap_or(u32::MAX);
        let mut next = None;
        if list.keys.len() > WHOLE {
            let from = query.cursor.as_deref().and_then(|cursor| cursor.parse().ok()).unwrap_or(0).min(count);
            let to = (from + query.limit.unwrap_or(50) as usize).min(count);
            items = items.drain(from..to).collect();
            next = (to < count).then(|| to.to_string());
        }
        Page { items, next, total }
    }

    /// A further page of what was read: asking the server again could shift it.
    pub(crate) fn next_page(&self, organization: OrganizationId, query: &KeyQuery) -> Option<Page<Key>> {
        let known = query.cursor.is_some() && self.lists().contains_key(&organization);
        known.then(|| self.page(organization, query))
    }

    /// That there are more keys than can be shown.
    pub(crate) fn notice(&self, organization: OrganizationId) -> Option<String> {
        let lists = self.lists();
        let list = lists.get(&organization).filter(|list| !list.whole)?;
        Some(format!(
            "{} of more keys can be shown: the server cuts its list at 100, and no other order reaches the rest. Delete keys that nobody needs, or look at the others in the server's own database.",
            list.keys.len()
        ))
    }
}
