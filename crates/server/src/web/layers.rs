//! What stands round every route: the log line, the headers of every answer, what catches a panic, and
//! what is refused before a handler is asked. All of it is one service with a future of its own: each
//! of axum's layers would box both again, for every verification.

use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method};
use tower::{Layer, Service};

use super::guard;
use crate::error::Error;
use crate::server::Server;

/// Puts routes under what every route of this server has.
pub fn within_layers(routes: Router<Server>, server: &Server) -> Router {
    routes
        .fallback(|| async { Error::NotFound })
        .method_not_allowed_fallback(|| async { Error::MethodNotAllowed })
        .layer(Around(server.clone()))
        .with_state(server.clone())
}

#[derive(Clone)]
struct Around(Server);

impl<S> Layer<S> for Around {
    type Service = Within<S>;

    fn layer(&self, inner: S) -> Within<S> {
        Within { inner, server: self.0.clone() }
    }
}

#[derive(Clone)]
struct Within<S> {
    inner: S,
    server: Server,
}

impl<S, F> Service<Request> for Within<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future = F>,
    F: Future<Output = Result<Response, Infallible>> + Unpin,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering<F>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Answering<F> {
        let line = Line::begin(&request);
        let refused = guard::host(&self.server, &request)
            .and_then(|()| guard::caller(&self.server, &mut request))
            .and_then(|()| guard::no_secret_in_url(&request));
        let answer = match refused {
            // A route's own `call` only prepares: what a handler does, it does when it is polled.
            Ok(()) => Answer::Coming(self.inner.call(request)),
            Err(error) => Answer::Refused(error),
        };
        Answering { line, answer }
    }
}

struct Answering<F> {
    line: Option<Line>,
    answer: Answer<F>,
}

enum Answer<F> {
    Refused(Error),
    Coming(F),
    Given,
}

impl<F: Future<Output = Result<Response, Infallible>> + Unpin> Future for Answering<F> {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = match &mut self.answer {
            Answer::Coming(coming) => ready!(caught(coming, context)),
            Answer::Refused(_) | Answer::Given => match std::mem::replace(&mut self.answer, Answer::Given) {
                Answer::Refused(error) => error.into_response(),
                // Only where somebody polls again what has ended.
                _ => return Poll::Pending,
            },
        };
        self.answer = Answer::Given;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(line) = &self.line {
            line.end(&response);
        }
        Poll::Ready(Ok(response))
    }
}

/// A panic ends one request. What it said stays in the process: it can hold anything. The future is
/// dropped after it, so nobody sees what it left half done.
fn caught<F>(coming: &mut F, context: &mut Context<'_>) -> Poll<Response>
where
    F: Future<Output = Result<Response, Infallible>> + Unpin,
{
    match catch_unwind(AssertUnwindSafe(|| Pin::new(coming).poll(context))) {
        Ok(polled) => polled.map(|result| result.unwrap_or_else(|never| match never {})),
        Err(_) => Poll::Ready(Error::Internal("a handler panicked".to_owned()).into_response()),
    }
}

/// One line for a request. It names the route, not the path, and nothing of query, headers or body: none
/// of it can hold a secret or a line break.
struct Line {
    begun: Instant,
    method: &'static str,
    route: Option<MatchedPath>,
}

impl Line {
    /// None where nobody reads it: then the clock is not asked either.
    fn begin(request: &Request) -> Option<Self> {
        tracing::enabled!(tracing::Level::INFO).then(|| Self {
            begun: Instant::now(),
            method: known(request.method()),
            route: request.extensions().get::<MatchedPath>().cloned(),
        })
    }

    fn end(&self, response: &Response) {
        tracing::info!(
            method = self.method,
            route = self.route.as_ref().map_or("-", MatchedPath::as_str),
            status = response.status().as_u16(),
            micros = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            "request"
        );
    }
}

/// A method can be any word: only those that are known are written.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
