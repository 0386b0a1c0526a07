//! Clears a copied secret in time: on its own, when asked, at the end of the program, and never what
//! somebody else copied since.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};
use keydeck_domain::Secret;

use super::{Clipboard, ClipboardEnd, ClipboardState};
use crate::error::Result;
use crate::event::Event;
use crate::ports::Events;

/// How often it is looked whether the time is over or somebody copied something else.
const LOOK: Duration = Duration::from_millis(500);

/// The secret that was copied last and the time that it has.
#[derive(Clone)]
pub struct Countdown {
    shared: Arc<Shared>,
}

struct Shared {
    clipboard: Arc<dyn Clipboard>,
    events: Arc<dyn Events>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Counts the copies, so that the watch over an earlier one ends.
    copy: u64,
    held: Option<Held>,
    ended: Option<ClipboardEnd>,
}

struct Held {
    hint: String,
    deadline: Option<Deadline>,
}

/// Two clocks, because each alone is blind to something: the steady one stands still while the
/// computer sleeps, the other can be set back.
struct Deadline {
    steady: Instant,
    wall: SystemTime,
}

impl Deadline {
    fn after(time: Duration) -> Self {
        Self { steady: Instant::now() + time, wall: SystemTime::now() + time }
    }

    fn left(&self) -> Duration {
        let steady = self.steady.saturating_duration_since(Instant::now());
        let wall = self.wall.duration_since(SystemTime::now()).unwrap_or_default();
        steady.min(wall)
    }
}

impl Countdown {
    /// For one clipboard.
    #[must_use]
    pub fn new(clipboard: Arc<dyn Clipboard>, events: Arc<dyn Events>) -> Self {
        Self { shared: Arc::new(Shared { clipboard, events, state: Mutex::default() }) }
    }

    /// Copies a secret. It is cleared after `time`, where there is one.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::Clipboard`].
    pub async fn copy(&self, text: Secret, hint: String, time: Option<Duration>) -> Result<ClipboardState> {
        self.shared.clipboard.put(text).await?;
        let copy = {
            let mut state = self.lock();
            state.copy += 1;
            state.held = Some(Held { hint, deadline: time.map(Deadline::after) });
            state.ended = None;
            state.copy
        };
        let countdown = self.clone();
        tokio::spawn(async move { countdown.watch(copy).await });
        Ok(self.tell())
    }

    /// The text that the person has copied, here or elsewhere.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::Clipboard`].
    pub async fn read(&self) -> Result<Secret> {
        self.shared.clipboard.read().await
    }

    /// Takes a text that was taken in out of the clipboard, if it is still there, also where another program put it
    /// there. That it could not be cleared is told in the state.
    pub async fn clear_this(&self, text: Secret) -> ClipboardEnd {
        let end = self.shared.clipboard.clear_this(text).await;
        self.end(end);
        self.tell();
        end
    }

    /// Clears it now, if it is still ours.
    pub async fn clear(&self) -> ClipboardState {
        if self.lock().held.is_some() {
            let end = self.shared.clipboard.clear().await;
            self.end(end);
            return self.tell();
        }
        self.state()
    }

    /// Clears it at the end of the program, without the runtime's help.
    pub fn exit(&self) {
        let held = self.lock().held.take().is_some();
        if held {
            self.shared.clipboard.clear_at_exit();
        }
    }

    /// As it is now.
    #[must_use]
    pub fn state(&self) -> ClipboardState {
        let state = self.lock();
        let deadline = state.held.as_ref().and_then(|held| held.deadline.as_ref());
        ClipboardState {
            holds_secret: state.held.is_some(),
            hint: state.held.as_ref().map(|held| held.hint.clone()),
            clears_at: deadline.map(|deadline| DateTime::<Utc>::from(deadline.wall)),
            // Rounded up: it never says 0 while the secret is still there.
            seconds_left: deadline.map(|deadline| u32::try_from(deadline.left().as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)),
            ended: state.ended,
        }
    }

    async fn watch(&self, copy: u64) {
        loop {
            let left = {
                let state = self.lock();
                match state.held.as_ref().filter(|_| state.copy == copy) {
                    Some(held) => held.deadline.as_ref().map(Deadline::left),
                    None => return,
                }
            };
            if left == Some(Duration::ZERO) {
                let end = self.shared.clipboard.clear().await;
                if self.lock().copy == copy {
                    self.end(end);
                    self.tell();
                }
                return;
            }
            if !self.shared.clipboard.is_ours().await {
                if self.lock().copy == copy {
                    self.end(ClipboardEnd::Replaced);
                    self.tell();
                }
                return;
            }
            tokio::time::sleep(left.unwrap_or(LOOK).min(LOOK)).await;
        }
    }

    fn end(&self, end: ClipboardEnd) {
        let mut state = self.lock();
        state.ended = Some(end);
        if end == ClipboardEnd::Failed {
            // It is still there: what is shown must not say otherwise, and *Clear now* can try again.
            if let Some(held) = state.held.as_mut() {
                held.deadline = None;
            }
        } else {
            state.held = None;
        }
    }

    fn tell(&self) -> ClipboardState {
        let clipboard = self.state();
        self.shared.events.send(Event::Clipboard { clipboard: clipboard.clone() });
        clipboard
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;
    use crate::clipboard::MemoryClipboard;
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

    struct Heard(UnboundedSender<ClipboardState>);

    impl Events for Heard {
        fn send(&self, event: Event) {
            if let Event::Clipboard { clipboard } = event {
                self.0.send(clipboard).unwrap();
            }
        }
    }

    fn countdown() -> (Arc<MemoryClipboard>, Countdown, UnboundedReceiver<ClipboardState>) {
        let clipboard = Arc::new(MemoryClipboard::new());
        let (sender, receiver) = unbounded_channel();
        (clipboard.clone(), Countdown::new(clipboard, Arc::new(Heard(sender))), receiver)
    }

    fn secret() -> Secret {
        Secret::new("kd_test_abc".to_owned())
    }

    #[tokio::test]
    async fn t36_it_is_cleared_in_time() {
        let (clipboard, countdown, mut heard) = countdown();
        let state = countdown.copy(secret(), "kd_test_…".into(), Some(Duration::from_millis(50))).await.unwrap();
        assert!(state.holds_secret && state.seconds_left == Some(1) && state.clears_at.is_some());
        assert!(heard.recv().await.unwrap().holds_secret);
        let end = heard.recv().await.unwrap();
        assert_eq!((end.holds_secret, end.ended), (false, Some(ClipboardEnd::Cleared)));
        assert!(clipboard.content().is_none());
    }

    #[tokio::test]
    async fn t37_what_somebody_copied_since_stays() {
        let (clipboard, countdown, mut heard) = countdown();
        countdown.copy(secret(), "kd_test_…".into(), None).await.unwrap();
        heard.recv().await.unwrap();
        clipboard.replace("mine");
        assert_eq!(heard.recv().await.unwrap().ended, Some(ClipboardEnd::Replaced));
        assert!(!countdown.clear().await.holds_secret);
        countdown.exit();
        assert!(clipboard.content().unwrap().expose() == "mine");
    }

    #[tokio::test]
    async fn a_second_copy_has_its_own_time() {
        let (clipboard, countdown, mut heard) = countdown();
        countdown.copy(secret(), "first".into(), Some(Duration::from_millis(20))).await.unwrap();
        let state = countdown.copy(secret(), "second".into(), None).await.unwrap();
        assert_eq!((state.hint.as_deref(), state.seconds_left), (Some("second"), None));
        heard.recv().await.unwrap();
        heard.recv().await.unwrap();
        assert_eq!(countdown.clear().await.ended, Some(ClipboardEnd::Cleared));
        assert!(clipboard.content().is_none());
    }

    #[tokio::test]
    async fn what_can_not_be_cleared_is_told_and_can_be_tried_again() {
        let (clipboard, countdown, _heard) = countdown();
        countdown.copy(secret(), "h".into(), None).await.unwrap();
        clipboard.fail(true);
        let state = countdown.clear().await;
        assert_eq!((state.holds_secret, state.ended), (true, Some(ClipboardEnd::Failed)));
        clipboard.fail(false);
        assert_eq!(countdown.clear().await.ended, Some(ClipboardEnd::Cleared));
    }

    #[tokio::test]
    async fn it_is_cleared_at_the_end() {
        let (clipboard, countdown, _heard) = countdown();
        countdown.copy(secret(), "h".into(), None).await.unwrap();
        countdown.exit();
        assert!(clipboard.content().is_none());
    }
}
