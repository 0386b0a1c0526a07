//! The sealed frame: shows a secret once, in a frame that the page can't read. The host gives each
//! request of the scheme `sealed` to [`Sealed::answer`] and each navigation to [`Sealed::arm`].

use keydeck_domain::Secret;

use crate::handoff::Reveal;

/// The scheme's name.
pub const SCHEME: &str = "sealed";

/// A request of the webview for the sealed scheme.
#[derive(Clone, Copy, Debug, Default)]
pub struct SealedRequest<'a> {
    /// `GET`, …
    pub method: &'a str,
    /// The whole address.
    pub url: &'a str,
    /// The header `Origin`.
    pub origin: Option<&'a str>,
    /// The header `Accept`.
    pub accept: Option<&'a str>,
    /// The header `Sec-Fetch-Dest`.
    pub fetch_dest: Option<&'a str>,
    /// The header `Sec-Fetch-Mode`.
    pub fetch_mode: Option<&'a str>,
}

/// What the webview gets.
pub struct SealedAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The page.
    pub body: Vec<u8>,
}

/// The secrets that wait to be looked at.
#[derive(Default)]
pub struct Sealed {}

impl Sealed {
    /// Whether an address belongs to the sealed scheme.
    #[must_use]
    pub fn is_sealed(_url: &str) -> bool {
        false
    }

    /// Makes an address at which this secret can be looked at once.
    #[must_use]
    pub fn issue(&self, _secret: Secret) -> Reveal {
        Reveal { address: String::new(), blank: String::new(), seconds: 0 }
    }

    /// A frame navigates to this address: it may be served now.
    pub fn arm(&self, _url: &str) {}

    /// Answers a request, at most once with the secret.
    #[must_use]
    pub fn answer(&self, _request: &SealedRequest<'_>) -> SealedAnswer {
        SealedAnswer { status: 404, headers: Vec::new(), body: Vec::new() }
    }

    /// Whether the secret was served at this address.
    #[must_use]
    pub fn served(&self, _address: &str) -> bool {
        false
    }

    /// Forgets a secret that was not looked at.
    pub fn end(&self, _address: &str) {}
}
