//! Closing is held back where a secret would go with the program.

use super::Console;
use crate::event::Event;
use crate::keys::Custody;

impl Console {
    /// Whether the window may be closed now. Where a new secret is in memory alone it may not: the
    /// window is told to show that secret, so that it is copied, kept or discarded first.
    #[must_use]
    pub fn may_close(&self) -> bool {
        let held = self.unsettled().into_iter().find(|handoff| handoff.custody == Custody::MemoryOnly);
        match held {
            Some(handoff) => {
                self.inner.events.send(Event::CloseHeld { handoff });
                false
            }
            None => true,
        }
    }
}
