//! The window: one-line commands on the console, the key server of this computer, and what holds
//! the webview shut. What the program does stands in `keydeck-console`.

mod commands;
mod desktop;
pub mod environment;
mod folders;
mod links;
mod local_server;
mod log;
pub mod memory;
mod messages;
mod notices;
mod saving;
mod seal;
mod shell;
mod signals;
mod window;

pub use commands::{NAMES, handler};
pub use desktop::Desktop;
pub use local_server::LocalHost;
pub use notices::{Forward, SystemNotices};
pub use seal::{leads_home, serve};
pub use shell::run;
pub use window::LABEL;
