//! Who can reach the server, and whether a key that comes to it crossed a network in the clear.

use std::error::Error;

use super::arguments::Serve;

/// Says how the server is reached.
///
/// # Errors
/// Where keys would cross a network in the clear.
pub(crate) fn reachable(serve: &Serve) -> Result<String, Box<dyn Error>> {
    let listen = serve.listen;
    if serve.behind_proxy {
        return Ok(format!("listens on {listen}, behind a proxy that ends TLS"));
    }
    if listen.ip().is_loopback() {
        return Ok(format!("listens on {listen}, for this machine alone"));
    }
    Err(format!(
        "--listen {listen} is reachable from other machines, and keys must not cross a network in the clear: \
         listen on 127.0.0.1, or put a proxy that ends TLS in front and say --behind-proxy"
    )
    .into())
}
