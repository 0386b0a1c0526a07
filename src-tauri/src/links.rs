//! Opens links in the system's browser. Only https comes here: the console decides that.

use keydeck_console::error::{Error, ErrorCode, Result};
use keydeck_console::ports::Opener;
use url::Url;

/// The system's own way.
pub struct SystemOpener;

impl Opener for SystemOpener {
    fn open(&self, url: &Url) -> Result<()> {
        // Detached: a browser that starts slowly must not hold up the window.
        open::that_detached(url.as_str())
            .map_err(|_| Error::new(ErrorCode::Internal, "The system has no program that opens links."))
    }
}
