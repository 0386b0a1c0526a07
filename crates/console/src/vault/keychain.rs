//! The operating system's keychain, on a thread of its own: a call of it can block for as long as a
//! person looks at a prompt, and panics in async code.

use std::collections::HashMap;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use keydeck_domain::Secret;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{Entry, Kept, Vault};
use crate::error::{Error, ErrorCode, Result};

/// How long one call may take: long enough for a person to find a password for the prompt. Whoever
/// does not wait for a person puts a shorter limit around the call.
const LIMIT: Duration = Duration::from_secs(60);
/// The service under which our entries stand.
const SERVICE: &str = "Keydeck";
/// The first line of what is kept.
const FORM: &str = "keydeck 1";

/// The operating system's keychain.
pub struct KeychainVault {
    service: String,
    worker: Mutex<Option<mpsc::Sender<Job>>>,
}

type Store = Arc<keyring_core::CredentialStore>;
type Answer = std::result::Result<Option<Zeroizing<Vec<u8>>>, Fault>;

struct Job {
    service: String,
    user: String,
    task: Task,
    reply: oneshot::Sender<Answer>,
}

enum Task {
    Store { label: String, content: Zeroizing<Vec<u8>> },
    Read,
    Forget,
}

/// What went wrong, as far as it makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Locked,
    Absent,
    Refused,
}

impl KeychainVault {
    /// The keychain of who runs this program. Connects on first use.
    #[must_use]
    pub fn open() -> Self {
        Self::named(SERVICE)
    }

    /// The same with a service name of its own, for a second set of folders: entries of one are not
    /// seen by the other.
    #[must_use]
    pub fn named(service: &str) -> Self {
        Self { service: service.to_owned(), worker: Mutex::new(None) }
    }

    async fn ask(&self, entry: &Entry, task: Task) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let (reply, answer) = oneshot::channel();
        let job = Job { service: self.service.clone(), user: user(entry), task, reply };
        self.send(job)?;
        match tokio::time::timeout(LIMIT, answer).await {
            Ok(Ok(answer)) => answer.map_err(told),
            Ok(Err(_)) => Err(told(Fault::Refused)),
            Err(_) => {
                // It hangs in a prompt that nobody answers. The next call gets another thread and
                // another connection; this one ends when the prompt does.
                *self.worker.lock().unwrap_or_else(PoisonError::into_inner) = None;
                Err(Error::new(
                    ErrorCode::KeychainLocked,
                    "The keychain did not answer in time. It may be waiting for its password.",
                ))
            }
        }
    }

    fn send(&self, job: Job) -> Result<()> {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let job = match worker.take() {
            None => job,
            Some(sender) => match sender.send(job) {
                Ok(()) => {
                    *worker = Some(sender);
                    return Ok(());
                }
                Err(mpsc::SendError(job)) => job,
            },
        };
        let (sender, jobs) = mpsc::channel();
        let failed = || told(Fault::Refused);
        sender.send(job).map_err(|_| failed())?;
        std::thread::Builder::new().name("keychain".to_owned()).spawn(move || work(&jobs)).map_err(|_| failed())?;
        *worker = Some(sender);
        Ok(())
    }
}

#[async_trait]
impl Vault for KeychainVault {
    async fn store(&self, entry: &Entry, label: &str, origin: &str, secret: &Secret) -> Result<()> {
        // Exposed to be kept in the keychain, the one place where it may lie.
        let parts = [FORM, "\n", origin, "\n", secret.expose()];
        let mut content = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
        parts.iter().for_each(|part| content.extend_from_slice(part.as_bytes()));
        self.ask(entry, Task::Store { label: label.to_owned(), content }).await.map(drop)
    }

    async fn read(&self, entry: &Entry) -> Result<Option<Kept>> {
        let content = self.ask(entry, Task::Read).await?;
        content.map(|content| parse(&content)).transpose()
    }

    async fn forget(&self, entry: &Entry) -> Result<()> {
        self.ask(entry, Task::Forget).await.map(drop)
    }

    fn store_name(&self) -> &'static str {
        if cfg!(target_os = "macos") {
            "macOS Keychain"
        } else if cfg!(windows) {
            "Windows Credential Manager"
        } else {
            "Secret Service"
        }
    }
}

/// Under which name an entry is found again.
fn user(entry: &Entry) -> String {
    match entry {
        Entry::SessionToken(connection) => format!("session/{}", connection.0),
        Entry::KeySecret(key) => format!("key/{}/{}/{}", key.connection.0, key.organization, key.key),
        Entry::LocalPepper => "local-server/pepper".to_owned(),
        Entry::Check => "check".to_owned(),
    }
}

fn parse(content: &[u8]) -> Result<Kept> {
    let strange = || Error::new(ErrorCode::KeychainRefused, "The keychain's entry was changed by another program.");
    let text = std::str::from_utf8(content).map_err(|_| strange())?;
    let (form, rest) = text.split_once('\n').ok_or_else(strange)?;
    let (origin, secret) = rest.split_once('\n').ok_or_else(strange)?;
    if form != FORM {
        return Err(strange());
    }
    Ok(Kept { origin: origin.to_owned(), secret: Secret::new(secret.to_owned()) })
}

fn told(fault: Fault) -> Error {
    match fault {
        Fault::Locked => Error::new(ErrorCode::KeychainLocked, "The keychain is locked."),
        Fault::Absent => Error::new(ErrorCode::KeychainAbsent, "This computer has no keychain, or it does not run."),
        Fault::Refused => Error::new(ErrorCode::KeychainRefused, "The keychain refused or failed."),
    }
}

/// The thread's work: one job after the other, over one connection as long as it holds.
fn work(jobs: &mpsc::Receiver<Job>) {
    let mut store = None;
    for job in jobs {
        // Whoever asked has gone: a late answer helps nobody.
        if job.reply.is_closed() {
            continue;
        }
        let mut answer = once(&mut store, &job);
        if answer == Err(Fault::Refused) {
            // The keychain's program may have been started anew: then the old connection is of no use.
            store = None;
            answer = once(&mut store, &job);
        }
        if answer.is_err() {
            store = None;
        }
        let _gone = job.reply.send(answer);
    }
}

fn once(store: &mut Option<Store>, job: &Job) -> Answer {
    let store = match store {
        Some(store) => store,
        None => store.insert(system::connect()?),
    };
    let label = match &job.task {
        Task::Store { label, .. } => Some(label.as_str()),
        Task::Read | Task::Forget => None,
    };
    let entry = build(store, job, label).map_err(|error| fault(&error))?;
    let done = match &job.task {
        Task::Store { content, .. } => entry.set_secret(content).map(|()| None),
        Task::Read => entry.get_secret().map(|content| Some(Zeroizing::new(content))),
        Task::Forget => entry.delete_credential().map(|()| None),
    };
    match done {
        Err(keyring_core::Error::NoEntry) => Ok(None),
        other => other.map_err(|error| fault(&error)),
    }
}

fn build(store: &Store, job: &Job, label: Option<&str>) -> keyring_core::Result<keyring_core::Entry> {
    // Only the Secret Service knows labels beside the name.
    let label = label.filter(|_| cfg!(all(unix, not(target_os = "macos"))));
    let modifiers: Option<HashMap<&str, &str>> = label.map(|label| HashMap::from([("label", label)]));
    store.build(&job.service, &job.user, modifiers.as_ref())
}

fn fault(error: &keyring_core::Error) -> Fault {
    match error {
        keyring_core::Error::NoStorageAccess(cause) => system::no_access(cause.as_ref()),
        keyring_core::Error::NoDefaultStore => Fault::Absent,
        // The others hold what was read, or name what was asked: nothing of them is told on.
        _ => Fault::Refused,
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
mod system {
    use super::{Fault, Store};

    /// Not through `keyring`'s own entry: it connects once a program, so that a keychain that was
    /// started after it would never be found.
    pub fn connect() -> Result<Store, Fault> {
        let store = zbus_secret_service_keyring_store::Store::new().map_err(|_| Fault::Absent)?;
        Ok(store)
    }

    pub fn no_access(cause: &(dyn std::error::Error + Send + Sync + 'static)) -> Fault {
        use secret_service::Error as Cause;
        match cause.downcast_ref::<Cause>() {
            Some(Cause::Locked | Cause::Prompt | Cause::PromptDisconnected) => Fault::Locked,
            // There is a service, and no collection in it to keep anything.
            Some(Cause::NoResult | Cause::Unavailable) => Fault::Absent,
            _ => Fault::Refused,
        }
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
mod system {
    use super::{Fault, Store};

    pub fn connect() -> Result<Store, Fault> {
        match keyring::Entry::store_status() {
            Ok(()) => keyring_core::get_default_store().ok_or(Fault::Absent),
            Err(_) => Err(Fault::Absent),
        }
    }

    pub fn no_access(_: &(dyn std::error::Error + Send + Sync + 'static)) -> Fault {
        Fault::Locked
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn what_is_kept_is_read_as_it_was() {
        let kept = parse(b"keydeck 1\nhttps://keys.example.org\nkd_test_a\nb").unwrap();
        assert_eq!(kept.origin, "https://keys.example.org");
        assert!(kept.secret.expose() == "kd_test_a\nb");
        for strange in [b"".as_slice(), b"kd_test_a", b"keydeck 2\no\ns", b"keydeck 1\ns", &[0xff]] {
            assert_eq!(parse(strange).err().map(|error| error.code), Some(ErrorCode::KeychainRefused));
        }
    }
}
