//! The windows on a machine's display, as the display server knows them. There is no window manager:
//! what lies on top and has the focus is what programs asked for themselves.

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt, CreateWindowAux, InputFocus, MapState, Window, WindowClass};
use x11rb::rust_connection::RustConnection;

use crate::machine::Machine;
use crate::process::until;

/// A connection to a display.
pub struct Screen {
    connection: RustConnection,
    root: Window,
}

/// How one window stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// It is drawn at all.
    pub shown: bool,
    /// It lies above the other.
    pub above: bool,
    /// What is typed goes to it.
    pub focused: bool,
}

impl Screen {
    /// The display of a machine.
    ///
    /// # Panics
    /// Where it has none.
    #[must_use]
    pub fn of(machine: &Machine) -> Self {
        let (connection, screen) = x11rb::connect(Some(machine.display_name())).unwrap();
        let root = connection.setup().roots[screen].root;
        Self { connection, root }
    }

    /// The number of a name that programs agreed on.
    pub(crate) fn atom(&self, name: &[u8]) -> u32 {
        self.connection.intern_atom(false, name).unwrap().reply().unwrap().atom
    }

    pub(crate) fn connection(&self) -> &RustConnection {
        &self.connection
    }

    /// Every window of this title.
    #[must_use]
    pub fn titled(&self, title: &str) -> Vec<Window> {
        self.below(self.root).into_iter().filter(|window| self.title(*window) == title.as_bytes()).collect()
    }

    /// The one window of this title that a person sees.
    ///
    /// # Panics
    /// Where there is none, or more than one.
    #[must_use]
    pub fn seen(&self, title: &str) -> Window {
        let top = self.children(self.root);
        let seen: Vec<_> =
            self.titled(title).into_iter().filter(|window| top.contains(window) && self.is_shown(*window)).collect();
        assert_eq!(seen.len(), 1, "one window ‘{title}’ is shown");
        seen[0]
    }

    /// Waits for a window of this title, and gives it the focus, as a window manager would.
    ///
    /// # Panics
    /// Where none comes.
    #[must_use]
    pub fn opened(&self, title: &str) -> Window {
        let window = until(&format!("a window ‘{title}’ is shown"), || {
            let top = self.children(self.root);
            self.titled(title).into_iter().find(|window| top.contains(window) && self.is_shown(*window))
        });
        self.connection.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).unwrap().check().unwrap();
        window
    }

    /// Waits until a window is gone.
    ///
    /// # Panics
    /// Where it stays.
    pub fn closed(&self, window: Window) {
        until("the window is closed", || (!self.is_shown(window)).then_some(()));
    }

    /// Lays a window over the whole display and gives it the focus. It goes with this connection.
    ///
    /// # Panics
    /// Where the display refuses.
    #[must_use]
    pub fn cover(&self) -> Window {
        let window = self.connection.generate_id().unwrap();
        let size = self.connection.get_geometry(self.root).unwrap().reply().unwrap();
        self.connection
            .create_window(
                x11rb::COPY_DEPTH_FROM_PARENT,
                window,
                self.root,
                0,
                0,
                size.width,
                size.height,
                0,
                WindowClass::INPUT_OUTPUT,
                x11rb::COPY_FROM_PARENT,
                &CreateWindowAux::new(),
            )
            .unwrap();
        self.connection.map_window(window).unwrap().check().unwrap();
        self.connection.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).unwrap().check().unwrap();
        window
    }

    /// Takes a window from the screen, as minimizing does.
    ///
    /// # Panics
    /// Where the display refuses.
    pub fn hide(&self, window: Window) {
        self.connection.unmap_window(window).unwrap().check().unwrap();
    }

    /// How a window stands to another.
    ///
    /// # Panics
    /// Where one of them is gone.
    #[must_use]
    pub fn standing(&self, window: Window, other: Window) -> Standing {
        // From the lowest to the highest.
        let order = self.children(self.root);
        let place = |window| order.iter().position(|at| *at == window).expect("it lies on the screen");
        let focus = self.connection.get_input_focus().unwrap().reply().unwrap().focus;
        Standing {
            shown: self.is_shown(window),
            above: place(window) > place(other),
            // GTK gives the focus to a child of its window.
            focused: focus == window || self.below(window).contains(&focus),
        }
    }

    fn is_shown(&self, window: Window) -> bool {
        let attributes = self.connection.get_window_attributes(window).unwrap().reply();
        attributes.is_ok_and(|attributes| attributes.map_state == MapState::VIEWABLE)
    }

    fn title(&self, window: Window) -> Vec<u8> {
        let title = self.connection.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64).unwrap().reply();
        title.map(|title| title.value).unwrap_or_default()
    }

    /// The children of a window; a window that is gone meanwhile has none.
    fn children(&self, window: Window) -> Vec<Window> {
        self.connection.query_tree(window).unwrap().reply().map(|tree| tree.children).unwrap_or_default()
    }

    /// All that lies below a window, at any depth.
    fn below(&self, window: Window) -> Vec<Window> {
        let children = self.children(window);
        children.iter().flat_map(|child| std::iter::once(*child).chain(self.below(*child))).collect()
    }
}
