//! A signal ends the program in the same way as closing the window, from its first moment on.

use tauri::{AppHandle, Runtime};
use tokio::sync::oneshot;

/// Where the signals that were heard are taken to the program, as soon as there is one.
pub struct Signals<R: Runtime> {
    app: oneshot::Sender<AppHandle<R>>,
}

impl<R: Runtime> Signals<R> {
    /// Begins to hear the signals that ask a program to end. One that comes before [`Signals::end`]
    /// waits for it.
    #[must_use]
    pub fn hear() -> Self {
        let (app, wanted) = oneshot::channel::<AppHandle<R>>();
        let heard = system::hear();
        tauri::async_runtime::spawn(async move {
            heard.await;
            // None where the program could not be built: then it ends by itself.
            if let Ok(app) = wanted.await {
                app.exit(0);
            }
        });
        Self { app }
    }

    /// Says what they end.
    pub fn end(self, app: AppHandle<R>) {
        // The other side waits as long as this program runs.
        let _ = self.app.send(app);
    }
}

#[cfg(unix)]
mod system {
    use std::future::Future;
    use std::io;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// Ends with the first of them. They are heard from this call on, not from the first poll.
    pub fn hear() -> impl Future<Output = ()> + Send + 'static {
        let all = {
            let runtime = tauri::async_runtime::handle();
            let _inside = runtime.inner().enter();
            streams()
        };
        async move {
            match all {
                Ok([mut terminate, mut interrupt, mut hangup]) => {
                    tokio::select! {
                        _ = terminate.recv() => {}
                        _ = interrupt.recv() => {}
                        _ = hangup.recv() => {}
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "signals can't be heard: they end the program at once");
                    std::future::pending().await
                }
            }
        }
    }

    fn streams() -> io::Result<[Signal; 3]> {
        Ok([signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?])
    }
}

#[cfg(not(unix))]
mod system {
    use std::future::{Future, pending};

    /// Never ends: the system closes the window instead.
    pub fn hear() -> impl Future<Output = ()> + Send + 'static {
        pending()
    }
}
