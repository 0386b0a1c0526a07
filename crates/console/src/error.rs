//! What can go wrong, as the window hears of it: a closed code and a message. The words that a
//! person reads stand in one table of the window, keyed by the code.

use serde::{Deserialize, Serialize};

/// What went wrong, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum ErrorCode {
    /// A value that was typed is not acceptable; the message says which and why.
    Invalid,
    /// The address is not https, and not this computer.
    InsecureAddress,
    /// The server can't be reached.
    Unreachable,
    /// The server's certificate is not to be trusted.
    Certificate,
    /// The server took too long.
    Timeout,
    /// The person cancelled.
    Cancelled,
    /// What answered is not a key server.
    NotAKeyServer,
    /// The server is too old or too new for this version.
    Incompatible,
    /// The server's answer can't be read.
    BadAnswer,
    /// The server answered with a redirect, which is never followed.
    Redirected,
    /// E-mail or password is wrong.
    WrongCredentials,
    /// Nobody is signed in, or the session is over.
    SignedOut,
    /// The role does not allow it.
    Forbidden,
    /// There is no such key or organization any more.
    NotFound,
    /// Something else is there already.
    Conflict,
    /// A revoked key can't be changed.
    Revoked,
    /// Too often; try again later.
    RateLimited,
    /// The server failed or is not available now.
    ServerFailed,
    /// The keychain is locked.
    KeychainLocked,
    /// There is no keychain.
    KeychainAbsent,
    /// The keychain refused or failed.
    KeychainRefused,
    /// The keychain holds no such entry.
    NotInKeychain,
    /// The clipboard can't be used.
    Clipboard,
    /// The settings can't be read or written.
    Settings,
    /// The file that the person wants can't be written.
    File,
    /// The server on this computer can't be started.
    LocalServer,
    /// The link is not https.
    UnsafeLink,
    /// A fault of this program.
    Internal,
}

/// An error as the window gets it. Holds nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Error {
    /// For programs.
    pub code: ErrorCode,
    /// What is wrong this time, in a sentence that a person can read.
    pub message: String,
    /// After how many seconds it can be tried again, where the server said so.
    pub retry_after: Option<u32>,
}

/// What every use-case returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with its sentence.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after: None }
    }
}
