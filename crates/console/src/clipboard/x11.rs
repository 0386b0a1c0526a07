//! The clipboard of X11, owned by a window of our own. That gives three things that a ready-made
//! clipboard does not: it is known at once when somebody else copies, nothing of others is ever
//! read, and clearing can't hit another program's copy, because the server itself ignores a clear
//! that is older than the newest copy.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keydeck_domain::Secret;
use x11rb::connection::Connection;
use x11rb::errors::ReplyOrIdError;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, PropMode, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent,
    SelectionRequestEvent, Timestamp, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_FROM_PARENT, NONE};

use super::ClipboardEnd;
use super::system::Backend;

/// How long the display may take to tell its time.
const LIMIT: Duration = Duration::from_secs(2);

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        CLIPBOARD,
        TARGETS,
        TIMESTAMP,
        UTF8_STRING,
        TEXT,
        PLAIN: b"text/plain",
        PLAIN_UTF8: b"text/plain;charset=utf-8",
        // What clipboard managers look for: a target of this name whose content is `secret`.
        HINT: b"x-kde-passwordManagerHint",
        TIME: b"KEYDECK_TIME",
    }
}

/// The clipboard of one display.
pub struct X11 {
    shared: Arc<Shared>,
    times: mpsc::Receiver<Timestamp>,
}

struct Shared {
    connection: RustConnection,
    window: Window,
    atoms: Atoms,
    owned: Mutex<Option<Owned>>,
    alive: AtomicBool,
}

/// What we own, since when by the display's clock.
struct Owned {
    text: Secret,
    since: Timestamp,
}

impl X11 {
    /// Connects to the display.
    pub fn connect() -> Result<Self, String> {
        let shared = Arc::new(open().map_err(|error| error.to_string())?);
        let (sender, times) = mpsc::channel();
        let serving = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("clipboard of X11".to_owned())
            .spawn(move || serving.serve(&sender))
            .map_err(|error| error.to_string())?;
        Ok(Self { shared, times })
    }

    /// The display's clock, which alone decides who copied last: an empty change of a property is
    /// answered with its time.
    fn time(&self) -> Result<Timestamp, String> {
        while self.times.try_recv().is_ok() {}
        let Shared { connection, window, atoms, .. } = &*self.shared;
        let change = connection.change_property8(PropMode::APPEND, *window, atoms.TIME, AtomEnum::STRING, &[]);
        change.map_err(|error| error.to_string())?;
        connection.flush().map_err(|error| error.to_string())?;
        self.times.recv_timeout(LIMIT).map_err(|_| "the display does not answer".to_owned())
    }

    fn owner(&self) -> Result<Window, String> {
        let cookie =
            self.shared.connection.get_selection_owner(self.shared.atoms.CLIPBOARD).map_err(|error| error.to_string())?;
        Ok(cookie.reply().map_err(|error| error.to_string())?.owner)
    }

    fn set_owner(&self, window: Window, time: Timestamp) -> Result<(), String> {
        let cookie = self.shared.connection.set_selection_owner(window, self.shared.atoms.CLIPBOARD, time);
        cookie.map_err(|error| error.to_string())?.check().map_err(|error| error.to_string())
    }
}

impl Backend for X11 {
    fn put(&mut self, text: Secret) -> Result<(), String> {
        if !self.shared.alive.load(Ordering::SeqCst) {
            return Err("the display is gone".to_owned());
        }
        let since = self.time()?;
        *self.shared.owned() = Some(Owned { text, since });
        let owner = self.set_owner(self.shared.window, since).and_then(|()| self.owner());
        if owner == Ok(self.shared.window) {
            return Ok(());
        }
        *self.shared.owned() = None;
        Err(owner.err().unwrap_or_else(|| "another program holds it".to_owned()))
    }

    fn is_ours(&self) -> bool {
        self.shared.owned().is_some()
    }

    fn clear(&mut self) -> ClipboardEnd {
        let Some(since) = self.shared.owned().as_ref().map(|owned| owned.since) else { return ClipboardEnd::Replaced };
        if !self.shared.alive.load(Ordering::SeqCst) {
            // The display is gone, and what we had in its clipboard with it.
            *self.shared.owned() = None;
            return ClipboardEnd::Cleared;
        }
        // With the time of our own copy: whoever copied later is not touched.
        match self.set_owner(NONE, since).and_then(|()| self.owner()) {
            Ok(owner) if owner == self.shared.window => ClipboardEnd::Failed,
            Ok(owner) => {
                *self.shared.owned() = None;
                if owner == NONE { ClipboardEnd::Cleared } else { ClipboardEnd::Replaced }
            }
            Err(_) => ClipboardEnd::Failed,
        }
    }
}

impl Drop for X11 {
    fn drop(&mut self) {
        // Destroying the window gives the clipboard up and ends the serving thread's wait.
        let Shared { connection, window, .. } = &*self.shared;
        if connection.destroy_window(*window).is_err() || connection.flush().is_err() {
            tracing::debug!("the display was gone before its clipboard was given up");
        }
    }
}

fn open() -> Result<Shared, ReplyOrIdError> {
    let (connection, screen) = RustConnection::connect(None).map_err(|_| x11rb::errors::ConnectionError::UnknownError)?;
    let screen = &connection.setup().roots[screen];
    let window = connection.generate_id()?;
    let aux = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE | EventMask::STRUCTURE_NOTIFY);
    let (root, visual) = (screen.root, COPY_FROM_PARENT);
    connection.create_window(0, window, root, 0, 0, 1, 1, 0, WindowClass::INPUT_ONLY, visual, &aux)?.check()?;
    let atoms = Atoms::new(&connection)?.reply()?;
    Ok(Shared { connection, window, atoms, owned: Mutex::new(None), alive: AtomicBool::new(true) })
}

impl Shared {
    fn owned(&self) -> std::sync::MutexGuard<'_, Option<Owned>> {
        self.owned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers those who paste, until the window or the display is gone.
    fn serve(&self, times: &mpsc::Sender<Timestamp>) {
        while let Ok(event) = self.connection.wait_for_event() {
            if !self.take(&event, times) {
                break;
            }
        }
        self.alive.store(false, Ordering::SeqCst);
    }

    /// Takes one message of the display; `false` where it is the last.
    fn take(&self, event: &Event, times: &mpsc::Sender<Timestamp>) -> bool {
        match event {
            Event::PropertyNotify(event) if event.atom == self.atoms.TIME => times.send(event.time).is_ok(),
            Event::SelectionRequest(request) => self.answer(request).is_ok(),
            Event::DestroyNotify(event) => event.window != self.window,
            Event::SelectionClear(event) if event.selection == self.atoms.CLIPBOARD => {
                let mut owned = self.owned();
                // An old message, from before we copied again, is not about what we own now.
                if owned.as_ref().is_some_and(|owned| !earlier(event.time, owned.since)) {
                    *owned = None;
                }
                true
            }
            _ => true,
        }
    }

    fn answer(&self, request: &SelectionRequestEvent) -> Result<(), ReplyOrIdError> {
        // A client of the first hour names no property: the target stands for it (ICCCM, 2.2).
        let property = if request.property == NONE { request.target } else { request.property };
        let given = request.selection == self.atoms.CLIPBOARD && self.give(request.requestor, property, request.target)?;
        let notice = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if given { property } else { NONE },
        };
        self.connection.send_event(false, request.requestor, EventMask::NO_EVENT, notice)?;
        Ok(self.connection.flush()?)
    }

    /// Writes what was asked for; `false` where it is not to be had.
    fn give(&self, requestor: Window, property: Atom, target: Atom) -> Result<bool, ReplyOrIdError> {
        let owned = self.owned();
        let Some(owned) = owned.as_ref() else { return Ok(false) };
        let atoms = &self.atoms;
        let string = Atom::from(AtomEnum::STRING);
        let texts = [atoms.UTF8_STRING, atoms.PLAIN_UTF8, atoms.PLAIN, string];
        let replace = PropMode::REPLACE;
        if target == atoms.TARGETS {
            let mut targets = vec![atoms.TARGETS, atoms.TIMESTAMP, atoms.TEXT, atoms.HINT];
            targets.extend(texts);
            self.connection.change_property32(replace, requestor, property, AtomEnum::ATOM, &targets)?;
        } else if target == atoms.TIMESTAMP {
            self.connection.change_property32(replace, requestor, property, AtomEnum::INTEGER, &[owned.since])?;
        } else if target == atoms.HINT {
            self.connection.change_property8(replace, requestor, property, target, b"secret")?;
        } else if texts.contains(&target) || target == atoms.TEXT {
            let kind = if target == atoms.TEXT { atoms.UTF8_STRING } else { target };
            // Exposed to be pasted, which is what the person copied it for.
            self.connection.change_property8(replace, requestor, property, kind, owned.text.expose().as_bytes())?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

/// Whether one time of the display lies before another; its clock runs over after 49 days.
fn earlier(one: Timestamp, other: Timestamp) -> bool {
    other.wrapping_sub(one).wrapping_sub(1) < u32::MAX / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_displays_clock_runs_over() {
        for (one, other, expected) in [(1, 2, true), (2, 1, false), (2, 2, false), (u32::MAX, 3, true), (3, u32::MAX, false)] {
            assert_eq!(earlier(one, other), expected, "{one} {other}");
        }
    }
}
