//! Which computer signs in: a person tells his sessions apart by it. Said to a keydeck-server, where a session
//! begins, and nowhere else.

use std::sync::LazyLock;

/// Longest name of a computer that is told, in characters.
const LONGEST: usize = 64;

/// `keydeck/0.1.0 (ada-laptop; Linux)`: the value of `User-Agent` where a session begins.
pub(super) fn caller() -> &'static str {
    static CALLER: LazyLock<String> = LazyLock::new(|| described(&gethostname::gethostname().to_string_lossy(), system()));
    &CALLER
}

fn described(computer: &str, system: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    match plain(computer).as_str() {
        "" => format!("keydeck/{version} ({system})"),
        computer => format!("keydeck/{version} ({computer}; {system})"),
    }
}

/// What a header takes of a name, and what can't be taken for the rest of the line.
fn plain(name: &str) -> String {
    let allowed = |c: char| c == ' ' || (c.is_ascii_graphic() && !matches!(c, '(' | ')' | ';' | '\\' | '"'));
    let told: String = name.trim().chars().take(LONGEST).map(|c| if allowed(c) { c } else { '_' }).collect();
    told.trim().to_owned()
}

fn system() -> &'static str {
    match std::env::consts::OS {
        "linux" => "Linux",
        "macos" => "macOS",
        "windows" => "Windows",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_as_a_header_takes_it() {
        for (name, told) in [
            ("ada-laptop", "ada-laptop"),
            (" Ada's MacBook Pro ", "Ada's MacBook Pro"),
            ("jürgens-pc", "j_rgens-pc"),
            ("a\r\nx-forged: 1", "a__x-forged: 1"),
            ("me; Windows) (x", "me_ Windows_ _x"),
            ("", ""),
            ("\u{0}", "_"),
        ] {
            assert_eq!(plain(name), told, "{name:?}");
        }
        assert_eq!(plain(&"n".repeat(200)), "n".repeat(LONGEST));
    }

    #[test]
    fn a_computer_without_a_name_says_its_system() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(described("ada-laptop", "Linux"), format!("keydeck/{version} (ada-laptop; Linux)"));
        assert_eq!(described(" ", "Linux"), format!("keydeck/{version} (Linux)"));
    }
}
