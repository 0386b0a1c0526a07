//! When a server can't be reached: the last list is shown, marked as old, changes wait, and the server
//! is asked again now and then.

use std::time::{Duration, Instant};

use chrono::Utc;
use keydeck_domain::api::keys::{Direction, KeyQuery, KeySort};
use keydeck_domain::{Key, OrganizationId};

use super::Console;
use crate::connection::{ConnectionId, ConnectionState};
use crate::error::{Error, ErrorCode, Result};
use crate::keys::KeyPage;
use crate::lists::{ROWS_MAX, select};

/// How often a long list is asked for as a whole, to be kept.
const PAUSE: Duration = Duration::from_secs(60);
/// How often a server that can't be reached is asked again.
const AGAIN: Duration = Duration::from_secs(15);

impl Console {
    /// Keeps what a list has shown, where it was asked for without a filter.
    pub(super) fn keep_list(&self, id: ConnectionId, organization: OrganizationId, query: &KeyQuery, keys: &[Key], whole: bool) {
        let unfiltered = KeyQuery { sort: query.sort, direction: query.direction, limit: query.limit, ..KeyQuery::default() };
        let Some(user) = self.stored(id).ok().and_then(|stored| stored.user).filter(|_| *query == unfiltered) else { return };
        if whole {
            return self.inner.lists.keep((id, organization), user.id, Utc::now(), keys.to_vec());
        }
        let due = self.inner.live.connection(id, |live| {
            let due = live.kept_list.get(&organization).is_none_or(|before| before.elapsed() >= PAUSE);
            if due {
                live.kept_list.insert(organization, Instant::now());
            }
            due
        });
        if due {
            let console = self.clone();
            tokio::spawn(async move { console.keep_long_list(id, organization).await });
        }
    }

    /// What is shown is one page of a longer list: its first rows are asked for, to be kept.
    async fn keep_long_list(&self, id: ConnectionId, organization: OrganizationId) {
        let query =
            KeyQuery { sort: KeySort::CreatedAt, direction: Direction::Descending, limit: Some(ROWS_MAX), ..KeyQuery::default() };
        let Ok(session) = self.session(id).await else { return };
        let Ok(page) = session.server.list(&session.token, organization, &query).await else { return };
        if let Some(user) = self.stored(id).ok().and_then(|stored| stored.user) {
            self.inner.lists.keep((id, organization), user.id, Utc::now(), page.items);
        }
    }

    /// The last list in place of one that could not be had, where there is one; otherwise the error.
    pub(super) async fn last_list(
        &self,
        id: ConnectionId,
        organization: OrganizationId,
        query: &KeyQuery,
        error: Error,
    ) -> Result<KeyPage> {
        // A page in the middle of a list belongs to that list.
        let user = self.stored(id)?.user.filter(|_| query.cursor.is_none() && is_out_of_reach(error.code));
        let Some(user) = user else { return Err(error) };
        let Some(list) = self.inner.lists.find((id, organization), user.id).await else { return Err(error) };
        let rows = select::select(&list.keys, query, Utc::now());
        self.out_of_reach(id, &error);
        let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let items = rows.into_iter().map(|key| self.row(id, key)).collect();
        Ok(KeyPage { items, next: None, total, as_of: Some(list.as_of), notice: None })
    }

    /// Says that a server can't be reached, and asks it again until it can be.
    fn out_of_reach(&self, id: ConnectionId, error: &Error) {
        let first = self.inner.live.connection(id, |live| {
            live.trouble = trouble(error);
            live.old = true;
            !std::mem::replace(&mut live.asking, true)
        });
        self.set_state(id, ConnectionState::Unreachable);
        if first {
            let console = self.clone();
            tokio::spawn(async move { console.ask_again(id).await });
        }
    }

    async fn ask_again(&self, id: ConnectionId) {
        loop {
            tokio::time::sleep(AGAIN).await;
            let is_there = self.stored(id).is_ok();
            if !self.inner.live.connection(id, |live| {
                live.asking = live.old && is_there;
                live.asking
            }) {
                return;
            }
            if let Err(error) = self.refresh_connection(id).await {
                tracing::debug!(code = ?error.code, "a server that could not be reached still can't be");
            }
        }
    }

    /// Refuses a change at once where what is shown is old: it would be made on what may not be true.
    pub(super) fn changeable(&self, id: ConnectionId) -> Result<()> {
        if !self.inner.live.connection(id, |live| live.old) {
            return Ok(());
        }
        let name = self.stored(id)?.name;
        let message = format!("{name} can't be reached, and what is shown is old. Nothing was changed.");
        Err(Error::new(ErrorCode::Unreachable, message))
    }

    /// The server answered: what was in the way is not any more.
    pub(super) fn answered(&self, id: ConnectionId) {
        self.inner.live.connection(id, |live| {
            live.answered_at = Some(Utc::now());
            live.trouble = None;
            live.old = false;
        });
    }
}

/// Whether this says that the server itself was not heard: nobody there, or somebody else.
fn is_out_of_reach(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Unreachable
            | ErrorCode::Timeout
            | ErrorCode::Certificate
            | ErrorCode::Redirected
            | ErrorCode::NotAKeyServer
            | ErrorCode::BadAnswer
    )
}

/// What a state of 'unreachable' does not say by itself.
pub(super) fn trouble(error: &Error) -> Option<String> {
    let says_more = !matches!(error.code, ErrorCode::Unreachable | ErrorCode::Timeout);
    says_more.then(|| error.message.clone())
}
