//! What the commands work on.

use std::future::Future;
use std::sync::Arc;

use keydeck_console::Console;
use keydeck_console::error::{Error, ErrorCode, Result};
use tokio::sync::SetOnce;

/// The console as soon as it has started, or why there is none: then every command says so, and the
/// window shows it.
pub struct Desktop {
    started: Arc<SetOnce<Result<Console>>>,
}

impl Desktop {
    /// Takes what starting the console gave.
    #[must_use]
    pub fn new(console: Result<Console>) -> Self {
        Self { started: Arc::new(SetOnce::new_with(Some(console))) }
    }

    /// Starts the console while the window opens.
    #[must_use]
    pub fn starting(start: impl Future<Output = Result<Console>> + Send + 'static) -> Self {
        let started = Arc::new(SetOnce::new());
        let told = Arc::clone(&started);
        let start = tauri::async_runtime::spawn(start);
        tauri::async_runtime::spawn(async move {
            // A panic is told as well: nobody may wait for ever for what never comes.
            let failed = |_| Err(Error::new(ErrorCode::Internal, "Keydeck could not start."));
            let console = start.await.unwrap_or_else(failed);
            if let Err(error) = &console {
                tracing::error!(code = ?error.code, "the console did not start");
            }
            // It is set here alone, once.
            let _ = told.set(console);
        });
        Self { started }
    }

    /// The console, once it has started.
    ///
    /// # Errors
    /// Why it could not be started.
    pub async fn console(&self) -> Result<&Console> {
        self.started.wait().await.as_ref().map_err(Clone::clone)
    }

    /// The console, if it has started already: for who can't wait.
    #[must_use]
    pub fn ready(&self) -> Option<&Console> {
        self.started.get().and_then(|console| console.as_ref().ok())
    }

    /// Does something that the window can cancel by the name that it gave it.
    ///
    /// # Errors
    /// Those of the work, and `cancelled`.
    pub async fn run<'a, T, W>(&'a self, operation: &str, work: impl FnOnce(&'a Console) -> W) -> Result<T>
    where
        W: Future<Output = Result<T>>,
    {
        let console = self.console().await?;
        console.run(operation, work(console)).await
    }
}
