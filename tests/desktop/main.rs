//! End to end in the real window: the real program, WebKit, keychain, clipboard and key server.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod main_job;
