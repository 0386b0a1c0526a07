//! https by the server itself: a certificate and its key in two files. They are looked at again while the
//! server runs, so that a renewed certificate needs no restart; connections that are open stay as they are.

mod ending;
mod pair;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rustls::ServerConfig;
use rustls::server::ResolvesServerCert;
use rustls::sign::SingleCertAndKey;
use tokio::net::TcpStream;
use tokio::time::MissedTickBehavior;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::times;
use ending::{Ending, Told};

pub use pair::TlsError;
pub(crate) use pair::{Certificate, Pair, provider};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Where the certificate and its key lie, both as PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and after it those that lead to the authority.
    pub certificate: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
}

/// A certificate and key that are read anew when their files change. Cheap to clone: every clone is the same.
#[derive(Clone)]
pub struct Tls(Arc<Shared>);

struct Shared {
    files: TlsFiles,
    /// What the next handshake is made with.
    current: RwLock<Arc<ServerConfig>>,
    seen: Mutex<Seen>,
}

/// What was seen of the files.
struct Seen {
    /// Recognises the pair that is used.
    used: [u8; 32],
    ending: Ending,
    /// What is wrong with the files now, and whether it was told.
    wrong: Option<(String, bool)>,
}

/// What a look at the files found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// The pair that is used already.
    Unchanged,
    /// Another pair: handshakes are made with it from now on.
    Renewed,
    /// Nothing that can be used: handshakes go on with the pair of before.
    Wrong,
}

impl Tls {
    /// Reads a certificate and its key.
    ///
    /// # Errors
    /// [`TlsError`] says what does not fit, and what to do.
    pub fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let pair = Pair::read(&files)?;
        let seen = Mutex::new(Seen { used: pair.seal, ending: Ending::new(pair.certificate.not_after), wrong: None });
        let current = RwLock::new(Arc::new(config(pair)?));
        Ok(Self(Arc::new(Shared { files, current, seen })))
    }

    /// Looks at the files now. `patient` does not tell of what is wrong until it is seen a second time: who
    /// renews a certificate writes two files, one after the other.
    pub fn look(&self, patient: bool) -> Looked {
        // One look at a time, reading included: an older pair must not be put in the place of a newer one.
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let read = Pair::read(&self.0.files);
        let renewed = read.and_then(|pair| {
            let seal = pair.seal;
            if seal == seen.used { Ok(None) } else { Ok(Some((pair.certificate.clone(), seal, config(pair)?))) }
        });
        match renewed {
            Ok(None) => {
                seen.wrong = None;
                Looked::Unchanged
            }
            Ok(Some((certificate, seal, config))) => {
                *self.0.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
                *seen = Seen { used: seal, ending: Ending::new(certificate.not_after), wrong: None };
                tracing::info!(names = %certificate.names.join(" "), until = %certificate.not_after, "another certificate is used");
                Looked::Renewed
            }
            // It is the one that is used: its end is told of apart.
            Err(TlsError::Expired { at, .. }) if at == seen.ending.at => {
                seen.wrong = None;
                Looked::Unchanged
            }
            Err(error) => {
                let error = error.to_string();
                let (again, told) = match &seen.wrong {
                    Some((before, told)) if *before == error => (true, *told),
                    _ => (false, false),
                };
                let tell = !told && (again || !patient);
                if tell {
                    tracing::error!(alert = true, %error, "the new certificate can't be used: the one of before is");
                }
                seen.wrong = Some((error, told || tell));
                Looked::Wrong
            }
        }
    }

    /// Tells once a day that the certificate in use ends soon, or is over.
    fn tell_of_end(&self, now: DateTime<Utc>) {
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, certificate) = (seen.ending.at, self.0.files.certificate.display());
        match seen.ending.due(now) {
            Some(Told::Over) => {
                tracing::error!(alert = true, %until, %certificate, "the certificate is over: clients refuse it. Renew it");
            }
            Some(Told::Soon(days)) => {
                tracing::warn!(alert = true, days, %until, %certificate, "the certificate ends soon: renew it");
            }
            None => {}
        }
    }

    /// Looks at the files at intervals, for ever.
    pub(crate) async fn watch(self) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let tls = self.clone();
            // A disk can be slow, and a look that panicked is a look that found nothing.
            let _ = tokio::task::spawn_blocking(move || tls.look(true)).await;
            self.tell_of_end(times::now());
        }
    }

    /// Agrees with a client on how to speak.
    ///
    /// # Errors
    /// Where it speaks something else, or is gone.
    pub(crate) async fn shake_hands(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        let current = Arc::clone(&self.0.current.read().unwrap_or_else(PoisonError::into_inner));
        TlsAcceptor::from(current).accept(stream).await
    }
}

/// What handshakes are made with: TLS 1.3 or 1.2, and HTTP/1.1 in it.
fn config(pair: Pair) -> Result<ServerConfig, TlsError> {
    let certificate: Arc<dyn ResolvesServerCert> = Arc::new(SingleCertAndKey::from(pair.key));
    let mut config = ServerConfig::builder_with_provider(pair::provider())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(TlsError::Refused)?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
