//! The accept loop. `axum::serve` sets no timer, so a client that sends its headers slowly would hold
//! a connection for ever; this one closes it.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

use crate::server::Server;
use crate::web::peer::PeerAddress;

/// Largest request head, in bytes.
const HEAD_BYTES: usize = 32 * 1024;
/// First and longest wait after an accept that failed for want of a resource.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// Why serving ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener broke.
    #[error("the listener can't accept any more: {0}")]
    Listener(#[source] io::Error),
}

impl Server {
    /// Serves until `shutdown` completes; then open requests are drained, the times of last use are
    /// written and the database is closed.
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
        let limits = self.parts.config.limits.clone();
        let connections = Arc::new(Semaphore::new(limits.connections));
        let graceful = GracefulShutdown::new();
        let flushing = tokio::spawn(flush_at_intervals(self.clone()));
        let mut shutdown = std::pin::pin!(shutdown);
        let ended = loop {
            let accepted = tokio::select! {
                () = &mut shutdown => break Ok(()),
                accepted = accept(&listener, &connections) => accepted,
            };
            match accepted {
                Ok((stream, place)) => connect(stream, place, &router, limits.header_timeout, &graceful),
                Err(error) => break Err(ServeError::Listener(error)),
            }
        };
        // Closed first: who comes now is refused at once instead of waiting for nobody.
        drop(listener);
        if tokio::time::timeout(limits.drain, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests were cut off: they took longer than the time to drain");
        }
        flushing.abort();
        self.close().await;
        ended
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

fn connect(
    stream: TcpStream,
    place: OwnedSemaphorePermit,
    router: &Router,
    header_timeout: Duration,
    graceful: &GracefulShutdown,
) {
    let Ok(peer) = stream.peer_addr() else { return };
    // Small answers are not held back to be sent together.
    let _ = stream.set_nodelay(true);
    let router = router.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(PeerAddress(peer));
        let router = router.clone();
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            // A client's fault, or a slow one's: nothing to be alarmed about.
            tracing::debug!(%error, "a connection ended early");
        }
        drop(place);
    });
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
