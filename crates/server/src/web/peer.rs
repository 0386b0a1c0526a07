//! Where a request comes from.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::request::Parts;

/// Put into every request by the accept loop, where it is the connection's other end; behind a proxy that is
/// named, [`super::guard::caller`] puts there whom the proxy speaks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerAddress {
    /// None where nobody said it.
    pub(crate) address: Option<IpAddr>,
    /// Whether the connection is encrypted as far as this server.
    pub(crate) encrypted: bool,
    /// Whether the connection's other end is a proxy that is named: of its headers those count that say for whom
    /// and for what it asks.
    pub(crate) by_proxy: bool,
}

/// The caller's address; none where it is not known, or the router is called without a connection.
pub(crate) struct Peer(pub(crate) Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<PeerAddress>().and_then(|peer| peer.address)))
    }
}
