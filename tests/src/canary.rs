//! The canary: what must not be found is looked for everywhere.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use keydeck_domain::KeyFormat;

/// Fails where a text holds a key, a session's token or a verifier.
///
/// # Panics
/// Where it does; the message does not repeat it.
pub fn page_is_clean(page: &str, at: &str) {
    assert!(!holds_any(page.as_bytes()), "at ‘{at}’ the page holds a key or a token");
}

/// The files below the folders that hold any key, session's token or verifier in plain text.
///
/// # Panics
/// Where nothing was looked at: then it would say nothing.
#[must_use]
pub fn find_any(folders: &[&Path]) -> Vec<PathBuf> {
    let mut files = below(folders);
    files.retain(|file| std::fs::read(file).is_ok_and(|content| holds_any(&content)));
    files
}

/// Whether a text holds something that looks like one of ours: a key with a right checksum, or what
/// sessions, verifiers, claims and invitations begin with and enough behind it.
fn holds_any(text: &[u8]) -> bool {
    text.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').filter_map(|word| std::str::from_utf8(word).ok()).any(
        |word| {
            let token = ["kds_", "kdv_", "kdc_", "kdi_", "kdw_"].iter().any(|start| word.starts_with(start)) && word.len() > 20;
            token || KeyFormat::parse(word).is_ok()
        },
    )
}

fn below(folders: &[&Path]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in folders {
        gather(folder, &mut files);
    }
    assert!(!files.is_empty(), "there is something to look at");
    files
}

/// Looks for secrets in every file below the folders: as they are, in UTF-16, in base64 at every
/// offset, in hexadecimal, and backwards not at all. Gives where they were found.
///
/// # Panics
/// Where nothing was looked at: then it would say nothing.
#[must_use]
pub fn find(secrets: &[String], folders: &[&Path]) -> Vec<PathBuf> {
    assert!(!secrets.is_empty(), "there is something to look for");
    let needles: Vec<Vec<u8>> = secrets.iter().flat_map(|secret| forms(secret)).collect();
    let mut files = below(folders);
    files.retain(|file| std::fs::read(file).is_ok_and(|content| needles.iter().any(|needle| holds(&content, needle))));
    files
}

/// The ways in which a text can stand in a file.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let mut forms = vec![bytes.to_vec(), hex::encode(bytes).into_bytes(), hex::encode_upper(bytes).into_bytes()];
    forms.push(secret.encode_utf16().flat_map(u16::to_le_bytes).collect());
    forms.push(secret.encode_utf16().flat_map(u16::to_be_bytes).collect());
    for offset in 0..3 {
        // What stands before a text in base64 moves it by up to two bytes; the first and last
        // characters then depend on the neighbours and are left out.
        let padded = [&vec![0; offset][..], bytes].concat();
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded);
            forms.push(text.as_bytes()[4..text.len() - 4].to_vec());
        }
    }
    forms
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => gather(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            // Links lead to what is looked at anyway, or out of these folders; sockets hold nothing.
            _ => {}
        }
    }
}

fn holds(content: &[u8], needle: &[u8]) -> bool {
    content.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "kd_test_planted0planted0planted0planted0abc";

    fn found(name: &str, content: &[u8]) -> bool {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("deep")).unwrap();
        std::fs::write(folder.path().join("deep").join(name), content).unwrap();
        !find(&[SECRET.to_owned()], &[folder.path()]).is_empty()
    }

    #[test]
    fn a_planted_secret_is_found_in_every_form() {
        assert!(!found("nothing", b"nothing of the kind"));
        assert!(found("plain", format!("x={SECRET};").as_bytes()));
        assert!(found("utf16", &format!("x={SECRET}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()));
        for before in ["", "a", "ab", "abc"] {
            assert!(found("base64", STANDARD_NO_PAD.encode(format!("{before}{SECRET}zz")).as_bytes()), "{before}");
        }
        assert!(found("hex", hex::encode(SECRET).as_bytes()));
    }

    #[test]
    fn a_page_with_a_key_is_not_clean() {
        let key = keydeck_domain::format::generate(&"kd".parse().unwrap(), keydeck_domain::Environment::Test).unwrap();
        // Exposed to be planted.
        let page = format!("<input value=\"{}\">", key.expose());
        assert!(std::panic::catch_unwind(|| page_is_clean(&page, "here")).is_err());
        page_is_clean("<code>kd_test_9c1b…a7Qd</code> and a field that says kdc_…", "here");
        for token in ["kds_", "kdv_", "kdc_", "kdi_", "kdw_"] {
            let link = format!("https://keys.example.org/join#{token}{}", "x7".repeat(22));
            assert!(std::panic::catch_unwind(|| page_is_clean(&link, "here")).is_err(), "{token}");
        }
    }
}
