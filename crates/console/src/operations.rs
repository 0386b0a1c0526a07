//! Operations that a person can cancel, by a name that the window made up.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::error::{Error, ErrorCode, Result};

/// How long a cancel is remembered that came before its operation.
const REMEMBERED: Duration = Duration::from_secs(10);
/// Most cancels that are remembered.
const REMEMBERED_MAX: usize = 256;

/// The operations that are under way.
#[derive(Default)]
pub struct Operations {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    running: HashMap<String, Vec<CancellationToken>>,
    cancelled: HashMap<String, Instant>,
}

impl Operations {
    /// Does some work that ends at once when its operation is cancelled: the work is dropped, and
    /// with it every connection that it holds.
    ///
    /// # Errors
    /// [`ErrorCode::Cancelled`], and the work's own.
    pub async fn run<T>(&self, operation: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        let registered = self.register(operation)?;
        tokio::select! {
            biased;
            () = registered.token.cancelled() => Err(cancelled()),
            result = work => result,
        }
    }

    /// Cancels an operation; one that has not begun yet is cancelled when it does.
    pub fn cancel(&self, operation: &str) {
        let mut known = self.lock();
        if let Some(tokens) = known.running.get(operation) {
            tokens.iter().for_each(CancellationToken::cancel);
            return;
        }
        known.cancelled.retain(|_, at| at.elapsed() < REMEMBERED);
        if known.cancelled.len() < REMEMBERED_MAX {
            known.cancelled.insert(operation.to_owned(), Instant::now());
        }
    }

    fn register(&self, operation: &str) -> Result<Registered<'_>> {
        let token = CancellationToken::new();
        let mut known = self.lock();
        if known.cancelled.remove(operation).is_some_and(|at| at.elapsed() < REMEMBERED) {
            return Err(cancelled());
        }
        known.running.entry(operation.to_owned()).or_default().push(token.clone());
        Ok(Registered { operations: self, operation: operation.to_owned(), token })
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cancelled() -> Error {
    Error::new(ErrorCode::Cancelled, "it was cancelled")
}

/// Takes the operation out of the list, however it ends.
struct Registered<'a> {
    operations: &'a Operations,
    operation: String,
    token: CancellationToken,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        let mut known = self.operations.lock();
        if let Some(tokens) = known.running.get_mut(&self.operation) {
            // One operation is one token but for a name that was used twice: then either is as good.
            tokens.pop();
            if tokens.is_empty() {
                known.running.remove(&self.operation);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[tokio::test]
    async fn a_running_operation_ends_at_once() {
        let operations = Operations::default();
        let work = operations.run("list-1", async {
            operations.cancel("list-1");
            std::future::pending::<Result<()>>().await
        });
        assert_eq!(work.await.unwrap_err().code, ErrorCode::Cancelled);
        assert!(operations.lock().running.is_empty());
    }

    #[tokio::test]
    async fn a_cancel_that_comes_first_counts_once() {
        let operations = Operations::default();
        operations.cancel("list-1");
        assert_eq!(operations.run("list-1", async { Ok(1) }).await.unwrap_err().code, ErrorCode::Cancelled);
        assert_eq!(operations.run("list-1", async { Ok(1) }).await.unwrap(), 1);
        assert_eq!(operations.run("list-2", async { Ok(2) }).await.unwrap(), 2);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let operations = Operations::default();
        (0..1_000).for_each(|number| operations.cancel(&number.to_string()));
        assert_eq!(operations.lock().cancelled.len(), REMEMBERED_MAX);
    }
}
