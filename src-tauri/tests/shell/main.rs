//! The window without a display: what the page may ask for, and the key server of this computer.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod agreement;
mod config;
mod local_server;
#[cfg(target_os = "linux")]
mod notices;
mod permissions;
