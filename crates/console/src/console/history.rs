//! The audit log's newest entry, remembered: a server whose history went back is found out.

use std::time::{Duration, Instant};

use keydeck_domain::api::audit::{AuditHead, AuditPoint};
use keydeck_domain::api::organizations::Organization;
use keydeck_domain::{OrganizationId, Permission};

use super::Console;
use super::session::Session;
use crate::connection::ConnectionId;
use crate::error::Result;
use crate::settings::SeenHead;

/// How often the same history is looked at while lists are shown.
const PAUSE: Duration = Duration::from_secs(60);

impl Console {
    /// Compares the log with what was seen last. A log that can't be read now says nothing.
    pub(super) async fn look_at_history(&self, id: ConnectionId, organization: &Organization) {
        if !organization.role.may(Permission::ReadAudit) {
            return;
        }
        let Ok(session) = self.session(id).await else { return };
        if let Err(error) = self.compare_history(id, organization, session).await {
            tracing::debug!(code = ?error.code, "an audit log could not be compared with what was seen of it");
        }
    }

    /// Compares the log with what was seen last: the sentence that says that it went back, where it
    /// did.
    pub(super) async fn compare_history(
        &self,
        id: ConnectionId,
        organization: &Organization,
        session: Session,
    ) -> Result<Option<String>> {
        self.inner.live.connection(id, |live| live.looked_at_history.insert(organization.id, Instant::now()));
        let seen = self.seen(id, organization.id);
        let at = seen.as_ref().map(|point| point.sequence);
        let Some(answer) = session.server.audit_head(&session.token, organization.id, at).await? else { return Ok(None) };
        if seen.is_some_and(|seen| went_back(&seen, &answer)) {
            // What was seen stays remembered, so that the notice comes again at the next start.
            let notice = format!(
                "The history of {} at this server is not the one that was here before: changes are missing or were altered. \
                 If a backup was restored, sign out and in again to accept it; otherwise ask whoever runs the server.",
                organization.name
            );
            let first_time = self.inner.live.connection(id, |live| live.history.replace(notice.clone()).is_none());
            if first_time {
                let _gone = self.publish(id);
            }
            return Ok(Some(notice));
        }
        let head = SeenHead { connection: id, organization: organization.id, head: answer.head };
        let kept = self.inner.settings.change(move |settings| {
            let same = |seen: &SeenHead| seen.connection == head.connection && seen.organization == head.organization;
            settings.audit_heads.retain(|seen| !same(seen));
            settings.audit_heads.push(head);
        });
        if kept.await.is_err() {
            tracing::warn!("the newest entry of an audit log could not be remembered");
        }
        Ok(None)
    }

    /// Asks again in the background, now and then, which organizations there are: a role can become another
    /// while the window is open.
    pub(super) fn refresh_sometimes(&self, id: ConnectionId) {
        let due = self.inner.live.connection(id, |live| live.refreshed.is_some_and(|before| before.elapsed() >= PAUSE));
        if due {
            let console = self.clone();
            tokio::spawn(async move { drop(console.refresh_connection(id).await) });
        }
    }

    /// The same in the background, now and then.
    pub(super) fn look_at_history_sometimes(&self, id: ConnectionId, organization: OrganizationId) {
        let due = self
            .inner
            .live
            .connection(id, |live| live.looked_at_history.get(&organization).is_none_or(|before| before.elapsed() >= PAUSE));
        let Ok(stored) = self.stored(id) else { return };
        let Some(organization) = stored.organizations.into_iter().find(|other| other.id == organization).filter(|_| due) else {
            return;
        };
        let console = self.clone();
        tokio::spawn(async move { console.look_at_history(id, &organization).await });
    }

    /// Begins anew with the next look: for who signs in again.
    pub(super) async fn forget_heads(&self, id: ConnectionId) -> Result<()> {
        self.inner.live.connection(id, |live| live.history = None);
        self.inner.settings.change(move |settings| settings.audit_heads.retain(|seen| seen.connection != id)).await
    }

    fn seen(&self, id: ConnectionId, organization: OrganizationId) -> Option<AuditPoint> {
        self.inner.settings.look(|settings| {
            let found = settings.audit_heads.iter().find(|seen| seen.connection == id && seen.organization == organization);
            found.map(|seen| seen.head.clone())
        })
    }
}

/// Whether the entry that was seen is gone or another one now.
fn went_back(seen: &AuditPoint, answer: &AuditHead) -> bool {
    answer.head.sequence < seen.sequence || answer.at.as_ref() != Some(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_that_went_back_is_seen() {
        let point = |sequence, mac: &str| AuditPoint { sequence, mac: mac.to_owned() };
        let seen = point(5, "e");
        let check = |head, at, expected| assert_eq!(went_back(&seen, &AuditHead { head, at }), expected);
        check(point(5, "e"), Some(point(5, "e")), false);
        check(point(9, "i"), Some(point(5, "e")), false);
        check(point(3, "c"), None, true);
        check(point(9, "i"), Some(point(5, "x")), true);
        check(point(9, "i"), None, true);
        check(point(3, "c"), Some(point(5, "e")), true);
    }
}
