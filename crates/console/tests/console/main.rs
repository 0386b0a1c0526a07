//! The console against the real server, and against servers, networks and keychains that fail.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod adapters;
mod certificates;
mod clipboard_of_x11;
mod creating;
mod faults_of_the_keychain;
mod files;
mod limits;
mod logs;
mod main_job;
mod network;
mod obstacles;
mod offline;
mod proxies;
mod repeats;
mod rules;
mod saving;
mod server_made;
mod sessions;
mod support;
mod team;
mod team_faults;
mod usage;
mod verifiers;
mod watch;
mod webhooks;
mod where_requests_go;
