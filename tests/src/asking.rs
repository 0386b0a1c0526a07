//! A client for what a test asks by itself, past the program.

/// What the program uses to encrypt is used here too; it is chosen once for a process.
#[must_use]
pub fn client() -> reqwest::Client {
    encrypt();
    reqwest::Client::new()
}

/// Chooses what encrypts.
pub fn encrypt() {
    // Refused where it was chosen before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
