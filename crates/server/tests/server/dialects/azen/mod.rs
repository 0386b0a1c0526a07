//! Azen: Better Auth's routes, the console's own, and the protected API behind its middleware.

mod console;
mod keys;
mod limits;
mod list;
mod organizations;
mod protected;
mod sessions;
mod usage;

use keydeck_domain::{Dialect, OrganizationId, Role};
use keydeck_server::Config;
use serde_json::{Value, json};

use super::made;
use crate::support::{Answer, As, World};

pub const AUTH: &str = "/azen/api/auth";
pub const KEYS: &str = "/azen/api/keys";
pub const MEMORIES: &str = "/azen/api/v1/memories";

/// The world, with an organization of this dialect in which everybody is what he is in Northwind, and one of the
/// stranger's.
pub struct Azen {
    pub world: World,
    pub organization: OrganizationId,
    pub foreign: OrganizationId,
}

impl Azen {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        let world = World::with(configure).await;
        let organization = made::organization(&world, Dialect::Azen, None).await;
        for (name, role) in
            [("admin", Role::Admin), ("member", Role::Member), ("other_member", Role::Member), ("viewer", Role::Viewer)]
        {
            world.server.add_member(organization, world.id_of(name).await, role).await.unwrap();
        }
        let wanted = keydeck_domain::api::organizations::NewOrganization {
            name: "Elsewhere".parse().unwrap(),
            prefix: "kd".parse().unwrap(),
            dialect: Dialect::Azen,
            tenant: None,
        };
        let foreign = world.server.add_organization_of(wanted, world.id_of("stranger").await).await.unwrap();
        Self { world, organization, foreign }
    }

    /// The same, where everybody's session acts for the organization.
    pub async fn acting() -> Self {
        let azen = Self::new().await;
        let world = &azen.world;
        for by in [&world.owner, &world.admin, &world.member, &world.other_member, &world.viewer] {
            act(by, Some(azen.organization)).await.is(200);
        }
        act(&world.stranger, Some(azen.foreign)).await.is(200);
        azen
    }

    /// A key of this access, made in the console; its record, and its text.
    pub async fn key(&self, by: &As, access: &str) -> (Value, String) {
        let made = by.post(KEYS, &json!({ "name": "Worker", "permissions": access })).await.is(201).value();
        let text = made["key"].as_str().unwrap().to_owned();
        (made, text)
    }

    /// Asks the protected API with a key.
    pub async fn ask(&self, key: &str) -> Answer {
        self.world.anonymous.send("GET", MEMORIES, &[("azen-api-key", key)], None).await
    }

    /// Writes to the protected API with a key.
    pub async fn remember(&self, key: &str, text: &str) -> Answer {
        self.world.anonymous.json("POST", MEMORIES, &[("azen-api-key", key)], &json!({ "text": text })).await
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.world.address)
    }
}

/// Has a session act for an organization.
pub async fn act(by: &As, organization: Option<OrganizationId>) -> Answer {
    by.post(&format!("{AUTH}/organization/set-active"), &json!({ "organizationId": organization })).await
}

/// Makes a key by Better Auth's own route.
pub async fn create(by: &As, body: &Value) -> Answer {
    by.post(&format!("{AUTH}/api-key/create"), body).await
}

/// A refusal as Better Auth writes it.
#[track_caller]
pub fn told(answer: Answer, status: u16, code: &str) {
    let answer = answer.is(status);
    assert_eq!(answer.header("content-type"), "application/json");
    let body = answer.value();
    assert_eq!(body["code"], code);
    assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
}

/// A refusal as the middleware writes it: plain text.
#[track_caller]
pub fn denied(answer: Answer, status: u16, said: &str) {
    let answer = answer.is(status);
    assert_eq!(made::text(&answer), said);
    assert_eq!(answer.header("content-type").to_ascii_lowercase(), "text/plain; charset=utf-8");
}

/// The names of the objects in a list.
pub fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}
