//! Asks a window to close, as a window manager does when its cross is clicked.

use x11rb::protocol::xproto::{CLIENT_MESSAGE_EVENT, ClientMessageEvent, ConnectionExt, EventMask};

use crate::machine::Machine;
use crate::screen::Screen;

/// Sends `WM_DELETE_WINDOW` (ICCCM, 4.2.8.1) to every window of this title.
///
/// # Panics
/// Where there is none.
pub fn ask_to_close(machine: &Machine, title: &str) {
    let screen = Screen::of(machine);
    let (protocols, delete) = (screen.atom(b"WM_PROTOCOLS"), screen.atom(b"WM_DELETE_WINDOW"));
    let windows = screen.titled(title);
    assert!(!windows.is_empty(), "there is a window ‘{title}’");
    for window in windows {
        let message = ClientMessageEvent {
            response_type: CLIENT_MESSAGE_EVENT,
            format: 32,
            sequence: 0,
            window,
            type_: protocols,
            data: [delete, x11rb::CURRENT_TIME, 0, 0, 0].into(),
        };
        screen.connection().send_event(false, window, EventMask::NO_EVENT, message).unwrap();
    }
    // An answer to a later request: the messages are on their way before this connection ends.
    screen.connection().get_input_focus().unwrap().reply().unwrap();
}
