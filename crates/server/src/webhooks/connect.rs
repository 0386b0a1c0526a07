//! The way to a webhook. A name is looked up once; all that it leads to is judged, and the connection is made
//! to an address that was judged, so that a name which leads elsewhere a moment later leads nowhere. No
//! redirect is followed and no proxy asked: neither is known here.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Host;

use super::networks::Networks;
use super::target::Target;

/// How long one address is tried where a name has several.
const ONE_ADDRESS: Duration = Duration::from_secs(3);

/// What a look-up gives, later.
pub(super) type Addresses<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Looks names up.
pub(super) trait Resolve: Send + Sync {
    /// The addresses of a name.
    fn resolve<'a>(&'a self, name: &'a str, port: u16) -> Addresses<'a>;
}

/// As the system does.
pub(super) struct System;

impl Resolve for System {
    fn resolve<'a>(&'a self, name: &'a str, port: u16) -> Addresses<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, port)).await?.collect()) })
    }
}

/// Why a message was not taken. Holds nothing of what was answered but the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// The name leads nowhere.
    #[error("its name is not known")]
    UnknownName,
    /// It leads to where it must not. Which address it is is told to the operator alone.
    #[error("it leads to an address that is not public; the server's operator can allow its network")]
    NotPublic,
    /// Nobody is there.
    #[error("nobody answers at its address")]
    Unreachable,
    /// The certificate is another's, or nobody's that is trusted.
    #[error("its certificate is not accepted: {0}")]
    Certificate(&'static str),
    /// It speaks no TLS that is spoken here.
    #[error("no encryption was agreed on")]
    NoEncryption,
    /// The connection ended first.
    #[error("it closed the connection without an answer")]
    NoAnswer,
    /// It took too long.
    #[error("it took longer than {} s", .0.as_secs())]
    TooSlow(Duration),
    /// It answered, but did not take it.
    #[error("it answered {0}")]
    Status(u16),
    /// It wants it elsewhere.
    #[error("it answered {0}: redirects are not followed")]
    Redirect(u16),
    /// Nothing can be checked.
    #[error("this server can't check certificates: its log says why")]
    NoTrust,
}

/// Connects to webhooks.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) networks: Networks,
    pub(super) resolver: Arc<dyn Resolve>,
    pub(super) tls: Arc<ClientConfig>,
}

impl Connector {
    /// Connects, and agrees on the encryption.
    pub(super) async fn connect(&self, target: &Target) -> Result<TlsStream<TcpStream>, Failure> {
        let stream = self.reach(target).await?;
        let name = match target.host() {
            Host::Domain(name) => ServerName::try_from(name.to_owned()).map_err(|_| Failure::UnknownName)?,
            Host::Ipv4(address) => ServerName::from(std::net::IpAddr::from(address)),
            Host::Ipv6(address) => ServerName::from(std::net::IpAddr::from(address)),
        };
        TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await.map_err(|error| refused(&error))
    }

    /// A connection to an address that was judged.
    async fn reach(&self, target: &Target) -> Result<TcpStream, Failure> {
        let addresses = match (target.literal(), target.host()) {
            (Some(address), _) => vec![SocketAddr::new(address, target.port())],
            (None, Host::Domain(name)) => self.resolver.resolve(name, target.port()).await.map_err(|_| Failure::UnknownName)?,
            (None, _) => return Err(Failure::UnknownName),
        };
        if addresses.is_empty() {
            return Err(Failure::UnknownName);
        }
        // One that is not public among others that are is no accident.
        if let Some(address) = addresses.iter().find(|address| !self.networks.allow(address.ip())) {
            tracing::warn!(%address, "a webhook leads to an address that is not public: nothing is sent to it");
            return Err(Failure::NotPublic);
        }
        for address in addresses {
            let Ok(Ok(stream)) = tokio::time::timeout(ONE_ADDRESS, TcpStream::connect(address)).await else { continue };
            // What the system says that it is connected to, not what was asked for.
            return match stream.peer_addr() {
                Ok(peer) if self.networks.allow(peer.ip()) => Ok(stream),
                Ok(_) => Err(Failure::NotPublic),
                Err(_) => Err(Failure::Unreachable),
            };
        }
        Err(Failure::Unreachable)
    }
}

/// What is said of a handshake that failed. In words of this server's own: what the other end wrote into its
/// certificate is not repeated.
fn refused(error: &io::Error) -> Failure {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(why)) => Failure::Certificate(match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it is over",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it has not begun",
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => "it is for another name",
            CertificateError::UnknownIssuer | CertificateError::BadSignature => "nobody who is trusted made it",
            CertificateError::Revoked => "it is revoked",
            _ => "it is not in order",
        }),
        _ => Failure::NoEncryption,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::net::TcpListener;
    use std::sync::Mutex;

    use rustls::RootCertStore;

    use super::*;

    /// A name server that answers something else each time it is asked.
    struct Changing(Mutex<Vec<Vec<SocketAddr>>>);

    impl Resolve for Changing {
        fn resolve<'a>(&'a self, _: &'a str, _: u16) -> Addresses<'a> {
            let answer = self.0.lock().unwrap().remove(0);
            Box::pin(async move { Ok(answer) })
        }
    }

    /// Stands for a public address, and one that is not: the first is allowed. Both listen on the same port.
    fn listeners() -> (TcpListener, TcpListener) {
        loop {
            let public = TcpListener::bind("127.0.0.2:0").unwrap();
            let Ok(private) = TcpListener::bind(("127.0.0.1", public.local_addr().unwrap().port())) else { continue };
            public.set_nonblocking(true).unwrap();
            private.set_nonblocking(true).unwrap();
            return (public, private);
        }
    }

    fn connector(answers: Vec<Vec<SocketAddr>>) -> (Connector, Arc<Changing>) {
        let resolver = Arc::new(Changing(Mutex::new(answers)));
        let tls = ClientConfig::builder_with_provider(crate::tls::provider()).with_safe_default_protocol_versions().unwrap();
        let tls = Arc::new(tls.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
        let networks = "127.0.0.2".parse().unwrap();
        (Connector { networks, resolver: Arc::<Changing>::clone(&resolver), tls }, resolver)
    }

    #[tokio::test]
    async fn t24_a_name_that_changes_between_look_up_and_connection_leads_nowhere_else() {
        let (public, private) = listeners();
        let (good, bad) = (public.local_addr().unwrap(), private.local_addr().unwrap());
        let (connector, resolver) = connector(vec![vec![good], vec![bad], vec![good, bad], vec![bad, good], vec![]]);
        let target = Target::read(&format!("https://rebinding.example.org:{}/", good.port())).ok().unwrap();

        let stream = connector.reach(&target).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good, "it is connected to what was judged");
        assert_eq!(resolver.0.lock().unwrap().len(), 4, "it is looked up once");
        assert!(public.accept().is_ok());

        for expected in [Failure::NotPublic, Failure::NotPublic, Failure::NotPublic, Failure::UnknownName] {
            assert_eq!(connector.reach(&target).await.err(), Some(expected));
        }
        assert!(public.accept().is_err(), "one bad address among good ones spoils them");
        assert!(private.accept().is_err(), "nobody was connected to");
    }

    #[tokio::test]
    async fn t24_an_address_is_judged_when_it_is_connected_to_not_only_when_it_is_entered() {
        let (public, private) = listeners();
        let (connector, _) = connector(Vec::new());
        let port = private.local_addr().unwrap().port();
        for host in ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "[64:ff9b::7f00:1]"] {
            let target = Target::read(&format!("https://{host}:{port}/")).ok().unwrap();
            assert_eq!(connector.reach(&target).await.err(), Some(Failure::NotPublic), "{host}");
        }
        assert!(private.accept().is_err());
        let target = Target::read(&format!("https://0x7f000002:{port}/")).ok().unwrap();
        assert!(connector.reach(&target).await.is_ok());
        assert!(public.accept().is_ok());
    }
}
