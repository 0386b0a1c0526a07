//! Who answers, and whether it is well.

use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use keydeck_domain::api::limits::FEATURE_LIMITS;
use keydeck_domain::api::meta::{FEATURE_TEAM, Meta, PROTOCOL, SERVER_NAME};
use keydeck_domain::api::problem::Problem;
use keydeck_domain::api::usage::FEATURE_USAGE;
use keydeck_domain::api::webhooks::FEATURE_WEBHOOKS;

use crate::error::Error;
use crate::server::Server;

/// Who answers, so that an older server gets a clear message.
#[utoipa::path(get, path = "/v1/meta", tag = "server", responses(
    (status = 200, description = "Name, version, protocol and features.", body = Meta),
))]
pub(crate) async fn meta(State(server): State<Server>) -> Json<Meta> {
    Json(Meta {
        name: SERVER_NAME.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: PROTOCOL,
        features: features(),
        claimed: !server.parts.claimable.waits(),
    })
}

/// What this server can do beyond the first version, as it was built.
fn features() -> Vec<String> {
    let mut features = vec![FEATURE_TEAM.to_owned(), FEATURE_USAGE.to_owned(), FEATURE_LIMITS.to_owned()];
    if crate::webhooks::SENT {
        features.push(FEATURE_WEBHOOKS.to_owned());
    }
    features
}

/// Whether the process answers. Asks nothing else.
#[utoipa::path(get, path = "/livez", tag = "server", responses((status = 204, description = "It does.")))]
pub(crate) async fn livez() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Whether the database answers and can be relied on, and the server was not told to stop.
#[utoipa::path(get, path = "/readyz", tag = "server", responses(
    (status = 204, description = "It does."),
    (status = 503, description = "It does not.", body = Problem),
))]
pub(crate) async fn readyz(State(server): State<Server>) -> Result<StatusCode, Error> {
    if server.parts.stopping.load(Ordering::Acquire) {
        return Err(Error::Unavailable("the server is stopping".to_owned()));
    }
    if server.parts.store.undermined() {
        return Err(Error::Unavailable("a change could not be made durable".to_owned()));
    }
    let asked = async {
        let mut connection = server.parts.store.read().await?;
        sqlx::query_scalar::<_, i64>("SELECT one FROM instance").fetch_one(&mut *connection).await?;
        Ok::<_, Error>(())
    };
    asked.await.map_err(|error| Error::Unavailable(format!("the database does not answer: {error}")))?;
    Ok(StatusCode::NO_CONTENT)
}
