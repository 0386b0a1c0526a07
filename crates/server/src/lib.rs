//! keydeck-server: issues, verifies and revokes API keys.
//!
//! [`open`] starts a [`Server`] on a data folder; [`Server::serve`] answers on a listener until it is
//! told to stop. What a key is, and what crosses the wire, stands in `keydeck-domain`.

mod account;
mod alerts;
pub mod audit;
mod auth;
pub mod backup;
mod claim;
pub mod config;
pub mod demo;
mod dialects;
pub mod doctor;
mod error;
mod forward_auth;
mod invitations;
mod keys;
mod limits;
mod members;
mod open;
mod organizations;
pub mod panics;
pub mod pepper;
mod serve;
mod server;
mod sessions;
mod store;
mod subkeys;
mod times;
#[cfg(feature = "tls")]
pub mod tls;
mod usage;
mod verifiers;
mod verify;
mod web;
mod webhooks;

pub use config::Config;
pub use error::Error;
pub use open::{DATABASE_FILE, StartError, open};
pub use pepper::Pepper;
pub use serve::ServeError;
pub use server::Server;
pub use sessions::passwords::PASSWORD_MIN;
pub use usage::{USAGE_FILE, summary as usage_summary};
pub use web::layers::within_layers;
pub use web::proxies::{Proxies, ProxiesError};
pub use webhooks::{Networks, NetworksError};
