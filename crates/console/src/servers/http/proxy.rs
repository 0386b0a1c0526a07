//! The proxy that the environment names: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, as curl reads them,
//! in capitals or not. Nothing else is asked: no file, no settings of the desktop. This computer itself
//! is never spoken to through one, because a proxy can be another machine.

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use url::Url;

use super::address;
use crate::error::{Error, ErrorCode, Result};

/// A proxy on the way to a server.
pub struct Proxy {
    /// As it is shown: `http://proxy:3128`, without user and password.
    pub shown: String,
    found: Intercept,
}

/// The proxy on the way to an origin, if there is one.
///
/// # Errors
/// [`ErrorCode::Unreachable`] where the environment names one of a kind that Keydeck can't use: it is
/// not gone round.
pub fn towards(origin: &Url) -> Result<Option<Proxy>> {
    chosen(&Matcher::from_env(), origin)
}

fn chosen(matcher: &Matcher, origin: &Url) -> Result<Option<Proxy>> {
    if address::is_loopback(origin) {
        return Ok(None);
    }
    let Some(found) = origin.as_str().parse().ok().and_then(|uri| matcher.intercept(&uri)) else { return Ok(None) };
    // The user and the password before the @ are not part of it any more.
    let shown = found.uri().to_string().trim_end_matches('/').to_owned();
    match found.uri().scheme_str() {
        Some("http" | "https") => Ok(Some(Proxy { shown, found })),
        _ => {
            let message = format!("The environment names the proxy {shown}, which is of a kind that Keydeck can't use.");
            Err(Error::new(ErrorCode::Unreachable, message))
        }
    }
}

impl Proxy {
    /// The same for the client: all that it sends goes through this proxy.
    ///
    /// # Errors
    /// [`ErrorCode::Unreachable`] where its address is none.
    pub fn for_client(&self) -> Result<reqwest::Proxy> {
        let refused = |_| Error::new(ErrorCode::Unreachable, format!("{} can't be used as a proxy.", self.shown));
        let proxy = reqwest::Proxy::all(self.shown.as_str()).map_err(refused)?;
        Ok(match self.found.basic_auth() {
            Some(proof) => proxy.custom_http_auth(proof.clone()),
            None => proxy,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(matcher: &Matcher, origin: &str) -> Option<String> {
        let origin = origin.parse().expect("an address");
        chosen(matcher, &origin).expect("a usable proxy").map(|proxy| proxy.shown)
    }

    #[test]
    fn t30_the_proxy_is_shown_without_its_password() {
        let matcher =
            Matcher::builder().https("http://ada:hunter2@proxy.example.org:3128").no("other.example.org,10.0.0.0/8").build();
        assert_eq!(shown(&matcher, "https://keys.example.org"), Some("http://proxy.example.org:3128".to_owned()));
        assert_eq!(shown(&matcher, "https://other.example.org"), None);
        assert_eq!(shown(&matcher, "https://10.1.2.3:8443"), None);
    }

    #[test]
    fn t30_loopback_goes_round_every_proxy() {
        let matcher = Matcher::builder().all("http://proxy.example.org:3128").build();
        for origin in
            ["http://127.0.0.1:7080", "http://localhost:7080", "https://localhost", "https://[::1]:8443", "https://127.9.9.9"]
        {
            assert_eq!(shown(&matcher, origin), None, "{origin}");
        }
        assert!(shown(&matcher, "https://keys.example.org").is_some());
    }

    #[test]
    fn t30_a_proxy_of_another_kind_is_not_gone_round() {
        let matcher = Matcher::builder().all("socks5://ada:hunter2@proxy.example.org").build();
        let error = chosen(&matcher, &"https://keys.example.org".parse().expect("an address")).err().expect("refused");
        assert_eq!(error.code, ErrorCode::Unreachable);
        assert!(error.message.contains("socks5://proxy.example.org") && !error.message.contains("hunter2"), "{}", error.message);
    }
}
