//! End to end in the real window: the real program, WebKit, keychain, clipboard and key server.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod azen;
mod bad_line;
mod clipboard;
mod failing;
mod held_shut;
mod killed;
mod line;
mod looks;
mod main_job;
mod memory;
mod no_keychain;
mod reveal;
mod save_dialog;
mod second_start;
mod sign_in;
mod signals;
mod systems;
mod team;
mod window_state;
