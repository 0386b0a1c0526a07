//! Where webhooks are sent to: an https server on this machine, that answers as it is told.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use keydeck_domain::api::webhooks::Message;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio_rustls::TlsAcceptor;

use super::Authority;
use super::authority::GOOD;

/// What was received.
#[derive(Debug)]
pub struct Received {
    pub method: String,
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn message(&self) -> Message {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub struct Receiver {
    pub address: SocketAddr,
    /// What the next requests are answered; 0 answers nothing, for ever.
    pub status: Arc<AtomicU16>,
    received: Mutex<mpsc::UnboundedReceiver<Received>>,
}

impl Receiver {
    /// With a certificate of this authority.
    pub async fn new(authority: &Authority, status: u16) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), authority, status)
    }

    pub fn on(listener: TcpListener, authority: &Authority, status: u16) -> Self {
        let address = listener.local_addr().unwrap();
        let acceptor = acceptor(authority);
        let status = Arc::new(AtomicU16::new(status));
        let (tell, received) = mpsc::unbounded_channel();
        let answers = Arc::clone(&status);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, tell, answers) = (acceptor.clone(), tell.clone(), Arc::clone(&answers));
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let service = service_fn(|request| answer(request, &tell, &answers));
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, status, received: Mutex::new(received) }
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    /// The next request, waited for.
    pub async fn next(&self) -> Received {
        self.received.lock().await.recv().await.unwrap()
    }

    /// Whether nothing else has come.
    pub async fn is_quiet(&self) -> bool {
        self.received.lock().await.is_empty()
    }
}

async fn answer(
    request: Request<Incoming>,
    tell: &mpsc::UnboundedSender<Received>,
    answers: &AtomicU16,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    let (method, path) = (head.method.to_string(), head.uri.to_string());
    let _ = tell.send(Received { method, path, headers: head.headers, body });
    let status = answers.load(Ordering::SeqCst);
    if status == 0 {
        std::future::pending::<()>().await;
    }
    // What must not be shown or logged anywhere.
    let answer = Response::builder().status(status).header("location", "https://elsewhere.example.org/");
    Ok(answer.body(Full::new(Bytes::from_static(b"a body that is nobody's business"))).unwrap())
}

fn acceptor(authority: &Authority) -> TlsAcceptor {
    let (certificate, key) = authority.issue(GOOD);
    let chain = CertificateDer::pem_slice_iter(certificate.as_bytes()).collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap()))
}
