//! A small load generator: a few kept-alive connections, each sending the next request when the
//! answer is there.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::process;

/// What a round of load came to.
pub struct Round {
    /// Answers a second, over all connections.
    pub per_second: f64,
    /// Half of the answers took at most this long.
    pub median: Duration,
    /// Processor time of this process, load and server together, for one answer. Other work on the machine
    /// does not count into it.
    pub processor: Duration,
}

/// Sends `requests`, one after another and over again, on `connections` at once for `length`.
///
/// # Panics
/// When the server answers with anything but 200: there is nothing to measure then.
pub async fn round(address: SocketAddr, requests: &'static [Vec<u8>], connections: usize, length: Duration) -> Round {
    let (begin, before) = (Instant::now(), process::processor_time());
    let workers: Vec<_> = (0..connections)
        .map(|worker| {
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.expect("the server listens");
                stream.set_nodelay(true).expect("a socket option of every system");
                let mut took = Vec::with_capacity(1 << 16);
                let mut buffer = Vec::with_capacity(4096);
                for request in requests.iter().cycle().skip(worker * requests.len() / connections) {
                    if begin.elapsed() > length {
                        break;
                    }
                    let sent = Instant::now();
                    stream.write_all(request).await.expect("the server reads");
                    answer(&mut stream, &mut buffer).await;
                    took.push(sent.elapsed());
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for worker in workers {
        took.extend(worker.await.expect("a worker ends by itself"));
    }
    let elapsed = begin.elapsed();
    let processor = (process::processor_time() - before).div_f64(took.len() as f64);
    took.sort_unstable();
    Round { per_second: took.len() as f64 / elapsed.as_secs_f64(), median: took[took.len() / 2], processor }
}

/// Sends one request and reads its answer; gives how long that took.
pub async fn ask(stream: &mut TcpStream, request: &[u8]) -> Duration {
    let sent = Instant::now();
    stream.write_all(request).await.expect("the server reads");
    answer(stream, &mut Vec::with_capacity(1024)).await;
    sent.elapsed()
}

/// Reads one answer with a `content-length` to its end.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) {
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await.expect("the server answers");
        assert!(read > 0, "the server hung up");
        let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&buffer[..end]).expect("headers are ASCII").to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|text| text.trim().parse().ok())
            .expect("an answer of known length");
        if buffer.len() >= end + 4 + length {
            return;
        }
    }
}
