//! What the window is told without asking.

use keydeck_console::event::{EVENT, Event};
use keydeck_console::ports::Events;
use tauri::{AppHandle, Emitter, EventTarget, Runtime};

use crate::window::LABEL;

/// Sends events to the one window.
pub struct WindowEvents<R: Runtime>(pub AppHandle<R>);

impl<R: Runtime> Events for WindowEvents<R> {
    fn send(&self, event: Event) {
        if let Err(error) = self.0.emit_to(EventTarget::webview_window(LABEL), EVENT, event) {
            tracing::warn!(%error, "the window could not be told");
        }
    }
}
