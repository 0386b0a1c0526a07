//! `/memories` and `/query`: small, and standing for the service that keys protect. Live and test keys see different
//! memories. They are in this process's memory alone, a bounded number of them, and gone when it ends; a list says so.

mod store;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::StatusCode;
use keydeck_domain::{Environment, OrganizationId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(super) use store::Memories;
use store::{BYTES_MAX, COUNT_MAX, Memory, Refused};

use super::caller::{Caller, json as body, judged};
use super::envelope::{Refusal, page, success};
use crate::server::Server;

/// Longest text of a memory, in characters.
const TEXT_MAX: usize = 50_000;
/// Longest id that a caller gives himself, in characters.
const ID_MAX: usize = 64;
/// Rows of a page unless told.
const PER_PAGE: usize = 50;
/// Most rows of a page.
const PER_PAGE_MAX: usize = 100;

/// The routes. Both of a server's copies of them see the same memories.
pub(super) fn routes(memories: &Memories) -> Router<Server> {
    Router::new()
        .route("/memories", get(list).post(create))
        .route("/memories/{id}", get(one).put(change).delete(forget))
        .route("/query", post(query))
        .layer(Extension(memories.clone()))
}

/// Whose memories: of an organization, and live or test.
type Place = (OrganizationId, Environment);

fn place(caller: &Caller) -> Place {
    (caller.entry.key.organization_id, caller.entry.key.environment)
}

type Id = Result<Path<String>, PathRejection>;

fn named(id: Id) -> Result<String, Refusal> {
    id.map(|Path(id)| id).map_err(|_| refused(Refused::Unknown))
}

fn refused(why: Refused) -> Refusal {
    match why {
        Refused::Unknown => Refusal::new(StatusCode::NOT_FOUND, "MEMORY_NOT_FOUND", "There is no such memory"),
        Refused::Taken => Refusal::new(StatusCode::CONFLICT, "MEMORY_ID_EXISTS", "There is a memory with this id"),
        Refused::Full => Refusal::new(StatusCode::INSUFFICIENT_STORAGE, "STORAGE_LIMIT_EXCEEDED", kept()),
    }
}

/// How memories are kept, for whoever looks at them.
fn kept() -> String {
    format!(
        "Memories stand here for the service that keys protect: they are kept in memory alone, at most {COUNT_MAX} and \
         {} KiB for an organization and environment, and are gone when the server stops",
        BYTES_MAX / 1024
    )
}

#[derive(Deserialize)]
struct ListQuery {
    page: Option<usize>,
    per_page: Option<usize>,
}

async fn list(State(server): State<Server>, Extension(memories): Extension<Memories>, request: Request) -> Response {
    judged(server, request, "GET:/v1/memories", &["read"], async |caller: Caller| {
        let ListQuery { page: number, per_page } = caller.query()?;
        let (number, per_page) = (number.unwrap_or(1), per_page.unwrap_or(PER_PAGE));
        if number == 0 || !(1..=PER_PAGE_MAX).contains(&per_page) {
            return Err(Refusal::invalid(Some("per_page"), &format!("`page` is 1 or more, `per_page` is 1 to {PER_PAGE_MAX}")));
        }
        let all = memories.all(place(&caller));
        let pages = all.len().div_ceil(per_page);
        let rows: Vec<&Memory> = all.iter().skip((number - 1).saturating_mul(per_page)).take(per_page).collect();
        let pagination = json!({
            "total": all.len(), "page": number, "per_page": per_page, "total_pages": pages, "has_next": number < pages,
        });
        Ok(page(rows, pagination, Some(json!({ "storage": kept() }))))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    text: String,
    metadata: Option<Map<String, Value>>,
    memory_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    text: Option<String>,
    metadata: Option<Map<String, Value>>,
}

fn checked(text: &str) -> Result<(), Refusal> {
    if text.is_empty() || text.chars().nth(TEXT_MAX).is_some() {
        return Err(Refusal::invalid(Some("text"), &format!("`text` must have 1 to {TEXT_MAX} characters")));
    }
    Ok(())
}

async fn create(State(server): State<Server>, Extension(memories): Extension<Memories>, request: Request) -> Response {
    judged(server, request, "POST:/v1/memories", &["write"], async |caller: Caller| {
        let place = place(&caller);
        let New { text, metadata, memory_id } = body(caller.request, &caller.server).await?;
        checked(&text)?;
        if let Some(id) = &memory_id {
            let plain = (1..=ID_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
            if !plain {
                return Err(Refusal::invalid(Some("memory_id"), "`memory_id` is 1 to 64 of letters, digits, `_`, `-` and `.`"));
            }
        }
        let made = memories.create(place, memory_id, text, metadata.unwrap_or_default()).map_err(refused)?;
        Ok(success(StatusCode::CREATED, made))
    })
    .await
}

async fn one(State(server): State<Server>, Extension(memories): Extension<Memories>, id: Id, request: Request) -> Response {
    judged(server, request, "GET:/v1/memories/{id}", &["read"], async |caller: Caller| {
        let found = memories.get(place(&caller), &named(id)?).map_err(refused)?;
        Ok(success(StatusCode::OK, found))
    })
    .await
}

async fn change(State(server): State<Server>, Extension(memories): Extension<Memories>, id: Id, request: Request) -> Response {
    judged(server, request, "PUT:/v1/memories/{id}", &["write"], async |caller: Caller| {
        let (place, id) = (place(&caller), named(id)?);
        let Change { text, metadata } = body(caller.request, &caller.server).await?;
        if let Some(text) = &text {
            checked(text)?;
        }
        Ok(success(StatusCode::OK, memories.change(place, &id, text, metadata).map_err(refused)?))
    })
    .await
}

async fn forget(State(server): State<Server>, Extension(memories): Extension<Memories>, id: Id, request: Request) -> Response {
    judged(server, request, "DELETE:/v1/memories/{id}", &["delete"], async |caller: Caller| {
        let id = named(id)?;
        memories.forget(place(&caller), &id).map_err(refused)?;
        Ok(success(StatusCode::OK, json!({ "id": id, "deleted": true })))
    })
    .await
}

#[derive(Deserialize)]
struct Context {
    context: String,
    max_memories: Option<usize>,
}

/// Memories that share words with the context, those that share most first. The real service knows better.
async fn query(State(server): State<Server>, Extension(memories): Extension<Memories>, request: Request) -> Response {
    judged(server, request, "POST:/v1/query", &["read"], async |caller: Caller| {
        let place = place(&caller);
        let Context { context, max_memories } = body(caller.request, &caller.server).await?;
        checked(&context)?;
        let all = memories.all(place);
        let mut found: Vec<(f64, &Memory)> =
            all.iter().map(|memory| (memory.shared_with(&context), memory)).filter(|(score, _)| *score > 0.0).collect();
        found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let found: Vec<Value> = found
            .into_iter()
            .take(max_memories.unwrap_or(20).min(PER_PAGE_MAX))
            .map(|(score, memory)| {
                json!({ "id": memory.id, "text": memory.text, "metadata": memory.metadata, "relevance_score": score })
            })
            .collect();
        Ok(success(StatusCode::OK, json!({ "memories": found, "total_memories_searched": all.len() })))
    })
    .await
}
