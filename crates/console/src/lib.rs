//! All that the desktop does, without a window: it can be tested with fakes, and a command of the
//! window is one line that calls it.
//!
//! [`Console`] has a method for every use-case. It stands on [`ports`], which the host gives: a
//! [`vault`] for secrets, a [`clipboard`], a local server, somebody to tell. [`servers`] has an
//! adapter for each kind of key server, over one HTTP client that decides where anything may go.
//! [`handoff`] keeps the journal of new keys, [`sealed`] the frame that shows a secret once.

pub mod capabilities;
pub mod chart;
pub mod clipboard;
pub mod connection;
pub mod console;
pub mod download;
mod durable;
pub mod error;
pub mod event;
pub mod handoff;
pub mod history;
pub mod invitation_link;
pub mod keychain;
pub mod keys;
pub mod kinds;
pub mod lists;
mod operations;
pub mod overview;
pub mod ports;
pub mod preferences;
mod progress;
pub mod recognise;
pub mod register;
pub mod sealed;
pub mod servers;
mod settings;
pub mod team;
pub mod usage;
pub mod vault;

pub use console::Console;
