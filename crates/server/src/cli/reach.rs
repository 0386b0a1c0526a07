//! Who can reach the server, and whether a key that comes to it crossed a network in the clear.

use std::error::Error;

use super::arguments::Serve;

/// Says how the server is reached.
///
/// # Errors
/// Where keys would cross a network in the clear.
pub(crate) fn reachable(serve: &Serve) -> Result<String, Box<dyn Error>> {
    let (listen, proxies) = (serve.listen, serve.proxies());
    if serve.elizaos_open && !(listen.ip().to_canonical().is_loopback() && proxies.is_empty()) {
        return Err("--elizaos-open asks nobody for a key: it is for a server on 127.0.0.1 without a proxy in front".into());
    }
    let how = match (serve.tls_files().is_some(), proxies.is_empty()) {
        (true, true) => "over https".to_owned(),
        (true, false) => format!("over https, also behind {proxies}"),
        (false, false) => format!("behind {proxies}, which end TLS"),
        (false, true) if listen.ip().to_canonical().is_loopback() => "for this machine alone".to_owned(),
        (false, true) => {
            return Err(format!(
                "--listen {listen} is reachable from other machines, and keys must not cross a network in the clear: \
                 listen on 127.0.0.1, or give --tls-certificate and --tls-key, or put a proxy that ends TLS in front and \
                 name it with --behind-proxy"
            )
            .into());
        }
    };
    Ok(format!("listens on {listen}, {how}"))
}

/// A name as it stands in `Host`: an address with a scheme or a path would never be met.
pub(super) fn host(text: &str) -> Result<String, String> {
    if text.contains(['/', '@', ' ']) {
        return Err(
            "a name as in `Host`: keys.example.org, with :8300 where clients name a port; no https:// and no path".to_owned()
        );
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_alone() {
        assert!(host("keys.example.org:8300").is_ok());
        for wrong in ["https://keys.example.org", "keys.example.org/", "ada@keys.example.org"] {
            assert!(host(wrong).is_err(), "{wrong}");
        }
    }
}
