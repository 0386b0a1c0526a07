//! What is wrong in the environment that this program was started with, put right before anything
//! reads it.
//!
//! - With the locale `C` the webview's language is `C`, which is no language: number and date
//!   formats throw, and charts don't load.
//! - `TAURI_WEBVIEW_AUTOMATION` lets any program of this session drive the window. What is shipped
//!   takes none of that, nor `KEYDECK_SAVE_TO` ([`save_to`]).
//!
//! Setting a variable is only sound while there is one thread, and what was set can be read late:
//! so the program starts itself again with the right environment. It can't do that twice, because
//! there is nothing to mend in a mended environment.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

/// What a plain locale is exchanged for. It need not be generated on the machine.
const LOCALE: &str = "en_US.UTF-8";
/// The variables that name a locale, the strongest first.
const LOCALES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];
/// With it WebKit's pages are painted by the processor.
#[cfg(target_os = "linux")]
const PAINTING: &str = "WEBKIT_SKIA_ENABLE_CPU_RENDERING";
const AUTOMATION: &str = "TAURI_WEBVIEW_AUTOMATION";
const SAVE_TO: &str = "KEYDECK_SAVE_TO";
/// Whether WebDriver may drive this build.
const AUTOMATED: bool = cfg!(any(debug_assertions, feature = "automation"));

/// One variable and what becomes of it: a value, or nothing.
type Change = (&'static str, Option<&'static str>);

/// Starts this program again where its environment is wrong; returns where it is right.
///
/// # Errors
/// Where the program can't start itself again.
pub fn mend() -> io::Result<()> {
    let changes = changes(|name| std::env::var_os(name), AUTOMATED);
    if changes.is_empty() { Ok(()) } else { start_again(&changes) }
}

/// Lets the processor paint the page, unless the person has chosen. The first picture of a page by the
/// graphics card needs a program for each kind of stroke, compiled when it is first drawn; without a
/// card, as on many virtual machines, the processor has that work as well, and the window opens later.
///
/// It must be called while there is one thread.
#[cfg(target_os = "linux")]
pub fn paint_at_once() {
    // WebKit's web process reads it, which is started with this one's environment.
    if std::env::var_os(PAINTING).is_none() && glib::setenv(PAINTING, "1", false).is_err() {
        tracing::warn!("the way of painting could not be chosen");
    }
}

/// Elsewhere the webview chooses.
#[cfg(not(target_os = "linux"))]
pub fn paint_at_once() {}

/// The folder that files are saved to without asking, for tests that can't click in a dialog of the system.
/// What is shipped always asks.
#[must_use]
pub fn save_to() -> Option<PathBuf> {
    folder(|name| std::env::var_os(name), AUTOMATED)
}

fn folder(variable: impl Fn(&str) -> Option<OsString>, automated: bool) -> Option<PathBuf> {
    variable(SAVE_TO).filter(|folder| automated && !folder.is_empty()).map(PathBuf::from)
}

fn changes(variable: impl Fn(&str) -> Option<OsString>, automated: bool) -> Vec<Change> {
    let mut changes = Vec::new();
    let first = LOCALES.into_iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    if first.is_none_or(|value| is_plain(&value)) {
        for name in LOCALES {
            if variable(name).is_some_and(|value| is_plain(&value)) {
                changes.push((name, None));
            }
        }
        // The strongest that is left may name a real locale; then nothing is invented.
        let left = LOCALES.into_iter().any(|name| variable(name).is_some_and(|value| !is_plain(&value)));
        if !left {
            changes.retain(|(name, _)| *name != "LANG");
            changes.push(("LANG", Some(LOCALE)));
        }
    }
    if !automated && variable(AUTOMATION).is_some() {
        changes.push((AUTOMATION, None));
    }
    changes
}

/// No language: empty, `C`, `POSIX` or `C.UTF-8`.
fn is_plain(value: &OsString) -> bool {
    let text = value.to_string_lossy();
    text.is_empty() || text == "C" || text == "POSIX" || text.starts_with("C.")
}

#[cfg(unix)]
fn start_again(changes: &[Change]) -> io::Result<()> {
    use std::os::unix::process::CommandExt;

    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.args(std::env::args_os().skip(1));
    for (name, value) in changes {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    // Replaces this process: the process id stays, and only a failure returns.
    Err(command.exec())
}

#[cfg(not(unix))]
fn start_again(_changes: &[Change]) -> io::Result<()> {
    // The locale is not taken from the environment here, and automation is asked for elsewhere.
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

    use std::collections::BTreeMap;

    use super::*;

    fn mended(given: &[(&str, &str)], automated: bool) -> BTreeMap<String, String> {
        let mut environment: BTreeMap<String, String> =
            given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let look = |environment: &BTreeMap<String, String>, name: &str| environment.get(name).map(OsString::from);
        for (name, value) in changes(|name| look(&environment, name), automated) {
            match value {
                Some(value) => environment.insert(name.to_owned(), value.to_owned()),
                None => environment.remove(name),
            };
        }
        let again = changes(|name| look(&environment, name), automated);
        assert!(again.is_empty(), "a mended environment is mended again: {given:?}");
        environment
    }

    fn check(given: &[(&str, &str)], expected: &[(&str, &str)]) {
        let expected = expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(mended(given, true), expected, "{given:?}");
    }

    #[test]
    fn a_locale_without_a_language_is_exchanged() {
        let english = [("LANG", LOCALE)];
        check(&[], &english);
        check(&[("LANG", "")], &english);
        check(&[("LANG", "C")], &english);
        check(&[("LANG", "POSIX")], &english);
        check(&[("LC_ALL", "C")], &english);
        check(&[("LC_ALL", "C.UTF-8"), ("LANG", "C.UTF-8")], &english);
        check(&[("LC_MESSAGES", "C")], &english);
    }

    #[test]
    fn a_real_locale_stays() {
        check(&[("LANG", "de_AT.UTF-8")], &[("LANG", "de_AT.UTF-8")]);
        check(&[("LC_ALL", "C"), ("LANG", "de_AT.UTF-8")], &[("LANG", "de_AT.UTF-8")]);
        check(&[("LC_ALL", "fr_FR.UTF-8"), ("LANG", "C")], &[("LC_ALL", "fr_FR.UTF-8"), ("LANG", "C")]);
    }

    #[test]
    fn what_is_shipped_always_asks_where_a_file_is_to_be() {
        let set = |name: &str| (name == SAVE_TO).then(|| OsString::from("/tmp/saved"));
        assert_eq!(folder(set, false), None);
        assert_eq!(folder(set, true), Some(PathBuf::from("/tmp/saved")));
        assert_eq!(folder(|_| None, true), None);
        assert_eq!(folder(|_| Some(OsString::new()), true), None);
        // A debug build, as every test is, or one that was made to be driven; nothing else.
        assert_eq!(AUTOMATED, cfg!(debug_assertions) || cfg!(feature = "automation"));
    }

    #[test]
    fn what_is_shipped_takes_no_automation() {
        let given = [("LANG", LOCALE), (AUTOMATION, "true")];
        assert!(!mended(&given, false).contains_key(AUTOMATION));
        assert!(mended(&given, true).contains_key(AUTOMATION));
    }
}
