//! What was counted in a year, asked for over HTTP, and what counting costs a verification.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use keydeck_domain::api::usage::{Group, Usage};
use keydeck_domain::{Password, SessionToken};
use keydeck_server::config::Counting;
use keydeck_server::demo::{self, Demo, Made};
use keydeck_server::{Config, Pepper, Server, USAGE_FILE};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::load::ask;
use crate::server::{Filled, KEYS, listen};
use crate::table::{Row, median};

/// Days of traffic.
const DAYS: u32 = 365;
/// Whom the demonstration belongs to.
const EMAIL: &str = "ada@example.org";
/// Times that each question is asked; the first few warm up.
const ASKED: usize = 60;
const WARM_UP: usize = 5;

/// All rows.
pub async fn rows() -> Vec<Row> {
    let year = Year::start().await;
    let mut rows = year.questions().await;
    year.stop().await;
    // It does not write by itself while it is measured: the rounds do.
    let never = Duration::from_secs(24 * 3_600);
    let filled = Filled::counting(Counting { flush: never, ..Counting::default() }).await;
    rows.push(filled.while_counts_are_written().await);
    filled.stop();
    rows
}

/// A demonstration of [`KEYS`] keys and [`DAYS`] days, on loopback, in this process.
struct Year {
    address: SocketAddr,
    token: SessionToken,
    made: Made,
    until: DateTime<Utc>,
    /// How long it took to make, and how large the file of counts is, in bytes.
    took: Duration,
    size: u64,
    server: Server,
    stop: Vec<oneshot::Sender<()>>,
    _folder: TempDir,
}

impl Year {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = Config::new(folder.path().join("data"));
        let pepper = Pepper::generate().expect("the system's generator works");
        // Exposed to open the same server again.
        let again = Pepper::from_bytes(*pepper.expose());
        let until = Utc::now();
        let wanted = Demo {
            seed: 1,
            keys: KEYS as u32,
            days: DAYS,
            until,
            email: EMAIL.parse().expect("a valid address"),
            name: "Ada".parse().expect("a valid name"),
            password: Password::new("a password for measuring only".to_owned()),
        };
        let begin = Instant::now();
        let made = Box::pin(demo::fill(config.clone(), pepper, wanted)).await.expect("an empty folder");
        let took = begin.elapsed();
        let size = std::fs::metadata(config.data_dir.join(USAGE_FILE)).expect("it was made").len();
        let server = keydeck_server::open(config, again).await.expect("what was made opens");
        let token = server.issue_session(&EMAIL.parse().expect("a valid address")).await.expect("the owner is there").token;
        let mut stop = Vec::new();
        let address = listen(&server, None, &mut stop).await;
        Self { address, token, made, until, took, size, server, stop, _folder: folder }
    }

    async fn stop(self) {
        for stop in self.stop {
            // A server that has ended by itself no longer hears it.
            let _ended = stop.send(());
        }
        self.server.close().await;
    }

    async fn questions(&self) -> Vec<Row> {
        let (year, month) = (TimeDelta::days(DAYS.into()), TimeDelta::days(30));
        let days = |length| self.days(length);
        let busiest = self.answer(&format!("{}&group=key&top=20", days(month))).await;
        let Some(Group::Key { id, .. }) = busiest.series.first().map(|series| &series.group) else {
            panic!("the busiest key stands first")
        };
        for zone in ["UTC", "Asia/Kathmandu", "America/New_York"] {
            // A day more: west of UTC the first one counted begins within a day before it.
            let all = self.answer(&format!("{}&zone={zone}", days(year + TimeDelta::days(1)))).await;
            assert_eq!(all.total, self.made.verifications, "a year of days in {zone} is all that was counted");
        }
        let bare = self.milliseconds("").await;
        let mut rows = vec![
            Row::new(
                format!("`keydeck-server demo`: {KEYS} keys and {DAYS} days"),
                format!(
                    "{:.0} s ({:.1} million rows, {:.0} MB, {:.0} million verifications)",
                    self.took.as_secs_f64(),
                    self.made.rows as f64 / 1e6,
                    self.size as f64 / 1e6,
                    self.made.verifications as f64 / 1e6
                ),
                "≤ 300 s",
            ),
            Row::new(
                "usage, over HTTP: an answer that counts nothing (the organization itself), with sign-in and membership looked up",
                format!("{bare:.2} ms"),
                "recorded: it is in each of those below",
            ),
        ];
        let questions = [
            ("the organization by UTC days, a year", days(year), "≤ 1 ms"),
            ("the same in another zone (Asia/Kathmandu), a year", format!("{}&zone=Asia/Kathmandu", days(year)), "≤ 40 ms"),
            ("the same in another zone, 30 days", format!("{}&zone=Asia/Kathmandu", days(month)), "≤ 5 ms"),
            ("the busiest key by UTC days, a year", format!("{}&keys={id}", days(year)), "≤ 1 ms"),
            ("the busiest key, as its drawer shows it", format!("/usage/keys/{id}"), "recorded"),
            ("the 20 busiest keys, 30 days", format!("{}&group=key&top=20", days(month)), "≤ 50 ms"),
            ("by outcome, UTC days, a year", format!("{}&group=outcome", days(year)), "recorded"),
            ("the 20 busiest keys, a year", format!("{}&group=key&top=20", days(year)), "recorded"),
            ("keys that nobody used for 90 days, the first page", "/usage/stale?days=90".to_owned(), "recorded"),
        ];
        for (what, path, goal) in questions {
            let took = self.milliseconds(&path).await;
            let own = (took - bare).max(0.0);
            rows.push(Row::new(
                format!("usage: {what}"),
                format!("{took:.2} ms ({own:.2} without what every answer costs)"),
                goal,
            ));
        }
        rows
    }

    /// The path that asks for so many days up to now.
    fn days(&self, length: TimeDelta) -> String {
        let stamp = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        format!("/usage?step=day&from={}&to={}", stamp(self.until - length), stamp(self.until))
    }

    fn path(&self, of_organization: &str) -> String {
        format!("/v1/organizations/{}{of_organization}", self.made.organization)
    }

    async fn answer(&self, path: &str) -> Usage {
        let url = format!("http://{}{}", self.address, self.path(path));
        // The token is exposed in the header that exists to carry it.
        let answer =
            keydeck_tests::asking::client().get(url).bearer_auth(self.token.expose()).send().await.expect("the server answers");
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap_or_default());
        answer.json().await.expect("figures")
    }

    /// The median of an answer, on one connection that stays open.
    async fn milliseconds(&self, path: &str) -> f64 {
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
            self.path(path),
            // The token is exposed in the header that exists to carry it.
            self.token.expose()
        );
        let mut stream = TcpStream::connect(self.address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket option of every system");
        let mut took = Vec::new();
        for number in 0..WARM_UP + ASKED {
            let answered = ask(&mut stream, request.as_bytes()).await;
            if number >= WARM_UP {
                took.push(answered.as_secs_f64() * 1_000.0);
            }
        }
        median(took)
    }
}
