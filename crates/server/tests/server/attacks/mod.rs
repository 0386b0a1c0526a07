//! Attacks on the whole server: on its database, its connections, its logs.

mod canary;
mod connections;
mod hosts;
mod log_lines;
mod tampering;
