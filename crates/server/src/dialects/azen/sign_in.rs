//! Signing in and out. The sessions are the server's own: the same tokens, the same ends, slowed alike.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderName, HeaderValue};
use keydeck_domain::{Email, Password};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::cookie;
use super::refusal::Refusal;
use super::shown;
use super::visitor::{Anybody, OwnPage};
use crate::error::Error;
use crate::server::Server;
use crate::sessions::client::Client;
use crate::sessions::prove::prove;
use crate::sessions::record;
use crate::web::body;

static SET_AUTH_TOKEN: HeaderName = HeaderName::from_static("set-auth-token");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignIn {
    email: String,
    #[serde(deserialize_with = "password")]
    password: Password,
    remember_me: Option<bool>,
}

fn password<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Password, D::Error> {
    String::deserialize(deserializer).map(Password::new)
}

/// `POST /api/auth/sign-in/email`.
pub(super) async fn sign_in(
    State(server): State<Server>,
    client: Client,
    page: OwnPage,
    request: Request,
) -> Result<Response, Refusal> {
    let bytes = body::read(request, &server).await?;
    let wanted: SignIn = body::parse(&bytes)?;
    let email: Email = wanted.email.parse().map_err(|_| Refusal::invalid_email())?;
    let stored = prove(&server, &email, wanted.password, client.address).await?.ok_or_else(Refusal::wrong_password)?;
    let issuer = server.clone();
    let issued = server.to_the_end(async move { record::issue(&issuer, stored, &client).await }).await?;
    let issued = issued.ok_or_else(Refusal::wrong_password)?;

    let user = shown::user(&mut *server.parts.store.read().await?, &issued.session.user).await?;
    let signed = cookie::signed(&server.parts.subkeys, &issued.token);
    // As long as a session can live: the server ends it earlier where it is not used.
    let longest = i64::try_from(server.parts.config.session_absolute.as_secs()).unwrap_or(i64::MAX);
    let age = wanted.remember_me.unwrap_or(true).then_some(longest);
    let cookie = cookie::set(&signed, age, page.encrypted)?;
    let mut header = HeaderValue::from_str(&signed).map_err(|_| Error::Internal("a token could not be written".to_owned()))?;
    header.set_sensitive(true);
    let body = json!({
        "redirect": false,
        // Exposed in the one answer that tells it to its person.
        "token": issued.token.expose(),
        "user": user,
    });
    Ok(([(SET_COOKIE, cookie), (SET_AUTH_TOKEN.clone(), header)], Json(body)).into_response())
}

/// `GET /api/auth/get-session`: `null` where nobody is signed in.
pub(super) async fn get_session(State(server): State<Server>, Anybody(visitor): Anybody) -> Result<Json<Value>, Refusal> {
    let Some(visitor) = visitor else { return Ok(Json(Value::Null)) };
    let user = shown::user(&mut *server.parts.store.read().await?, &visitor.signed_in.session.user).await?;
    Ok(Json(json!({ "session": shown::session(&visitor), "user": user })))
}

/// `POST /api/auth/sign-out`: well also where nobody was signed in.
pub(super) async fn sign_out(State(server): State<Server>, Anybody(visitor): Anybody) -> Result<Response, Refusal> {
    if let Some(visitor) = visitor {
        let ending = server.clone();
        server.to_the_end(async move { record::end(&ending, &visitor.signed_in).await }).await?;
    }
    Ok(([(SET_COOKIE, cookie::cleared())], Json(json!({ "success": true }))).into_response())
}
