//! `serve`.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use keydeck_server::pepper::PepperError;
use keydeck_server::tls::Tls;
use keydeck_server::{Config, DATABASE_FILE, Pepper, Server};
use tokio::net::TcpListener;

use super::arguments::{Place, Serve};
use super::reach::reachable;
use super::{Outcome, claiming, readiness, say};

/// Answers requests until it is told to stop.
pub(crate) async fn serve(serve: Serve) -> Outcome {
    reachable(&serve)?;
    let tls = serve.tls_files().map(Tls::open).transpose()?;
    let mut config = config(&serve.place);
    config.proxies = serve.proxies();
    let proxied = !config.proxies.is_empty();
    config.counting = serve.counting();
    config.sign_up = serve.sign_up;
    config.elizaos_open = serve.elizaos_open;
    config.limits.shutdown_delay = Duration::from_secs(serve.shutdown_delay);
    config.webhooks.networks = serve.webhook_networks.clone().unwrap_or_default();
    config.webhooks.authority = serve.webhook_ca.clone();
    let hosts: Vec<String> = serve.allowed_hosts.into_iter().filter(|host| !host.is_empty()).collect();
    config.allowed_hosts = (!hosts.is_empty()).then_some(hosts);
    let server = open_or_create(&serve.place, config).await?;
    // Taken over before anybody can know that the server is there.
    let stop = stop_signal()?;
    look_on_hangup(tls.clone())?;
    let listener = bind(serve.listen).await?;
    let bound = listener.local_addr()?;
    let address = format!("{}://{bound}", if tls.is_some() { "https" } else { "http" });
    say(&format!("listening on {address}"))?;
    // What the window can reach: it wants a name that the certificate has, and nobody can call 0.0.0.0.
    let called = match (proxied, tls.is_some()) {
        (true, _) => "the https address of your proxy".to_owned(),
        (false, true) => format!("https://NAME:{}   (NAME: a name in its certificate)", bound.port()),
        (false, false) => address,
    };
    claiming::tell(&server, &called).await?;
    // The listener is open: who connects from now on is answered.
    readiness::tell()?;
    match tls {
        Some(tls) => server.serve_https(listener, tls, stop).await?,
        None => server.serve(listener, stop).await?,
    }
    Ok(())
}

/// Listens, or says what keeps it from doing so.
async fn bind(listen: SocketAddr) -> Result<TcpListener, Box<dyn std::error::Error>> {
    TcpListener::bind(listen).await.map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::AddrInUse => ". Another program listens there: stop it, or give another --listen",
            ErrorKind::PermissionDenied => ". A port below 1024 needs a right: give a higher one, or put a proxy in front",
            _ => "",
        };
        format!("can't listen on {listen}: {error}{hint}").into()
    })
}

/// The defaults for a place.
pub(crate) fn config(place: &Place) -> Config {
    Config::new(&place.data_dir)
}

/// Opens a server that was set up. A pepper is never made here: over existing keys it would make
/// every one of them useless.
pub(crate) async fn open(place: &Place, config: Config) -> Result<Server, Box<dyn std::error::Error>> {
    let pepper = match Pepper::read_file(&place.pepper_file) {
        Err(PepperError::Missing(_)) if !place.data_dir.join(DATABASE_FILE).exists() => {
            return Err("nothing is set up here: begin with `keydeck-server serve` or `keydeck-server init`".into());
        }
        pepper => pepper?,
    };
    Ok(keydeck_server::open(config, pepper).await?)
}

/// Opens a server; where there is neither pepper nor database it makes both. A database without its
/// pepper stays closed.
pub(crate) async fn open_or_create(place: &Place, config: Config) -> Result<Server, Box<dyn std::error::Error>> {
    Ok(keydeck_server::open(config, pepper_or_new(place)?).await?)
}

/// The pepper; where there is neither pepper nor database a new one.
pub(crate) fn pepper_or_new(place: &Place) -> Result<Pepper, PepperError> {
    match Pepper::read_file(&place.pepper_file) {
        Err(PepperError::Missing(_)) if !place.data_dir.join(DATABASE_FILE).exists() => Pepper::create_file(&place.pepper_file),
        pepper => pepper,
    }
}

/// SIGHUP asks for another look at the certificate. Without one it asks for nothing, and ends nothing.
#[cfg(unix)]
fn look_on_hangup(tls: Option<Tls>) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            if let Some(tls) = tls.clone() {
                let looked = tokio::task::spawn_blocking(move || tls.look(false)).await;
                tracing::info!(?looked, "told to look at the certificate");
            }
        }
    });
    Ok(())
}

/// There is no such signal: the files are looked at by themselves.
#[cfg(windows)]
fn look_on_hangup(_: Option<Tls>) -> std::io::Result<()> {
    Ok(())
}

/// Completes when the process is told to stop.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: open requests are finished first");
    })
}

/// Completes when the process is told to stop.
#[cfg(windows)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
        tracing::info!("stopping: open requests are finished first");
    })
}
