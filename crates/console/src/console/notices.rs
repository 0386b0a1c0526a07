//! Notices of the system, and the place that each leads to.

use keydeck_domain::{KeyId, OrganizationId};

use super::Console;
use crate::connection::ConnectionId;
use crate::event::{Event, Place};
use crate::keys::KeyRef;
use crate::ports::SystemNotice;

/// So many are shown one by one; more become one notice.
const SINGLE_MAX: usize = 3;

impl Console {
    /// Whether the person wants notices.
    pub(super) fn wants_notices(&self) -> bool {
        self.inner.settings.look(|settings| settings.preferences.notices)
    }

    /// Shows a notice for each, or one for all where they are many. `several` gives title and text, `single`
    /// also the place.
    pub(super) fn notify<T>(
        &self,
        id: ConnectionId,
        organization: OrganizationId,
        all: &[T],
        several: impl FnOnce() -> (String, String),
        single: impl Fn(&T) -> (String, String, Place, Option<KeyId>),
    ) {
        if !self.wants_notices() {
            return;
        }
        if all.len() > SINGLE_MAX {
            let (title, text) = several();
            let view = single(&all[0]).2;
            return self.show_notice(SystemNotice { title, text }, id, organization, view, None);
        }
        for one in all {
            let (title, text, view, key) = single(one);
            self.show_notice(SystemNotice { title, text }, id, organization, view, key);
        }
    }

    fn show_notice(&self, notice: SystemNotice, id: ConnectionId, organization: OrganizationId, view: Place, key: Option<KeyId>) {
        let console = self.clone();
        // A click comes from whatever thread the system chooses.
        let runtime = tokio::runtime::Handle::current();
        let clicked = move || drop(runtime.spawn(async move { console.go(id, organization, view, key).await }));
        self.inner.notices.show(notice, Box::new(clicked));
    }

    async fn go(&self, id: ConnectionId, organization: OrganizationId, view: Place, key: Option<KeyId>) {
        let key = match key {
            // One that can't be had is not opened; its view is.
            Some(key) => self.get_key(KeyRef { connection: id, organization, key }).await.ok(),
            None => None,
        };
        self.inner.events.send(Event::Go { connection: id, organization, view, key });
    }
}
