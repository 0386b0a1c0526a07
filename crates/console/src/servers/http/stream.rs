//! Answers that are too long to be held: given on part by part.

use std::time::Duration;

use super::failure::Failure;
use super::{Http, Request};
use crate::error::{Error, ErrorCode};
use crate::servers::audit::Sink;

/// Most bytes of such an answer: what a count of 32 bits can say.
const LONG_MAX: u64 = 4 * 1024 * 1024 * 1024 - 1;
/// How long the whole of it may take.
const LONG_TIME: Duration = Duration::from_secs(60 * 60);
/// How long one part of it may take.
const PART_TIME: Duration = Duration::from_secs(30);

impl Http {
    /// Sends a request and gives its answer on as it comes. Sent once: parts that were given on can't
    /// be taken back. An error means that `into` has not got all.
    pub async fn stream(&self, request: Request<'_>, media_type: &str, into: &mut dyn Sink) -> std::result::Result<(), Failure> {
        let head = tokio::time::timeout(PART_TIME, self.answer(&request, media_type, Some(LONG_TIME)));
        let mut answer = head.await.map_err(|_| late())??;
        let mut taken = 0_u64;
        loop {
            let part = tokio::time::timeout(PART_TIME, answer.chunk()).await.map_err(|_| late())?;
            let Some(part) = part.map_err(|_| Failure::bad_answer("The server's answer ended too early."))? else {
                return Ok(());
            };
            taken += part.len() as u64;
            if taken > LONG_MAX {
                return Err(Failure::bad_answer("The server's answer is too long."));
            }
            into.take(&part).await.map_err(Failure::of)?;
        }
    }
}

fn late() -> Failure {
    Failure::of(Error::new(ErrorCode::Timeout, "The server took too long to answer."))
}
