//! Requests as somebody, and what is answered.

use std::net::SocketAddr;

use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use keydeck_domain::api::problem::{PROBLEM_JSON, Problem, ProblemCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::authority::{Authority, client_config};

/// A caller: what stands in the `Authorization` header.
#[derive(Clone)]
pub struct As {
    client: Client<HttpsConnector<HttpConnector>, Full<hyper::body::Bytes>>,
    origin: String,
    bearer: Option<String>,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl As {
    pub fn anonymous(address: SocketAddr) -> Self {
        Self::at(format!("http://{address}"), rustls::RootCertStore::empty())
    }

    /// Over https, as somebody who trusts this authority alone.
    pub fn encrypted(address: SocketAddr, authority: &Authority) -> Self {
        Self::at(format!("https://{address}"), authority.trusted())
    }

    fn at(origin: String, trusted: rustls::RootCertStore) -> Self {
        let config = client_config(trusted);
        let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build();
        Self { client: Client::builder(TokioExecutor::new()).build(connector), origin, bearer: None }
    }

    pub fn bearer(address: SocketAddr, token: &str) -> Self {
        Self { bearer: Some(token.to_owned()), ..Self::anonymous(address) }
    }

    /// The same caller at a server that listens elsewhere now.
    pub fn at_address(&self, address: SocketAddr) -> Self {
        Self { bearer: self.bearer.clone(), ..Self::anonymous(address) }
    }

    /// The same client with a token.
    pub fn with_bearer(&self, token: &str) -> Self {
        Self { bearer: Some(token.to_owned()), ..self.clone() }
    }

    /// The same client with nothing to show.
    pub fn anonymously(&self) -> Self {
        Self { bearer: None, ..self.clone() }
    }

    pub fn token(&self) -> &str {
        self.bearer.as_deref().unwrap_or_default()
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Vec<u8>>) -> Answer {
        self.try_send(method, path, headers, body).await.unwrap()
    }

    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let mut request =
            http::Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(format!("{}{path}", self.origin));
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.client.request(request.body(Full::from(body.unwrap_or_default())).unwrap()).await?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes().to_vec();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None).await
    }

    pub async fn json(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &impl Serialize) -> Answer {
        let headers: Vec<_> = [("content-type", "application/json")].iter().chain(headers).copied().collect();
        self.send(method, path, &headers, Some(serde_json::to_vec(body).unwrap())).await
    }

    pub async fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        self.json("POST", path, &[], body).await
    }

    pub async fn put(&self, path: &str, body: &impl Serialize) -> Answer {
        self.json("PUT", path, &[], body).await
    }

    pub async fn patch(&self, path: &str, version: u32, body: &impl Serialize) -> Answer {
        self.json("PATCH", path, &[("if-match", &format!("\"{version}\""))], body).await
    }
}

impl Answer {
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    #[track_caller]
    pub fn read<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    #[track_caller]
    pub fn value(&self) -> Value {
        self.read()
    }

    /// A refusal: problem+json with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: ProblemCode) -> Problem {
        let answer = self.is(status);
        assert_eq!(answer.header("content-type"), PROBLEM_JSON);
        let problem: Problem = answer.read();
        assert_eq!(problem.code, code);
        assert_eq!(problem.status, status);
        problem
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
