//! The pepper of the server on this computer: in the keychain, apart from the database.

use std::path::Path;

use keydeck_console::error::{Error, ErrorCode, Result};
use keydeck_console::vault::{Entry, Vault};
use keydeck_domain::Secret;
use keydeck_server::{DATABASE_FILE, Pepper};

/// What people read in the system's own tool.
const LABEL: &str = "Keydeck: pepper of the key server on this computer";
/// It belongs to no address.
const ORIGIN: &str = "keydeck:local";

/// Gives the pepper; makes one where there are no keys yet. Over existing keys none is ever made:
/// it would make every one of them useless.
pub(super) async fn find(folder: &Path, vault: &dyn Vault) -> Result<Pepper> {
    if let Some(kept) = vault.read(&Entry::LocalPepper).await? {
        return decode(&kept.secret);
    }
    if folder.join(DATABASE_FILE).exists() {
        return Err(Error::new(
            ErrorCode::LocalServer,
            format!(
                "The keychain no longer holds the pepper of the key server on this computer (entry ‘{LABEL}’). Without it no key can be \
                 verified. Restore the keychain from a backup; a new pepper is never made over existing keys."
            ),
        ));
    }
    let pepper = Pepper::generate().map_err(|_| Error::new(ErrorCode::Internal, "The system's random generator failed."))?;
    // Kept before it is used: a crash in between leaves a pepper without a database, which is harmless.
    vault.store(&Entry::LocalPepper, LABEL, ORIGIN, &encode(&pepper)).await?;
    Ok(pepper)
}

fn encode(pepper: &Pepper) -> Secret {
    let mut text = String::with_capacity(64);
    // Exposed to be handed to the keychain, the one place that holds it.
    for byte in pepper.expose() {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    Secret::new(text)
}

fn decode(kept: &Secret) -> Result<Pepper> {
    let broken = || {
        Error::new(
            ErrorCode::LocalServer,
            format!("The keychain entry ‘{LABEL}’ does not hold a pepper. Restore it from a backup."),
        )
    };
    // Exposed to be read back from the keychain's text.
    let text = kept.expose().as_bytes();
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() {
        return Err(broken());
    }
    for (byte, digits) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let digit = |at: usize| char::from(digits[at]).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(0).zip(digit(1)).map(|(high, low)| high << 4 | low).ok_or_else(broken)?;
    }
    Ok(Pepper::from_bytes(bytes))
}
