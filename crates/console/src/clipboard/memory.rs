//! A clipboard in memory, for tests.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use keydeck_domain::Secret;

use super::{Clipboard, ClipboardEnd};
use crate::error::{Error, ErrorCode, Result};

/// A clipboard in this process's memory.
#[derive(Default)]
pub struct MemoryClipboard {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    content: Option<Secret>,
    ours: bool,
    failing: bool,
}

impl MemoryClipboard {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What another program would paste.
    #[must_use]
    pub fn content(&self) -> Option<Secret> {
        self.lock().content.as_ref().map(Secret::duplicate)
    }

    /// Another program copies something.
    pub fn replace(&self, text: &str) {
        let mut state = self.lock();
        state.content = Some(Secret::new(text.to_owned()));
        state.ours = false;
    }

    /// From now on every call fails, or works again.
    pub fn fail(&self, failing: bool) {
        self.lock().failing = failing;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_out(&self) -> ClipboardEnd {
        let mut state = self.lock();
        if state.failing {
            return ClipboardEnd::Failed;
        }
        if !state.ours {
            return ClipboardEnd::Replaced;
        }
        state.content = None;
        state.ours = false;
        ClipboardEnd::Cleared
    }
}

#[async_trait]
impl Clipboard for MemoryClipboard {
    async fn put(&self, text: Secret) -> Result<()> {
        let mut state = self.lock();
        if state.failing {
            return Err(Error::new(ErrorCode::Clipboard, "the clipboard was made to fail"));
        }
        state.content = Some(text);
        state.ours = true;
        Ok(())
    }

    async fn read(&self) -> Result<Secret> {
        let state = self.lock();
        let content = state.content.as_ref().filter(|_| !state.failing).map(Secret::duplicate);
        content.ok_or_else(|| Error::new(ErrorCode::Clipboard, "There is no text in the clipboard."))
    }

    async fn clear_this(&self, text: Secret) -> ClipboardEnd {
        let mut state = self.lock();
        if state.failing {
            return ClipboardEnd::Failed;
        }
        if state.content.as_ref() != Some(&text) {
            return ClipboardEnd::Replaced;
        }
        state.content = None;
        state.ours = false;
        ClipboardEnd::Cleared
    }

    async fn is_ours(&self) -> bool {
        self.lock().ours
    }

    async fn clear(&self) -> ClipboardEnd {
        self.take_out()
    }

    fn clear_at_exit(&self) {
        self.take_out();
    }
}
