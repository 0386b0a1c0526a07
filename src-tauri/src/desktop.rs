//! What the commands work on.

use std::future::Future;

use keydeck_console::Console;
use keydeck_console::error::Result;

/// The console, or why there is none: then every command says so, and the window shows it.
pub struct Desktop(Result<Console>);

impl Desktop {
    /// Takes what starting the console gave.
    #[must_use]
    pub fn new(console: Result<Console>) -> Self {
        Self(console)
    }

    /// The console.
    ///
    /// # Errors
    /// Why it could not be started.
    pub fn console(&self) -> Result<&Console> {
        self.0.as_ref().map_err(Clone::clone)
    }

    /// Does something that the window can cancel by the name that it gave it.
    ///
    /// # Errors
    /// Those of the work, and `cancelled`.
    pub async fn run<'a, T, W>(&'a self, operation: &str, work: impl FnOnce(&'a Console) -> W) -> Result<T>
    where
        W: Future<Output = Result<T>>,
    {
        let console = self.console()?;
        console.run(operation, work(console)).await
    }
}
