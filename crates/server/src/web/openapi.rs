//! `/openapi.json`: the description of the routes.

use axum::Json;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Info, OpenApi};

use super::router::Operations;

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "server", responses(
    (status = 200, description = "OpenAPI 3.1.", content_type = "application/json"),
))]
pub(crate) async fn document() -> Json<OpenApi> {
    Json(description())
}

/// The routes, their bodies and how each is authorized.
pub(crate) fn description() -> OpenApi {
    let mut document = <Operations as utoipa::OpenApi>::openapi();
    document.info = Info::new("keydeck-server", env!("CARGO_PKG_VERSION"));
    let bearer =
        |what: &str| SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(what)).build());
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("session", bearer("The token of a session, from `POST /v1/sessions`."));
    components.add_security_scheme("verifier", bearer("A verifier's secret."));
    components.add_security_scheme("key", bearer("A key."));
    components.add_security_scheme("key_header", SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key"))));
    document
}
