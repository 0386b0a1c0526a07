//! The system's clipboard, on a thread of its own: other programs can keep it waiting.

use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use keydeck_domain::Secret;
use tokio::sync::oneshot;

use super::{Clipboard, ClipboardEnd};
use crate::error::{Error, ErrorCode, Result};

/// How long the clipboard may keep us waiting.
const LIMIT: Duration = Duration::from_secs(5);
/// The same at the end of the program.
const LIMIT_AT_EXIT: Duration = Duration::from_secs(1);

/// The system's clipboard.
pub struct SystemClipboard {
    worker: Mutex<Option<mpsc::Sender<Job>>>,
}

type Reply<T> = Box<dyn FnOnce(T) + Send>;

enum Job {
    Put(Secret, Reply<Result<()>>),
    IsOurs(Reply<bool>),
    Clear(Reply<ClipboardEnd>),
}

/// One kind of clipboard, used by one thread.
pub(super) trait Backend {
    /// Puts a text in.
    fn put(&mut self, text: Secret) -> std::result::Result<(), String>;
    /// Whether it is still there, as far as that can be told without reading it.
    fn is_ours(&self) -> bool;
    /// Takes it out, if it is still there.
    fn clear(&mut self) -> ClipboardEnd;
}

impl SystemClipboard {
    /// Connects on first use.
    #[must_use]
    pub fn open() -> Self {
        Self { worker: Mutex::new(None) }
    }

    async fn ask<T: Send + 'static>(&self, job: impl FnOnce(Reply<T>) -> Job + Send) -> Option<T> {
        let (sender, answer) = oneshot::channel();
        let reply: Reply<T> = Box::new(move |value| drop(sender.send(value)));
        self.send(job(reply))?;
        tokio::time::timeout(LIMIT, answer).await.ok()?.ok()
    }

    fn send(&self, job: Job) -> Option<()> {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        if worker.is_none() {
            let (sender, jobs) = mpsc::channel();
            std::thread::Builder::new().name("clipboard".to_owned()).spawn(move || work(&jobs)).ok()?;
            *worker = Some(sender);
        }
        worker.as_ref()?.send(job).ok()
    }
}

#[async_trait]
impl Clipboard for SystemClipboard {
    async fn put(&self, text: Secret) -> Result<()> {
        let late = || Err(Error::new(ErrorCode::Clipboard, "The clipboard did not answer in time."));
        self.ask(move |reply| Job::Put(text, reply)).await.unwrap_or_else(late)
    }

    async fn read(&self) -> Result<Secret> {
        let read = tokio::task::spawn_blocking(super::portable::read);
        let failed = |why: &str| Error::new(ErrorCode::Clipboard, why);
        let read = tokio::time::timeout(LIMIT, read).await.map_err(|_| failed("The clipboard did not answer in time."))?;
        read.map_err(|_| failed("The clipboard can't be used."))?.map_err(failed)
    }

    async fn clear_this(&self, text: Secret) -> ClipboardEnd {
        let cleared = tokio::task::spawn_blocking(move || super::portable::clear_this(&text));
        tokio::time::timeout(LIMIT, cleared).await.ok().and_then(std::result::Result::ok).unwrap_or(ClipboardEnd::Failed)
    }

    async fn is_ours(&self) -> bool {
        // No answer is no reason to say that somebody else copied something.
        self.ask(Job::IsOurs).await.unwrap_or(true)
    }

    async fn clear(&self) -> ClipboardEnd {
        self.ask(Job::Clear).await.unwrap_or(ClipboardEnd::Failed)
    }

    fn clear_at_exit(&self) {
        let (sender, answer) = mpsc::channel();
        let reply: Reply<ClipboardEnd> = Box::new(move |end| {
            let _gone = sender.send(end);
        });
        if self.send(Job::Clear(reply)).is_some() && answer.recv_timeout(LIMIT_AT_EXIT) != Ok(ClipboardEnd::Cleared) {
            tracing::warn!("the clipboard was not cleared at the end");
        }
    }
}

fn work(jobs: &mpsc::Receiver<Job>) {
    let mut backend: Option<Box<dyn Backend>> = None;
    for job in jobs {
        match job {
            Job::Put(text, reply) => reply(put(&mut backend, text)),
            Job::IsOurs(reply) => reply(backend.as_ref().is_some_and(|backend| backend.is_ours())),
            Job::Clear(reply) => reply(backend.as_mut().map_or(ClipboardEnd::Replaced, |backend| backend.clear())),
        }
    }
}

fn put(backend: &mut Option<Box<dyn Backend>>, text: Secret) -> Result<()> {
    let failed = |why: String| Error::new(ErrorCode::Clipboard, format!("The clipboard can't be used: {why}."));
    let current = match backend {
        Some(current) => current,
        None => backend.insert(connect().map_err(failed)?),
    };
    let second = text.duplicate();
    if current.put(text).is_ok() {
        return Ok(());
    }
    // The display may have been started anew: another connection, and a second try.
    *backend = None;
    backend.insert(connect().map_err(failed)?).put(second).map_err(failed)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn connect() -> std::result::Result<Box<dyn Backend>, String> {
    // Wayland has its own way in; where its compositor offers none, the X11 way works there too.
    if std::env::var_os("WAYLAND_DISPLAY").is_some()
        && let Ok(wayland) = super::portable::Portable::connect()
    {
        return Ok(Box::new(wayland));
    }
    Ok(Box::new(super::x11::X11::connect()?))
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn connect() -> std::result::Result<Box<dyn Backend>, String> {
    Ok(Box::new(super::portable::Portable::connect()?))
}
