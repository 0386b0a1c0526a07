//! Answers of foreign systems: any status, with its head and its body, for an adapter that knows what they mean.

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use serde::de::DeserializeOwned;
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

use super::failure::Failure;
use super::retry::{self, Repeat};
use super::{BODY_MAX, Http, Request, header_text, read};

/// An answer with any status but a redirect.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers. What stands in `set-cookie` can be a secret.
    pub headers: HeaderMap,
    /// Without parameters, in lower case; empty where the server named none.
    pub media_type: String,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
    body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// The body as JSON, whatever media type it has.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::BadAnswer`]. The parser's own text can quote the answer, so it is not told on.
    pub fn json<T: DeserializeOwned>(&self) -> std::result::Result<T, Failure> {
        serde_json::from_slice(&self.body)
            .map_err(|_| Failure::bad_answer("The server's answer is not in the form that was expected."))
    }

    /// The body as it came. Can hold a secret.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// A header that is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Http {
    /// Sends a request and gives back what came, whatever it is; an error where nothing came, a redirect did, or the
    /// body is too long. What can be repeated is repeated where the connection failed or a gateway was in the way.
    ///
    /// # Errors
    /// Those of the network.
    pub async fn exchange(&self, request: Request<'_>) -> std::result::Result<Answer, Failure> {
        let mut tries = 0;
        let mut perhaps_done = false;
        loop {
            tries += 1;
            let last = request.repeat == Repeat::Never || tries >= retry::ATTEMPTS;
            let mut failure = match self.exchange_once(&request).await {
                Ok(answer) if !last && matches!(answer.status.as_u16(), 502..=504) => {
                    Failure::status(answer.status, &self.origin(), answer.retry_after)
                }
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            // A later refusal does not undo what an earlier try may have done.
            perhaps_done |= failure.perhaps_done;
            failure.perhaps_done = perhaps_done;
            let told_to_wait_too_long = failure.retry_after.is_some_and(|wait| wait > retry::RETRY_AFTER_MAX);
            if last || !failure.passing || told_to_wait_too_long {
                return Err(failure);
            }
            let wait = failure.retry_after.unwrap_or_else(|| retry::wait(tries, retry::random()));
            tokio::time::sleep(wait).await;
        }
    }

    async fn exchange_once(&self, request: &Request<'_>) -> std::result::Result<Answer, Failure> {
        let answer = self.head(request, None).await?;
        let status = answer.status();
        if status.is_redirection() {
            return Err(Failure::redirected(&self.origin()));
        }
        let headers = answer.headers().clone();
        let content_type = header_text(&answer, CONTENT_TYPE.as_str()).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let date = header_text(&answer, DATE.as_str());
        let retry_after = header_text(&answer, RETRY_AFTER.as_str())
            .and_then(|value| retry::retry_after(&value, date.as_deref(), SystemTime::now()));
        let body = read(answer, BODY_MAX, request.secret_answer).await?;
        Ok(Answer { status, headers, media_type, retry_after, body })
    }
}
