//! `/openapi.json`: the description of the routes. Without the feature `openapi` it is not found, and the
//! linker drops what every handler says of itself.

use axum::response::{IntoResponse, Response};
#[cfg(feature = "openapi")]
use utoipa::openapi::OpenApi;

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "server", responses(
    (status = 200, description = "OpenAPI 3.1.", content_type = "application/json"),
))]
pub(crate) async fn document() -> Response {
    #[cfg(feature = "openapi")]
    let answer = axum::Json(description());
    #[cfg(not(feature = "openapi"))]
    let answer = crate::error::Error::NotFound;
    answer.into_response()
}

/// The routes, their bodies and how each is authorized.
#[cfg(feature = "openapi")]
pub(crate) fn description() -> OpenApi {
    use utoipa::openapi::Info;
    use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

    let mut document = <super::router::Operations as utoipa::OpenApi>::openapi();
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
