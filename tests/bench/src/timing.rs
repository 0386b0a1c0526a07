//! What time tells of a key, and what a flood of keys that nobody has does to those that are good.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::load::ask;
use crate::table::Row;

/// Answers on each side.
const ANSWERS: usize = 50_000;
/// Callers that present keys that nobody has, and how many each sends a second at most.
const FLOOD: (usize, u32) = (4, 1_000);

/// Asks for a known and for an unknown key in turn, on one connection, 100,000 times in all.
pub async fn known_against_unknown(address: SocketAddr, known: &[Vec<u8>], unknown: &[Vec<u8>]) -> Row {
    let mut stream = connect(address).await;
    let (mut good, mut bad) = (Vec::with_capacity(ANSWERS), Vec::with_capacity(ANSWERS));
    for (known, unknown) in known.iter().cycle().zip(unknown.iter().cycle()).take(ANSWERS) {
        good.push(ask(&mut stream, known).await);
        bad.push(ask(&mut stream, unknown).await);
    }
    let ratio = half(good).as_secs_f64() / half(bad).as_secs_f64();
    Row::new(
        "`/v1/verify`: median time for a known key ÷ for an unknown one, 100,000 answers",
        format!("{ratio:.3}"),
        "0.95 to 1.05",
    )
}

/// The median of good keys while others send well-formed keys that nobody has, over that without them.
pub async fn under_a_flood(address: SocketAddr, known: &'static [Vec<u8>], unknown: &'static [Vec<u8>]) -> Row {
    let mut ratios = Vec::new();
    for _ in 0..7 {
        let calm = median_of_good(address, known).await;
        let going = Arc::new(AtomicBool::new(true));
        let flood: Vec<_> = (0..FLOOD.0).map(|_| tokio::spawn(flood(address, unknown, Arc::clone(&going)))).collect();
        let flooded = median_of_good(address, known).await;
        going.store(false, Ordering::Relaxed);
        for caller in flood {
            caller.await.expect("a caller ends by itself");
        }
        ratios.push(flooded.as_secs_f64() / calm.as_secs_f64());
    }
    Row::new(
        format!("`/v1/verify`: median for good keys under {} unknown ones a second ÷ without them", FLOOD.0 * FLOOD.1 as usize),
        format!("{:.2}", crate::table::median(ratios)),
        "≤ 1.3",
    )
}

async fn median_of_good(address: SocketAddr, known: &[Vec<u8>]) -> Duration {
    let mut stream = connect(address).await;
    let mut took = Vec::with_capacity(5_000);
    for request in known.iter().cycle().take(5_000) {
        took.push(ask(&mut stream, request).await);
    }
    half(took)
}

async fn flood(address: SocketAddr, unknown: &[Vec<u8>], going: Arc<AtomicBool>) {
    let mut stream = connect(address).await;
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    for requests in unknown.chunks((FLOOD.1 / 100) as usize).cycle() {
        if !going.load(Ordering::Relaxed) {
            return;
        }
        ticks.tick().await;
        for request in requests {
            ask(&mut stream, request).await;
        }
    }
}

async fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.expect("the server listens");
    stream.set_nodelay(true).expect("a socket option of every system");
    stream
}

fn half(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() / 2]
}
