//! The pages of the sealed frame: no script, nothing from elsewhere, nothing to select.

use keydeck_domain::Secret;
use zeroize::Zeroizing;

/// Every page is as long as a multiple of this, so that its length tells nothing, and so that the
/// page that takes its place covers it in the webview's buffers.
const BLOCK: usize = 4_096;
/// The length of the empty page.
const BLANK: usize = 8_192;

const BEFORE: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Secret</title><style>\
:root{color-scheme:light dark}\
html,body{margin:0;height:100%;background:transparent}\
body{display:flex;align-items:center;padding:0 12px;box-sizing:border-box;user-select:none;-webkit-user-select:none}\
code{font:13px/1.5 ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace;overflow-wrap:anywhere;color:#16181d}\
@media(prefers-color-scheme:dark){code{color:#eceef2}}\
</style></head><body><code>";
const AFTER: &str = "</code></body></html>";

/// The page that shows a secret.
#[must_use]
pub fn secret(secret: &Secret) -> Vec<u8> {
    // Exposed to be shown once to the person who asked, in a frame that the page can't read.
    let text = Zeroizing::new(escaped(secret.expose()));
    padded(&text, BEFORE.len() + text.len() + AFTER.len())
}

/// The empty page that takes its place.
#[must_use]
pub fn blank() -> Vec<u8> {
    padded("", BLANK)
}

fn padded(text: &str, at_least: usize) -> Vec<u8> {
    let length = at_least.next_multiple_of(BLOCK);
    let mut page = Vec::with_capacity(length);
    for part in [BEFORE, text, AFTER] {
        page.extend_from_slice(part.as_bytes());
    }
    page.resize(length, b' ');
    page
}

fn escaped(text: &str) -> String {
    // Six bytes are the longest replacement: the buffer never grows and leaves no copy behind.
    let mut escaped = String::with_capacity(text.len() * 6);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn a_secret_is_text_and_nothing_else() {
        let page = String::from_utf8(secret(&Secret::new("<img src=x onerror=\"a('&')\">".to_owned()))).unwrap();
        assert!(page.contains("<code>&lt;img src=x onerror=&quot;a(&#39;&amp;&#39;)&quot;&gt;</code>"));
        assert!(!page.contains("<img"));
        assert!(!page.contains("<script"));
    }

    #[test]
    fn the_length_tells_nothing() {
        for length in [1, 46, 200] {
            assert_eq!(secret(&Secret::new("x".repeat(length))).len(), BLOCK);
        }
        assert_eq!(secret(&Secret::new("x".repeat(4_000))).len(), 2 * BLOCK);
        assert_eq!(blank().len(), BLANK);
    }
}
