//! Asks a window to close, as a window manager does when its cross is clicked.

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, CLIENT_MESSAGE_EVENT, ClientMessageEvent, ConnectionExt, EventMask, Window};
use x11rb::rust_connection::RustConnection;

use crate::machine::Machine;

/// Sends `WM_DELETE_WINDOW` (ICCCM, 4.2.8.1) to every window of this title.
///
/// # Panics
/// Where there is none.
pub fn ask_to_close(machine: &Machine, title: &str) {
    let (connection, screen) = x11rb::connect(Some(machine.display_name())).unwrap();
    let root = connection.setup().roots[screen].root;
    let atom = |name: &[u8]| connection.intern_atom(false, name).unwrap().reply().unwrap().atom;
    let (protocols, delete) = (atom(b"WM_PROTOCOLS"), atom(b"WM_DELETE_WINDOW"));
    let windows = titled(&connection, root, title);
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
        connection.send_event(false, window, EventMask::NO_EVENT, message).unwrap();
    }
    // An answer to a later request: the messages are on their way before this connection ends.
    connection.get_input_focus().unwrap().reply().unwrap();
}

fn titled(connection: &RustConnection, window: Window, title: &str) -> Vec<Window> {
    let name = connection.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64).unwrap().reply().unwrap();
    let mut found: Vec<Window> = (name.value == title.as_bytes()).then_some(window).into_iter().collect();
    let children = connection.query_tree(window).unwrap().reply().unwrap().children;
    found.extend(children.into_iter().flat_map(|child| titled(connection, child, title)));
    found
}
