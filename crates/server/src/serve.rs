//! The accept loop. `axum::serve` sets no timer, so a client that sends its headers slowly would hold
//! a connection for ever; this one closes it.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::header::CONNECTION;
#[cfg(feature = "tls")]
use http::header::STRICT_TRANSPORT_SECURITY;
use http::{HeaderValue, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::server::{Parts, Server};
use crate::usage;
use crate::web::peer::PeerAddress;

/// Largest request head, in bytes.
const HEAD_BYTES: usize = 32 * 1024;
/// First and longest wait after an accept that failed for want of a resource.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// How long a connection that has not asked anything yet is waited for when the others end.
const FIRST_REQUEST: Duration = Duration::from_millis(500);

/// A client that came over https once shall come so for a year, in seconds.
#[cfg(feature = "tls")]
const ONLY_HTTPS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What is done with a connection.
struct Reception {
    router: Router,
    open: Open,
    #[cfg(feature = "tls")]
    tls: Option<crate::tls::Tls>,
}

/// A connection that was taken.
struct Taken {
    peer: PeerAddress,
    router: Router,
    parts: Arc<Parts>,
    ending: CancellationToken,
    /// Whether it has asked something.
    asked: Arc<AtomicBool>,
    /// When its first request's head must be complete.
    until: Instant,
}

/// The connections that are open.
#[derive(Default)]
struct Open {
    tasks: TaskTracker,
    /// Cancelled when they are to end, each with the request that is under way.
    ending: CancellationToken,
}

/// Why serving ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener broke.
    #[error("the listener can't accept any more: {0}")]
    Listener(#[source] io::Error),
}

impl Server {
    /// Serves until `shutdown` completes. Then it says that it is not ready, for as long as
    /// [`crate::config::Limits::shutdown_delay`] goes on taking requests, closes the listener, drains the
    /// open requests, writes the times of last use and what was counted, and closes the database.
    ///
    /// # Errors
    /// Where the listener breaks. The database is closed then as well.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let router = self.router();
        self.serve_routes(router, listener, shutdown).await
    }

    /// As [`Server::serve`], with routes of the caller's own.
    ///
    /// # Errors
    /// As there.
    pub async fn serve_routes(
        self,
        router: Router,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        self.receive(Reception::new(router), listener, shutdown).await
    }

    /// As [`Server::serve`], over https.
    ///
    /// # Errors
    /// As there.
    #[cfg(feature = "tls")]
    pub async fn serve_https(
        self,
        listener: TcpListener,
        tls: crate::tls::Tls,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let mut reception = Reception::new(self.router());
        reception.tls = Some(tls.clone());
        let watching = tokio::spawn(tls.watch());
        let ended = self.receive(reception, listener, shutdown).await;
        watching.abort();
        ended
    }

    async fn receive(
        self,
        reception: Reception,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let limits = self.parts.config.limits.clone();
        let connections = Arc::new(Semaphore::new(limits.connections));
        let open = &reception.open;
        let flushing = tokio::spawn(flush_at_intervals(self.clone()));
        let counting = tokio::spawn(usage::flush_at_intervals(self.clone()));
        let keeping = tokio::spawn(usage::keep_at_intervals(self.clone()));
        let watching = tokio::spawn(crate::alerts::watch(self.clone()));
        #[cfg(feature = "tls")]
        let posting = tokio::spawn(crate::webhooks::send_what_waits(self.clone()));
        let connect = |(stream, place)| reception.connect(stream, place, &self);
        let mut ended = accept_until(shutdown, &listener, &connections, &connect).await;
        self.parts.stopping.store(true, Ordering::Release);
        if ended.is_ok() {
            ended = accept_until(tokio::time::sleep(limits.shutdown_delay), &listener, &connections, &connect).await;
        }
        // Closed before the rest is drained: who comes now is refused at once instead of waiting for nobody.
        close(listener, &connections, &connect);
        open.ending.cancel();
        open.tasks.close();
        if tokio::time::timeout(limits.drain, open.tasks.wait()).await.is_err() {
            tracing::warn!("some requests were cut off: they took longer than the time to drain");
        }
        flushing.abort();
        counting.abort();
        keeping.abort();
        watching.abort();
        #[cfg(feature = "tls")]
        posting.abort();
        self.close().await;
        ended
    }
}

/// Takes connections until `enough` completes.
async fn accept_until(
    enough: impl Future<Output = ()>,
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    connect: &impl Fn((TcpStream, OwnedSemaphorePermit)),
) -> Result<(), ServeError> {
    let mut enough = std::pin::pin!(enough);
    loop {
        tokio::select! {
            biased;
            () = &mut enough => return Ok(()),
            accepted = accept(listener, places) => connect(accepted.map_err(ServeError::Listener)?),
        }
    }
}

/// Closes the listener. The system has taken some connections already that nobody has asked for yet: they
/// are served, because closing would reset them.
fn close(listener: TcpListener, places: &Arc<Semaphore>, connect: &impl Fn((TcpStream, OwnedSemaphorePermit))) {
    // Not through the runtime, which would wait for the system to tell it of them.
    let Ok(listener) = listener.into_std() else { return };
    while let Ok(place) = Arc::clone(places).try_acquire_owned() {
        // It does not block: nobody is there, or something is wrong with a listener that is closed anyway.
        let Ok((stream, _)) = listener.accept() else { return };
        let stream = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
        if let Ok(stream) = stream {
            connect((stream, place));
        }
    }
}

/// Waits for a place and then for a connection. What is wrong with one connection, or passes, is not
/// the listener's end.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let mut wait = BACKOFF.0;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return Ok((stream, place)),
            Err(error) => match error.kind() {
                io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted => {}
                io::ErrorKind::InvalidInput => return Err(error),
                _ => {
                    // Out of file descriptors, mostly: it passes when connections end.
                    tracing::error!(%error, wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX), "can't accept");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(BACKOFF.1);
                }
            },
        }
    }
}

impl Reception {
    fn new(router: Router) -> Self {
        Self {
            router,
            open: Open::default(),
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    fn connect(&self, stream: TcpStream, place: OwnedSemaphorePermit, server: &Server) {
        let Ok(peer) = stream.peer_addr() else { return };
        // Small answers are not held back to be sent together.
        let _ = stream.set_nodelay(true);
        let parts = Arc::clone(&server.parts);
        let taken = Taken {
            peer: PeerAddress { address: Some(peer.ip().to_canonical()), encrypted: false, by_proxy: false },
            router: self.router.clone(),
            ending: self.open.ending.clone(),
            asked: Arc::default(),
            until: Instant::now() + parts.config.limits.header_timeout,
            parts,
        };
        #[cfg(feature = "tls")]
        if let Some(tls) = self.tls.clone() {
            self.open.tasks.spawn(async move {
                taken.answer_encrypted(stream, &tls).await;
                drop(place);
            });
            return;
        }
        self.open.tasks.spawn(async move {
            taken.answer(stream).await;
            drop(place);
        });
    }
}

impl Taken {
    /// Agrees on the encryption first. That, and the first request's head, share the time that a head may
    /// take; the accept loop waits for neither.
    #[cfg(feature = "tls")]
    async fn answer_encrypted(mut self, stream: TcpStream, tls: &crate::tls::Tls) {
        let agreed = tokio::select! {
            agreed = tokio::time::timeout_at(self.until, tls.shake_hands(stream)) => agreed,
            () = may_be_closed(&self.ending, &self.asked) => return,
        };
        match agreed {
            Ok(Ok(stream)) => {
                self.peer.encrypted = true;
                self.answer(stream).await;
            }
            // A client's fault: it speaks http, or trusts another authority.
            Ok(Err(error)) => tracing::debug!(%error, "no encryption was agreed on"),
            Err(_) => tracing::debug!("a handshake took too long"),
        }
    }

    /// Answers one request after the other, until either end has enough.
    async fn answer(self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let Self { peer, router, parts, ending, asked, until } = self;
        let asks = Arc::clone(&asked);
        let service = service_fn(move |request: Request<Incoming>| {
            asks.store(true, Ordering::Relaxed);
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            let (router, parts) = (router.clone(), Arc::clone(&parts));
            async move {
                let mut response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
                if parts.stopping.load(Ordering::Acquire) {
                    // Told with the last answer, so that nobody sends another request while it is closed.
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                #[cfg(feature = "tls")]
                if peer.encrypted {
                    response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, ONLY_HTTPS);
                }
                Ok::<_, Infallible>(response)
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(until.saturating_duration_since(Instant::now()))
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = may_be_closed(&ending, &asked) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            // A client's fault, or a slow one's: nothing to be alarmed about.
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// Completes when the connections are to end; a little later for one that has not asked yet: its first
/// request is most likely on its way, and hyper would close it unread.
async fn may_be_closed(ending: &CancellationToken, asked: &AtomicBool) {
    ending.cancelled().await;
    if !asked.load(Ordering::Relaxed) {
        tokio::time::sleep(FIRST_REQUEST).await;
    }
}

async fn flush_at_intervals(server: Server) {
    let mut ticks = tokio::time::interval(server.parts.config.flush_interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let flushing = server.clone();
        // Tracked, so that a shutdown lets it finish.
        let flushed = server.to_the_end(async move { flushing.flush_last_used().await });
        if let Err(error) = flushed.await {
            tracing::warn!(%error, "the times of last use could not be written; they are kept for the next time");
        }
    }
}
