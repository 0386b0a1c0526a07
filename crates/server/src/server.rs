//! The server as a whole: what its parts share.

use std::collections::HashSet;
use std::fs::File;
use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use keydeck_domain::OrganizationId;
use sqlx::SqliteConnection;
use tokio_util::task::TaskTracker;

use crate::audit::chain::{self, Event};
use crate::claim::Claimable;
use crate::config::Config;
use crate::dialects::Subscriptions;
use crate::error::Error;
use crate::limits::Limits;
use crate::organizations::index::Organizations;
use crate::sessions::passwords::Passwords;
use crate::sessions::throttle::Throttle;
use crate::store::Store;
use crate::subkeys::Subkeys;
use crate::usage::Usage;
use crate::verify::index::{Index, VerifierIndex};
use crate::verify::last_used::LastUsedQueue;

/// A key server. Cheap to clone: every clone is the same server.
#[derive(Clone)]
pub struct Server {
    pub(crate) parts: Arc<Parts>,
}

/// What the parts share.
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) usage: Usage,
    pub(crate) subkeys: Subkeys,
    pub(crate) index: Index,
    pub(crate) verifiers: VerifierIndex,
    pub(crate) organizations: Organizations,
    pub(crate) limits: Limits,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) last_used: LastUsedQueue,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) claimable: Claimable,
    #[cfg(feature = "tls")]
    pub(crate) post: crate::webhooks::PostOffice,
    /// Organizations whose audit chain did not add up when the server started: they are verified,
    /// but not changed.
    pub(crate) distrusted: HashSet<OrganizationId>,
    pub(crate) tasks: TaskTracker,
    /// Set when the server is told to stop.
    pub(crate) stopping: AtomicBool,
    /// Holds the data folder against a second process until the server is closed.
    pub(crate) lock: Mutex<Option<File>>,
}

impl Parts {
    /// Writes an audit entry in the transaction of the change that it tells of. Where an
    /// organization's log was changed from outside it is not continued, and so nothing there is
    /// changed any more, while its keys are verified as before.
    pub(crate) async fn audit(&self, connection: &mut SqliteConnection, event: Event<'_>) -> Result<(), Error> {
        let organization = event.organization;
        if self.distrusted.contains(&organization) {
            return Err(Error::Damaged(format!("the audit log of {organization} did not add up at the start: no changes")));
        }
        chain::append(connection, &self.subkeys.audit, event).await
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("data_dir", &self.parts.config.data_dir).finish_non_exhaustive()
    }
}

impl Server {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    /// Runs a change to its end, also when the caller hangs up in the middle: between the commit and
    /// the index nothing may be left out, or a revoked key would go on being accepted.
    pub(crate) async fn to_the_end<T: Send + 'static>(
        &self,
        change: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        match self.parts.tasks.spawn(change).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(Error::Unavailable("the server is closing".to_owned())),
            },
        }
    }

    /// Finishes what is under way, writes what is only in memory, closes the database and gives the
    /// data folder free.
    pub async fn close(&self) {
        self.parts.tasks.close();
        self.parts.tasks.wait().await;
        if let Err(error) = self.flush_last_used().await {
            tracing::error!(%error, "the last times of use could not be written");
        }
        self.parts.usage.close().await;
        self.parts.store.close().await;
        // Closing the file gives up its lock.
        self.parts.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
