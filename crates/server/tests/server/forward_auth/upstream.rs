//! A service behind a proxy, which writes down what reached it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use http::HeaderMap;
use tokio::net::TcpListener;

/// A request as the service saw it.
#[derive(Clone, Debug)]
pub struct Reached {
    pub method: String,
    pub target: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reached {
    /// The only header of this name; empty where there is none.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next().map_or("", |value| value.to_str().unwrap());
        assert!(values.next().is_none(), "{name} is there twice");
        first
    }
}

type Seen = Arc<Mutex<Vec<Reached>>>;

pub struct Upstream {
    pub address: SocketAddr,
    seen: Seen,
}

impl Upstream {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Seen::default();
        let service = Router::new().fallback(write_down).with_state(Arc::clone(&seen));
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { address, seen }
    }

    /// What reached it since this was asked last.
    pub fn reached(&self) -> Vec<Reached> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

async fn write_down(State(seen): State<Seen>, request: Request) -> &'static str {
    let (parts, body) = request.into_parts();
    let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    let reached = Reached { method: parts.method.to_string(), target: parts.uri.to_string(), headers: parts.headers, body };
    seen.lock().unwrap().push(reached);
    "from upstream"
}
