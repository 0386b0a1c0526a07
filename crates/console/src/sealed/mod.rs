//! The sealed frame: shows a secret once, in a frame that the page can't read. The host gives each
//! request of the scheme `sealed` to [`Sealed::answer`] and each navigation to [`Sealed::arm`].
//!
//! A request is served where its token is known and armed, it is a `GET` without `Origin` that asks
//! for HTML, and the Sec-Fetch headers, where the webview sends them, are those of a frame's
//! navigation. What tells a navigation from a `fetch` is the arming: only a navigation does it. A
//! token is used up by the first touch, served or refused.

mod page;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use keydeck_domain::Secret;

use crate::handoff::Reveal;

/// The scheme's name.
pub const SCHEME: &str = "sealed";
/// How long a secret can be looked at, and how long its address waits for it.
pub const SECONDS: u32 = 30;

/// Where the scheme's addresses begin: webviews on Windows know no schemes of their own.
const BASE: &str = if cfg!(windows) { "http://sealed.localhost/" } else { "sealed://localhost/" };
/// Which page may hold the frame.
const ANCESTOR: &str = if cfg!(windows) { "http://tauri.localhost" } else { "tauri://localhost" };
/// Navigations of frames are not told on Windows, so there they can't be asked for.
const MUST_BE_ARMED: bool = !cfg!(windows);
const BLANK: &str = "blank";

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

impl SealedRequest<'_> {
    fn is_navigation_of_a_frame(&self) -> bool {
        self.method == "GET"
            && self.origin.is_none()
            && self.accept.is_some_and(|accept| accept.starts_with("text/html"))
            && self.fetch_dest.is_none_or(|dest| dest == "iframe")
            && self.fetch_mode.is_none_or(|mode| mode == "navigate")
    }
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
pub struct Sealed {
    waiting: Mutex<HashMap<String, Waiting>>,
}

struct Waiting {
    /// Gone once it was touched.
    secret: Option<Secret>,
    armed: bool,
    served: bool,
    until: Instant,
}

impl Sealed {
    /// Whether an address belongs to the sealed scheme.
    #[must_use]
    pub fn is_sealed(url: &str) -> bool {
        url.starts_with("sealed:") || url.starts_with(BASE)
    }

    /// Makes an address at which this secret can be looked at once.
    #[must_use]
    pub fn issue(&self, secret: Secret) -> Reveal {
        // 122 random bits: as good as the generator that keys come from.
        let token = uuid::Uuid::new_v4().simple().to_string();
        let until = Instant::now() + Duration::from_secs(u64::from(SECONDS));
        let waiting = Waiting { secret: Some(secret), armed: false, served: false, until };
        let address = format!("{BASE}{token}");
        self.lock().insert(token, waiting);
        Reveal { address, blank: format!("{BASE}{BLANK}"), seconds: SECONDS }
    }

    /// A frame navigates to this address: it may be served now.
    pub fn arm(&self, url: &str) {
        if let Some(token) = token(url) {
            self.lock().entry(token.to_owned()).and_modify(|waiting| waiting.armed = true);
        }
    }

    /// Answers a request, at most once with the secret.
    #[must_use]
    pub fn answer(&self, request: &SealedRequest<'_>) -> SealedAnswer {
        let Some(token) = token(request.url) else { return refused() };
        if token == BLANK {
            return if request.method == "GET" { page(200, page::blank()) } else { refused() };
        }
        let mut all = self.lock();
        let Some(waiting) = all.get_mut(token) else { return refused() };
        // Taken out first: whatever follows, there is no second time.
        let Some(secret) = waiting.secret.take() else { return refused() };
        let armed = waiting.armed || !MUST_BE_ARMED;
        if !armed || !request.is_navigation_of_a_frame() || Instant::now() >= waiting.until {
            return refused();
        }
        waiting.served = true;
        page(200, page::secret(&secret))
    }

    /// Whether the secret was served at this address.
    #[must_use]
    pub fn served(&self, address: &str) -> bool {
        token(address).is_some_and(|token| self.lock().get(token).is_some_and(|waiting| waiting.served))
    }

    /// Forgets a secret that was not looked at.
    pub fn end(&self, address: &str) {
        if let Some(token) = token(address) {
            self.lock().remove(token);
        }
    }

    /// Forgets all of them.
    pub fn end_all(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last part of an address of ours; anything more in it, and it is none.
fn token(url: &str) -> Option<&str> {
    let token = url.strip_prefix(BASE)?;
    (!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(token)
}

fn refused() -> SealedAnswer {
    page(404, page::blank())
}

fn page(status: u16, body: Vec<u8>) -> SealedAnswer {
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors {ANCESTOR}; sandbox"
    );
    // Never an Access-Control-Allow-Origin: with it the page could read the secret by fetch.
    let headers = vec![
        ("Content-Type", "text/html; charset=utf-8".to_owned()),
        ("Cache-Control", "no-store".to_owned()),
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff".to_owned()),
        ("Referrer-Policy", "no-referrer".to_owned()),
        ("Cross-Origin-Resource-Policy", "same-origin".to_owned()),
    ];
    SealedAnswer { status, headers, body }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    const CANARY: &str = "kd_test_CANARY";

    fn issued() -> (Sealed, Reveal) {
        let sealed = Sealed::default();
        let reveal = sealed.issue(Secret::new(CANARY.to_owned()));
        (sealed, reveal)
    }

    fn navigation(url: &str) -> SealedRequest<'_> {
        SealedRequest { method: "GET", url, accept: Some("text/html,application/xhtml+xml"), ..SealedRequest::default() }
    }

    fn shows(answer: &SealedAnswer) -> bool {
        String::from_utf8_lossy(&answer.body).contains(CANARY)
    }

    #[test]
    fn a_frame_sees_it_once() {
        let (sealed, reveal) = issued();
        assert!(!sealed.served(&reveal.address));
        sealed.arm(&reveal.address);
        let first = sealed.answer(&navigation(&reveal.address));
        assert!(first.status == 200 && shows(&first) && sealed.served(&reveal.address));
        let second = sealed.answer(&navigation(&reveal.address));
        assert!(second.status == 404 && !shows(&second));
    }

    #[test]
    fn whoever_is_no_frame_uses_it_up_unseen() {
        let (_, sample) = issued();
        let url = sample.address.as_str();
        let right = navigation(url);
        for wrong in [
            SealedRequest { method: "POST", ..right },
            SealedRequest { method: "HEAD", ..right },
            SealedRequest { origin: Some("tauri://localhost"), ..right },
            SealedRequest { origin: Some("null"), ..right },
            SealedRequest { accept: Some("*/*"), ..right },
            SealedRequest { accept: None, ..right },
            SealedRequest { fetch_dest: Some("empty"), ..right },
            SealedRequest { fetch_dest: Some("document"), ..right },
            SealedRequest { fetch_mode: Some("cors"), ..right },
        ] {
            let (sealed, reveal) = issued();
            sealed.arm(&reveal.address);
            let answer = sealed.answer(&SealedRequest { url: &reveal.address, ..wrong });
            assert!(answer.status == 404 && !shows(&answer), "{wrong:?}");
            let after = sealed.answer(&navigation(&reveal.address));
            assert!(!shows(&after) && !sealed.served(&reveal.address), "{wrong:?}");
        }
    }

    #[cfg(not(windows))]
    #[test]
    fn what_was_not_armed_is_not_served() {
        let (sealed, reveal) = issued();
        assert!(!shows(&sealed.answer(&navigation(&reveal.address))));
        sealed.arm(&reveal.address);
        assert!(!shows(&sealed.answer(&navigation(&reveal.address))));
    }

    #[test]
    fn its_time_ends() {
        let (sealed, reveal) = issued();
        sealed.lock().values_mut().for_each(|waiting| waiting.until = Instant::now());
        sealed.arm(&reveal.address);
        assert!(!shows(&sealed.answer(&navigation(&reveal.address))));
        let (sealed, reveal) = issued();
        sealed.arm(&reveal.address);
        sealed.end(&reveal.address);
        assert!(!shows(&sealed.answer(&navigation(&reveal.address))));
    }

    #[test]
    fn only_the_exact_address() {
        let (sealed, reveal) = issued();
        for wrong in [
            format!("{}/", reveal.address),
            format!("{}?a=b", reveal.address),
            format!("{}#a", reveal.address),
            reveal.address.replace("localhost", "evil.example"),
            format!("{BASE}../{}", &reveal.address[BASE.len()..]),
        ] {
            sealed.arm(&wrong);
            let answer = sealed.answer(&navigation(&wrong));
            assert!(answer.status == 404 && !shows(&answer), "{wrong}");
        }
        sealed.arm(&reveal.address);
        assert!(shows(&sealed.answer(&navigation(&reveal.address))));
    }

    #[test]
    fn every_answer_forbids_the_same_things() {
        let (sealed, reveal) = issued();
        sealed.arm(&reveal.address);
        for url in [reveal.address.as_str(), reveal.blank.as_str(), "sealed://localhost/unknown"] {
            let answer = sealed.answer(&navigation(url));
            let header = |name| answer.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str());
            assert_eq!(header("Cache-Control"), Some("no-store"));
            assert_eq!(header("Access-Control-Allow-Origin"), None);
            let policy = header("Content-Security-Policy").unwrap();
            assert!(policy.starts_with("default-src 'none'; ") && policy.ends_with("; sandbox"));
            assert_eq!(answer.body.len() % 4_096, 0);
        }
    }
}
