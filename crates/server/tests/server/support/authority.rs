//! A certificate authority of the tests' own, that nobody trusts but who names it.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use chrono::{Datelike, TimeDelta, Utc};
use keydeck_server::tls::TlsFiles;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// Days from today in which a certificate is good.
pub const GOOD: (i64, i64) = (-2, 90);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // A name of its own: a certificate whose issuer is called as itself would be taken for one that signed itself.
        params.distinguished_name.push(DnType::CommonName, "Keydeck's tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn trusted(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        let root: &rcgen::Certificate = self.0.as_ref();
        roots.add(root.der().clone()).unwrap();
        roots
    }

    /// The authority's own certificate, as PEM.
    pub fn pem(&self) -> String {
        let root: &rcgen::Certificate = self.0.as_ref();
        root.pem()
    }

    /// A certificate for this machine and its key, as PEM.
    pub fn issue(&self, days: (i64, i64)) -> (String, String) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let day = |from_today| {
            let day = Utc::now().date_naive() + TimeDelta::days(from_today);
            rcgen::date_time_ymd(day.year(), day.month().try_into().unwrap(), day.day().try_into().unwrap())
        };
        (params.not_before, params.not_after) = (day(days.0), day(days.1));
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    /// Puts a new certificate and its key into files of this folder.
    pub fn issue_into(&self, folder: &Path, days: (i64, i64)) -> TlsFiles {
        let (certificate, key) = self.issue(days);
        let files = files(folder);
        std::fs::write(&files.certificate, certificate).unwrap();
        write_key(&files.key, &key);
        files
    }

    /// A connection as somebody who trusts this authority alone.
    pub async fn connect(&self, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        connect_with(client_config(self.trusted()), address).await
    }
}

pub fn files(folder: &Path) -> TlsFiles {
    TlsFiles { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") }
}

pub fn write_key(path: &Path, key: &str) {
    std::fs::write(path, key).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

pub fn client_config(trusted: RootCertStore) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    versions.with_root_certificates(trusted).with_no_client_auth()
}

pub async fn connect_with(config: ClientConfig, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::from(address.ip()), stream).await
}

/// The certificate that the other end showed.
pub fn shown(stream: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}
