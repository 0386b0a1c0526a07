//! Where requests may go, decided before anything is sent: https, or this computer.

use url::{Host, Url};

use crate::error::{Error, ErrorCode, Result};

/// Where a key server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Scheme, host and port.
    pub origin: Url,
    /// The path under which it lives, without a closing slash: `/memory-api`, or nothing.
    pub base: String,
}

impl std::fmt::Display for Address {
    /// As it is kept, compared, and shown: what belongs to it is bound to the whole of it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", text(&self.origin), self.base)
    }
}

impl Address {
    /// An origin alone.
    #[must_use]
    pub fn of(origin: Url) -> Self {
        Self { origin, base: String::new() }
    }
}

/// The origin that a typed address stands for. Without a scheme https is meant.
///
/// # Errors
/// [`ErrorCode::Invalid`] for what is not an origin, [`ErrorCode::InsecureAddress`] for plain http
/// to another machine.
pub fn origin(typed: &str) -> Result<Url> {
    let Address { origin, base } = under_a_path(typed)?;
    if !base.is_empty() {
        return Err(invalid("An address can't hold a path: only the server's name and port are wanted."));
    }
    Ok(origin)
}

/// The same where the server can live under a path.
///
/// # Errors
/// As [`origin`], but for the path.
pub fn under_a_path(typed: &str) -> Result<Address> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(invalid("Type the address of a key server, such as https://keys.example.org."));
    }
    let with_scheme = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let mut url =
        Url::parse(&with_scheme).map_err(|_| invalid("This is not an address. It should look like https://keys.example.org."))?;
    // Looked at first: what stands before the @ can be a password, which must not be echoed.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("An address can't hold a user name or a password. You sign in after adding it."));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("An address can't hold a `?` or a `#`: only the server's name and port are wanted."));
    }
    if url.host().is_none() {
        return Err(invalid("The address lacks the server's name."));
    }
    let base = url.path().trim_end_matches('/').to_owned();
    let odd = |c: char| !(c.is_ascii_alphanumeric() || "/-_.~".contains(c));
    if base.contains(odd) || base.contains("//") {
        return Err(invalid("The path of an address can hold letters, digits, `-`, `_`, `.` and `~` alone."));
    }
    url.set_path("");
    match url.scheme() {
        "https" => Ok(Address { origin: url, base }),
        "http" if is_loopback(&url) => Ok(Address { origin: url, base }),
        "http" => Err(Error::new(
            ErrorCode::InsecureAddress,
            "Plain http would show passwords and tokens to everybody on the way. Use https; http is for this computer alone.",
        )),
        _ => Err(invalid("Only https addresses can be used.")),
    }
}

/// Whether an address is this computer's own: decided by its text, without asking a name server,
/// which could lie.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The text of an origin, as it is kept and compared: no path, no closing slash.
#[must_use]
pub fn text(origin: &Url) -> String {
    origin.origin().ascii_serialization()
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorCode::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_taken() {
        let check =
            |typed: &str, expected: &str| assert_eq!(origin(typed).map(|url| text(&url)), Ok(expected.to_owned()), "{typed}");
        check("keys.example.org", "https://keys.example.org");
        check(" https://Keys.Example.org/ ", "https://keys.example.org");
        check("https://keys.example.org:8443", "https://keys.example.org:8443");
        check("keys.example.org:8443", "https://keys.example.org:8443");
        check("http://localhost:7080", "http://localhost:7080");
        check("http://127.0.0.1:7080", "http://127.0.0.1:7080");
        check("http://127.9.9.9", "http://127.9.9.9");
        check("http://[::1]:7080", "http://[::1]:7080");
        check("https://bücher.example", "https://xn--bcher-kva.example");
    }

    #[test]
    fn t28_plain_http_stays_on_this_computer() {
        for typed in [
            "http://keys.example.org",
            "http://192.168.1.5:7080",
            "http://localhost.example.org",
            "http://127.0.0.1.example.org",
            "http://0.0.0.0:7080",
            "http://[::ffff:127.0.0.1]:80",
            "http://10.0.0.1",
        ] {
            assert_eq!(origin(typed).map_err(|error| error.code), Err(ErrorCode::InsecureAddress), "{typed}");
        }
    }

    #[test]
    fn a_foreign_system_lives_under_a_path() {
        let check = |typed: &str, expected: &str| {
            assert_eq!(under_a_path(typed).map(|address| address.to_string()), Ok(expected.to_owned()), "{typed}");
        };
        check("keys.example.org/memory-api/v1", "https://keys.example.org/memory-api/v1");
        check("https://app.example.org/api/auth/", "https://app.example.org/api/auth");
        check("https://app.example.org/a/../b", "https://app.example.org/b");
        check("http://localhost:3000", "http://localhost:3000");
        for bad in [
            "https://a.example/x%2fy",
            "https://a.example//b",
            "https://a.example/a b",
            "https://a.example/v1?x",
            "http://a.example/v1",
        ] {
            assert!(under_a_path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_without_echo() {
        for typed in [
            "",
            "https://ada:hunter2@keys.example.org",
            "https://keys.example.org/v1",
            "https://keys.example.org?key=hunter2",
            "https://keys.example.org#hunter2",
            "ftp://keys.example.org",
            "file:///etc/passwd",
            "javascript://localhost/%0aalert(1)",
            "https://",
            "http://ada:hunter2@keys.example.org",
        ] {
            let error = origin(typed).expect_err(typed);
            assert_eq!(error.code, ErrorCode::Invalid, "{typed}");
            assert!(!error.message.contains("hunter2"), "{typed}");
        }
    }
}
