//! A network that can be told how to fail: speaks HTTP/1.1 on both sides, one request a connection.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// What becomes of a request.
pub enum Act {
    /// It goes through, and so does its answer.
    Pass,
    /// It goes through; the answer comes when this is notified.
    Late(Arc<Notify>),
    /// It goes through; the answer is lost.
    LoseAnswer,
    /// This is the answer; the server hears nothing.
    Answer(Vec<u8>),
    /// Nothing ever comes back; the server hears nothing.
    Hang,
}

/// A request as it came by.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub head: String,
}

impl Seen {
    pub fn is(&self, method: &str, part_of_path: &str) -> bool {
        self.method == method && self.path.contains(part_of_path)
    }
}

type Rule = Box<dyn FnMut(&Seen) -> Act + Send>;

pub struct Proxy {
    pub address: SocketAddr,
    rule: Arc<Mutex<Rule>>,
    seen: Arc<watch::Sender<Vec<Seen>>>,
}

impl Proxy {
    pub async fn before(upstream: SocketAddr) -> Self {
        Self::start(Some(upstream)).await
    }

    /// With no server behind it: every request needs a rule.
    pub async fn alone(rule: impl FnMut(&Seen) -> Act + Send + 'static) -> Self {
        let proxy = Self::start(None).await;
        proxy.rule(rule);
        proxy
    }

    async fn start(upstream: Option<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let rule: Arc<Mutex<Rule>> = Arc::new(Mutex::new(Box::new(|_| Act::Pass)));
        let seen = Arc::new(watch::Sender::new(Vec::new()));
        let (rules, log) = (Arc::clone(&rule), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (rules, log) = (Arc::clone(&rules), Arc::clone(&log));
                tokio::spawn(async move {
                    let _ended = serve(client, upstream, &rules, &log).await;
                });
            }
        });
        Self { address, rule, seen }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn rule(&self, rule: impl FnMut(&Seen) -> Act + Send + 'static) {
        *self.rule.lock().unwrap() = Box::new(rule);
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.borrow().clone()
    }

    pub fn count(&self, method: &str, part_of_path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.is(method, part_of_path)).count()
    }

    /// Waits until such a request came by.
    pub async fn wait_for(&self, method: &str, part_of_path: &str) {
        self.wait_for_more(method, part_of_path, 0).await;
    }

    /// Waits until more than so many such requests came by.
    pub async fn wait_for_more(&self, method: &str, part_of_path: &str, than: usize) {
        let mut receiver = self.seen.subscribe();
        let waiting = receiver.wait_for(|seen| seen.iter().filter(|seen| seen.is(method, part_of_path)).count() > than);
        tokio::time::timeout(std::time::Duration::from_secs(30), waiting).await.expect("the request came").unwrap();
    }
}

async fn serve(
    mut client: TcpStream,
    upstream: Option<SocketAddr>,
    rule: &Mutex<Rule>,
    log: &watch::Sender<Vec<Seen>>,
) -> std::io::Result<()> {
    let mut request = Vec::new();
    let head_end = loop {
        if let Some(at) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if client.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    };
    let head = String::from_utf8_lossy(&request[..head_end]).into_owned();
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase().strip_prefix("content-length:").map(|value| value.trim().parse::<usize>().unwrap())
    });
    while request.len() < head_end + length.unwrap_or(0) {
        if client.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let mut words = head.split_whitespace().map(str::to_owned);
    let seen = Seen { method: words.next().unwrap(), path: words.next().unwrap(), head: head.clone() };
    let act = rule.lock().unwrap()(&seen);
    // Logged after the rule: whoever waits for the request finds its rule applied.
    log.send_modify(|all| all.push(seen));
    let mut late = None;
    let pass = match act {
        Act::Pass => true,
        Act::Late(notified) => {
            late = Some(notified);
            true
        }
        Act::LoseAnswer => false,
        Act::Answer(answer) => {
            client.write_all(&answer).await?;
            return client.shutdown().await;
        }
        Act::Hang => return std::future::pending().await,
    };
    let mut server = TcpStream::connect(upstream.expect("there is a server behind this proxy")).await?;
    let (first, rest) = head.split_once("\r\n").unwrap();
    server.write_all(format!("{first}\r\nconnection: close\r\n{rest}").as_bytes()).await?;
    server.write_all(&request[head_end..]).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    if let Some(late) = late {
        late.notified().await;
    }
    if pass {
        client.write_all(&answer).await?;
    }
    client.shutdown().await
}

/// An answer with a JSON body.
pub fn json(status: &str, headers: &str, body: &str) -> Act {
    answer(status, &format!("content-type: application/json\r\n{headers}"), body.as_bytes())
}

pub fn answer(status: &str, headers: &str, body: &[u8]) -> Act {
    let mut answer =
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    Act::Answer(answer)
}

/// What a keydeck-server says of itself.
pub fn meta() -> Act {
    json("200 OK", "", r#"{"name":"keydeck-server","version":"0.1.0","protocol":1,"features":["team"]}"#)
}
