//! The clipboard of Wayland, macOS and Windows. Whether it is still ours can be told there only by
//! what is in it, so it is read once, when it is to be cleared, and compared by its hash.

use keydeck_domain::{Digest, Secret};
use zeroize::Zeroizing;

use super::ClipboardEnd;
use super::system::Backend;

/// A clipboard that arboard knows.
pub struct Portable {
    clipboard: arboard::Clipboard,
    ours: Option<Digest>,
}

impl Portable {
    /// Connects.
    pub fn connect() -> Result<Self, String> {
        let clipboard = arboard::Clipboard::new().map_err(|error| error.to_string())?;
        Ok(Self { clipboard, ours: None })
    }
}

impl Backend for Portable {
    fn put(&mut self, text: Secret) -> Result<(), String> {
        // Exposed to be copied, which is what the person asked for.
        let set = excluded(self.clipboard.set());
        set.text(text.expose()).map_err(|_| "it refused the text".to_owned())?;
        self.ours = Some(Digest::of(&text));
        Ok(())
    }

    fn is_ours(&self) -> bool {
        // Not looked at: that would read what others copied.
        self.ours.is_some()
    }

    fn clear(&mut self) -> ClipboardEnd {
        let Some(ours) = self.ours.take() else { return ClipboardEnd::Replaced };
        let now = match self.clipboard.get_text() {
            Ok(text) => Zeroizing::new(text),
            Err(arboard::Error::ContentNotAvailable | arboard::Error::ConversionFailure) => return ClipboardEnd::Replaced,
            Err(_) => return ClipboardEnd::Failed,
        };
        if Digest::of_text(&now) != ours {
            return ClipboardEnd::Replaced;
        }
        match self.clipboard.clear() {
            Ok(()) => ClipboardEnd::Cleared,
            Err(_) => {
                self.ours = Some(ours);
                ClipboardEnd::Failed
            }
        }
    }
}

/// The text that is in the clipboard now. May wait for another program.
pub fn read() -> Result<Secret, &'static str> {
    let mut clipboard = arboard::Clipboard::new().map_err(|_| "The clipboard can't be used.")?;
    clipboard.get_text().map(Secret::new).map_err(|_| "There is no text in the clipboard. Copy the key, then try again.")
}

/// Takes this text out, whoever put it there, if it is still what is in it.
pub fn clear_this(text: &Secret) -> ClipboardEnd {
    let Ok(mut clipboard) = arboard::Clipboard::new() else { return ClipboardEnd::Failed };
    match clipboard.get_text().map(Zeroizing::new) {
        Ok(now) if Digest::of_text(&now) == Digest::of(text) => {}
        Ok(_) | Err(arboard::Error::ContentNotAvailable | arboard::Error::ConversionFailure) => return ClipboardEnd::Replaced,
        Err(_) => return ClipboardEnd::Failed,
    }
    clipboard.clear().map_or(ClipboardEnd::Failed, |()| ClipboardEnd::Cleared)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn excluded(set: arboard::Set<'_>) -> arboard::Set<'_> {
    use arboard::SetExtLinux;
    set.exclude_from_history()
}

#[cfg(target_os = "macos")]
fn excluded(set: arboard::Set<'_>) -> arboard::Set<'_> {
    use arboard::SetExtApple;
    set.exclude_from_history()
}

#[cfg(windows)]
fn excluded(set: arboard::Set<'_>) -> arboard::Set<'_> {
    use arboard::SetExtWindows;
    set.exclude_from_monitoring().exclude_from_cloud().exclude_from_history()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    /// arboard's way over X11, which is what a test machine has; with `KEYDECK_TEST_DISPLAY=1` it
    /// fails where there is no display.
    #[test]
    fn only_what_is_ours_is_cleared() {
        if std::env::var_os("DISPLAY").is_none() {
            assert!(std::env::var_os("KEYDECK_TEST_DISPLAY").is_none(), "KEYDECK_TEST_DISPLAY is set, and there is no DISPLAY");
            return;
        }
        let mut portable = Portable::connect().unwrap();
        assert_eq!(portable.clear(), ClipboardEnd::Replaced, "nothing of ours is in it");
        portable.put(Secret::new("kd_test_COPIED".to_owned())).unwrap();
        assert!(portable.is_ours());
        assert_eq!(portable.clear(), ClipboardEnd::Cleared);
        assert!(portable.clipboard.get_text().is_err());
        portable.put(Secret::new("kd_test_COPIED".to_owned())).unwrap();
        portable.clipboard.set_text("mine").unwrap();
        assert_eq!(portable.clear(), ClipboardEnd::Replaced);
        assert_eq!(portable.clipboard.get_text().unwrap(), "mine");
    }
}
