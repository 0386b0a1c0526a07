//! `/health` and `/account`.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::json;
use sqlx::Row;

use super::caller::{Caller, judged};
use super::envelope::{Refusal, success};
use crate::error::Error;
use crate::keys::by_key;
use crate::organizations::record;
use crate::server::Server;
use crate::times;

/// Whether the server answers: "All API requests (except `/health` and `/signup`) require authentication". The document
/// gives no shape: ours.
pub(super) async fn health() -> Response {
    success(StatusCode::OK, json!({ "status": "ok" }))
}

/// Whose key it is, and what it may do. Any key may ask.
pub(super) async fn account(State(server): State<Server>, request: Request) -> Response {
    judged(server, request, "GET:/v1/account", &[], told).await
}

async fn told(caller: Caller) -> Result<Response, Refusal> {
    let key = &caller.entry.key;
    let parts = &caller.server.parts;
    let mut connection = parts.store.read().await?;
    let organization = record::find(&mut connection, key.organization_id).await?.ok_or(Error::NotFound)?;
    let owner = by_key::owner(&mut connection, &parts.subkeys, organization.id).await?;
    let row = sqlx::query("SELECT created_at FROM organizations WHERE id = ?")
        .bind(organization.id.0)
        .fetch_one(&mut *connection)
        .await
        .map_err(Error::from)?;
    let created_at = times::read(row.try_get("created_at").map_err(Error::from)?)?;
    let limits = caller.limits.as_ref().map(|state| {
        json!({
            "policy": state.policy,
            "limit": state.limit,
            "remaining": state.remaining,
            "window_seconds": state.window.as_secs(),
        })
    });
    Ok(success(
        StatusCode::OK,
        json!({
            "org_id": format!("org_{}", organization.id.0.simple()),
            "name": organization.name,
            "email": owner.email,
            "is_active": true,
            "created_at": created_at,
            "limits": limits,
            "key": {
                "id": super::api_keys::id_on_the_wire(key.id),
                "name": key.name,
                "environment": key.environment,
                "scopes": key.scopes,
                "expires_at": key.expires_at,
            },
        }),
    ))
}
