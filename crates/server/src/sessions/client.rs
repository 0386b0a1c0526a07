//! Which program signs in, and from where: shown to the person among the sessions, and proof of nothing.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::header::USER_AGENT;
use http::request::Parts;
use keydeck_domain::name::deceives;

use crate::server::Server;
use crate::web::peer::Peer;

/// Longest name of a program that is kept, in characters.
const LONGEST: usize = 200;

/// The program that a request comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Client {
    /// As it named itself.
    pub(crate) name: Option<String>,
    /// None behind a proxy that does not say it.
    pub(crate) address: Option<IpAddr>,
}

impl FromRequestParts<Server> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Infallible> {
        let Peer(address) = Peer::from_request_parts(parts, server).await?;
        let name = parts.headers.get(USER_AGENT).and_then(|value| shown(&String::from_utf8_lossy(value.as_bytes())));
        Ok(Self { name, address })
    }
}

/// What may be shown of a program's name; none where that is nothing.
pub(super) fn shown(name: &str) -> Option<String> {
    let honest: String = name.chars().filter(|c| !deceives(*c)).collect();
    let short: String = honest.trim().chars().take(LONGEST).collect();
    let short = short.trim_end();
    (!short.is_empty()).then(|| short.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_honest_and_short_is_shown() {
        for (name, expected) in [
            ("Keydeck/0.1", Some("Keydeck/0.1")),
            ("  Keydeck ", Some("Keydeck")),
            ("a\r\nb\u{202E}c\u{200B}d\te", Some("abcde")),
            ("", None),
            (" \u{200B} ", None),
        ] {
            assert_eq!(shown(name).as_deref(), expected, "{name:?}");
        }
        assert_eq!(shown(&"ü".repeat(300)), Some("ü".repeat(200)));
    }
}
