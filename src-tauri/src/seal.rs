//! What holds the window shut: where it may go, and the sealed frame.

use keydeck_console::sealed::{Sealed, SealedRequest};
use tauri::Url;
use tauri::http::{Request, Response, StatusCode, header};

use crate::desktop::Desktop;

/// Whether an address is the program's own page.
#[must_use]
pub fn leads_home(url: &Url) -> bool {
    let origin = (url.scheme(), url.host_str(), url.port());
    // Windows has no schemes of one's own: there the page is at this name, which never leaves the machine.
    origin == ("tauri", Some("localhost"), None) || (cfg!(windows) && origin == ("http", Some("tauri.localhost"), None))
}

/// Decides on a navigation of the page or of a frame in it. A sealed address is armed by it: that is
/// what tells a frame from a fetch.
#[must_use]
pub fn may_go(desktop: Option<&Desktop>, url: &Url) -> bool {
    if Sealed::is_sealed(url.as_str()) {
        let console = desktop.and_then(Desktop::ready);
        if let Some(console) = console {
            console.sealed().arm(url.as_str());
        }
        return console.is_some();
    }
    leads_home(url)
}

/// Answers a request for the sealed scheme.
#[must_use]
pub fn serve(desktop: &Desktop, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
    let Some(console) = desktop.ready() else {
        return refusal(StatusCode::SERVICE_UNAVAILABLE);
    };
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let url = request.uri().to_string();
    let answer = console.sealed().answer(&SealedRequest {
        method: request.method().as_str(),
        url: &url,
        origin: text("Origin"),
        accept: text("Accept"),
        fetch_dest: text("Sec-Fetch-Dest"),
        fetch_mode: text("Sec-Fetch-Mode"),
    });
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(answer.body).unwrap_or_else(|_| refusal(StatusCode::INTERNAL_SERVER_ERROR))
}

fn refusal(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

    use super::*;

    #[test]
    fn the_page_stays_at_home() {
        for home in ["tauri://localhost", "tauri://localhost/", "tauri://localhost/index.html#/keys"] {
            assert!(leads_home(&home.parse().unwrap()), "{home}");
        }
        for away in [
            "https://example.org/",
            "http://localhost/",
            "http://127.0.0.1:8080/",
            "tauri://localhost.example.org/",
            "tauri://example.org/",
            "tauri://localhost:81/",
            "file:///etc/passwd",
            "data:text/html,x",
            "javascript:alert(1)",
            "about:blank",
            "about:srcdoc",
            "blob:tauri://localhost/x",
        ] {
            assert!(!leads_home(&away.parse().unwrap()), "{away}");
        }
        assert_eq!(leads_home(&"http://tauri.localhost/".parse().unwrap()), cfg!(windows));
    }
}
