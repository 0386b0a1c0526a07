//! T29: a bad, expired or wrong-host certificate is refused before anything is sent, and an own
//! authority is taken only where the person named it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use keydeck_console::connection::ServerKind;
use keydeck_console::error::ErrorCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::{Act, Desk, proxy};

pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/console/certificates").join(name)
}

/// A key server behind TLS; counts the requests that got through.
pub async fn server(certificate: &str) -> (String, watch::Receiver<usize>) {
    let chain = vec![CertificateDer::from_pem_file(file(certificate)).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file("server.key.pem")).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    let (count, counted) = watch::channel(0);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = vec![0; 16 * 1024];
            if stream.read(&mut request).await.unwrap_or(0) == 0 {
                continue;
            }
            count.send_modify(|count| *count += 1);
            let Act::Answer(answer) = proxy::meta() else { unreachable!() };
            stream.write_all(&answer).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    (origin, counted)
}

async fn probe(origin: &str, ca_file: Option<&str>) -> Result<String, ErrorCode> {
    let ca_file = ca_file.map(|name| file(name).display().to_string());
    let answer = Desk::start().await.console.probe_server(ServerKind::Keydeck, origin.to_owned(), ca_file).await;
    answer.map(|identity| identity.address).map_err(|error| error.code)
}

#[tokio::test]
async fn t29_what_the_system_does_not_trust_is_refused() {
    let (origin, counted) = server("good.pem").await;
    assert_eq!(probe(&origin, None).await, Err(ErrorCode::Certificate));
    assert_eq!(*counted.borrow(), 0, "no request was sent");
}

#[tokio::test]
async fn an_own_authority_is_trusted_where_it_was_named() {
    let (origin, counted) = server("good.pem").await;
    assert_eq!(probe(&origin, Some("authority.pem")).await, Ok(origin.clone()));
    assert_eq!(*counted.borrow(), 1);
}

#[tokio::test]
async fn t29_a_certificate_for_another_host_or_another_time_is_refused() {
    for certificate in ["other_host.pem", "expired.pem"] {
        let (origin, counted) = server(certificate).await;
        assert_eq!(probe(&origin, Some("authority.pem")).await, Err(ErrorCode::Certificate), "{certificate}");
        assert_eq!(*counted.borrow(), 0, "{certificate}");
    }
}
