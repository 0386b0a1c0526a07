//! The line between the window and a key server, which can be told how to fail. HTTP/1.1, one request
//! a connection.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What becomes of a request.
#[derive(Clone)]
pub(crate) enum Act {
    /// It goes through, and so does its answer.
    Pass,
    /// It waits until [`Line::release`], longer than any latency, and goes through then.
    Hold,
    /// This is the answer; the server hears nothing.
    Answer(Vec<u8>),
}

/// Requests of one method with a part of a path, and what becomes of them. All others pass.
#[derive(Clone)]
struct Rule {
    method: &'static str,
    path: &'static str,
    act: Act,
}

/// What was seen so far.
#[derive(Clone, Default)]
struct Seen {
    requests: Vec<String>,
    /// How many of them wait.
    held: usize,
}

pub(crate) struct Line {
    pub(crate) address: String,
    rule: Arc<Mutex<Rule>>,
    seen: Arc<watch::Sender<Seen>>,
    released: Arc<watch::Sender<bool>>,
}

impl Line {
    pub(crate) async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            rule: Arc::new(Mutex::new(Rule { method: "", path: "", act: Act::Pass })),
            seen: Arc::new(watch::Sender::default()),
            released: Arc::new(watch::Sender::new(false)),
        };
        let (rule, seen, released) = (Arc::clone(&line.rule), Arc::clone(&line.seen), Arc::clone(&line.released));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (rule, seen, released) = (Arc::clone(&rule), Arc::clone(&seen), released.subscribe());
                tokio::spawn(async move {
                    // An end in between is a client or server that left: the test sees it elsewhere.
                    let _ended = carry(client, server, &rule, &seen, released).await;
                });
            }
        });
        line
    }

    /// From now on, and for these requests alone.
    pub(crate) fn rule(&self, method: &'static str, path: &'static str, act: Act) {
        self.released.send_replace(false);
        *self.rule.lock().unwrap() = Rule { method, path, act };
    }

    /// From now on everything passes, and so does what waits.
    pub(crate) fn release(&self) {
        self.rule.lock().unwrap().act = Act::Pass;
        self.released.send_replace(true);
    }

    /// How many requests wait at this moment. One whose client has left waits no more.
    pub(crate) fn held(&self) -> usize {
        self.seen.borrow().held
    }

    /// Waits until so many requests wait.
    pub(crate) async fn holds(&self, wanted: usize) {
        let mut seen = self.seen.subscribe();
        let waiting = seen.wait_for(|seen| seen.held == wanted);
        let ended = tokio::time::timeout(Duration::from_secs(60), waiting).await.map(drop);
        assert!(ended.is_ok(), "waited in vain until {wanted} requests are held; seen: {:?}", self.requests());
    }

    /// All requests so far: method and path.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.borrow().requests.clone()
    }
}

async fn carry(
    mut client: TcpStream,
    server: SocketAddr,
    rule: &Mutex<Rule>,
    seen: &watch::Sender<Seen>,
    mut released: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let Some((head, body)) = request(&mut client).await? else { return Ok(()) };
    let (first, rest) = head.split_once("\r\n").expect("a head has lines");
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let rule = rule.lock().unwrap().clone();
    let act = if rule.method == method && path.contains(rule.path) { rule.act } else { Act::Pass };
    let holds = matches!(act, Act::Hold);
    seen.send_modify(|seen| {
        seen.requests.push(format!("{method} {path}"));
        seen.held += usize::from(holds);
    });
    match act {
        Act::Pass => {}
        Act::Answer(answer) => {
            client.write_all(&answer).await?;
            return client.shutdown().await;
        }
        Act::Hold => {
            let left = tokio::select! {
                let_go = released.wait_for(|released| *released) => let_go.is_err(),
                // A client that sends no more can only leave.
                _ = client.read_u8() => true,
            };
            seen.send_modify(|seen| seen.held -= 1);
            if left {
                return Ok(());
            }
        }
    }
    let mut server = TcpStream::connect(server).await?;
    server.write_all(format!("{first}\r\nconnection: close\r\n{rest}").as_bytes()).await?;
    server.write_all(&body).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    client.write_all(&answer).await?;
    client.shutdown().await
}

/// One request: its head and its body.
async fn request(client: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    let mut whole = None;
    loop {
        if whole.is_none()
            && let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n")
        {
            let head = String::from_utf8_lossy(&bytes[..at + 4]).into_owned();
            let length =
                head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            whole = Some((head, at + 4, at + 4 + length.unwrap_or(0)));
        }
        if let Some((head, begin, end)) = &whole
            && bytes.len() >= *end
        {
            return Ok(Some((head.clone(), bytes[*begin..*end].to_vec())));
        }
        if client.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
}
