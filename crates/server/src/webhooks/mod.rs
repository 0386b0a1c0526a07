//! Webhooks: where an organization's alerts are sent to. Only a server with TLS built in sends any; without it
//! the routes answer as if they were not there.

#[cfg(feature = "tls")]
mod connect;
pub(crate) mod handlers;
mod networks;
#[cfg(all(test, not(feature = "tls")))]
mod not_sent;
#[cfg(feature = "tls")]
mod post;
#[cfg_attr(not(feature = "tls"), allow(dead_code, reason = "for what sends"))]
pub(crate) mod queue;
pub(crate) mod record;
#[cfg(feature = "tls")]
mod sender;
#[cfg_attr(not(feature = "tls"), allow(dead_code, reason = "for what sends"))]
mod target;

pub use networks::{Networks, NetworksError};
#[cfg(feature = "tls")]
pub(crate) use post::{PostOffice, send_what_waits};

/// Whether this server sends webhooks.
pub(crate) const SENT: bool = cfg!(feature = "tls");
