//! Attacks on the whole server: on its database, its connections, its logs.

mod before_sql;
mod canary;
mod connections;
mod hosts;
mod log_lines;
mod tampering;
