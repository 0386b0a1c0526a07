//! The table of routes: the router and its description are both made from it.

use axum::Router;
use axum::routing::{delete, get, patch, post, put};

use super::openapi;
use super::{layers, status};
use crate::account::handlers as account;
use crate::alerts::handlers as alerts;
use crate::audit::handlers as audit;
use crate::claim::handlers as claim;
use crate::invitations::handlers as invitations;
use crate::keys::handlers as keys;
use crate::limits::handlers as limits;
use crate::members::handlers as members;
use crate::organizations::handlers as organizations;
use crate::server::Server;
use crate::sessions::handlers as sessions;
use crate::usage::handlers as usage;
use crate::verifiers::handlers as verifiers;
use crate::verify::handlers as verify;
use crate::webhooks::handlers as webhooks;

macro_rules! routes {
    ($($method:ident $path:literal => $module:ident::$handler:ident;)*) => {
        /// Every route: method, path.
        #[cfg(all(test, feature = "openapi"))]
        pub(crate) const ROUTES: &[(&str, &str)] = &[$((stringify!($method), $path)),*];

        fn routed() -> Router<Server> {
            Router::new()$(.route($path, $method($module::$handler)))*
        }

        /// The operations of the description.
        #[cfg(feature = "openapi")]
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($module::$handler),*), components(schemas(
            keydeck_domain::api::keys::KeySort, keydeck_domain::api::keys::Direction, keydeck_domain::KeyStatus,
            keydeck_domain::KeyKind, keydeck_domain::Environment, keydeck_domain::api::audit::ExportFormat,
            keydeck_domain::api::usage::Step, keydeck_domain::api::usage::GroupBy, keydeck_domain::Outcome
        )))]
        pub(crate) struct Operations;
    };
}

routes! {
    post   "/v1/sessions" => sessions::create;
    get    "/v1/sessions/current" => sessions::current;
    delete "/v1/sessions/current" => sessions::end;
    get    "/v1/sessions" => sessions::list;
    delete "/v1/sessions/{id}" => sessions::end_one;
    patch  "/v1/account" => account::change;
    put    "/v1/account/password" => account::set_password;
    post   "/v1/claim" => claim::claim;
    post   "/v1/invitations/look" => invitations::look;
    post   "/v1/invitations/accept" => invitations::accept;
    get    "/join" => invitations::join;
    get    "/v1/organizations/{organization}/invitations" => invitations::list;
    post   "/v1/organizations/{organization}/invitations" => invitations::create;
    delete "/v1/organizations/{organization}/invitations/{id}" => invitations::withdraw;
    get    "/v1/organizations" => organizations::list;
    post   "/v1/organizations" => organizations::create;
    get    "/v1/organizations/{organization}" => organizations::get;
    patch  "/v1/organizations/{organization}" => organizations::change;
    get    "/v1/organizations/{organization}/limits" => limits::get;
    put    "/v1/organizations/{organization}/limits" => limits::set;
    get    "/v1/organizations/{organization}/members" => members::list;
    patch  "/v1/organizations/{organization}/members/{id}" => members::change;
    delete "/v1/organizations/{organization}/members/{id}" => members::remove;
    get    "/v1/organizations/{organization}/keys" => keys::index;
    post   "/v1/organizations/{organization}/keys" => keys::create;
    put    "/v1/organizations/{organization}/keys/{id}" => keys::register;
    get    "/v1/organizations/{organization}/keys/{id}" => keys::get;
    patch  "/v1/organizations/{organization}/keys/{id}" => keys::change;
    post   "/v1/organizations/{organization}/keys/{id}/revoke" => keys::revoke;
    get    "/v1/organizations/{organization}/verifiers" => verifiers::list;
    post   "/v1/organizations/{organization}/verifiers" => verifiers::create;
    delete "/v1/organizations/{organization}/verifiers/{id}" => verifiers::revoke;
    get    "/v1/organizations/{organization}/alerts" => alerts::list;
    get    "/v1/organizations/{organization}/webhooks" => webhooks::list;
    post   "/v1/organizations/{organization}/webhooks" => webhooks::create;
    delete "/v1/organizations/{organization}/webhooks/{id}" => webhooks::delete;
    post   "/v1/organizations/{organization}/webhooks/{id}/test" => webhooks::test;
    get    "/v1/organizations/{organization}/usage" => usage::usage;
    get    "/v1/organizations/{organization}/usage/export" => usage::export;
    get    "/v1/organizations/{organization}/usage/stale" => usage::stale;
    get    "/v1/organizations/{organization}/usage/sparklines" => usage::sparklines;
    get    "/v1/organizations/{organization}/usage/keys/{id}" => usage::of_key;
    get    "/v1/organizations/{organization}/audit" => audit::list;
    get    "/v1/organizations/{organization}/audit/head" => audit::newest;
    get    "/v1/organizations/{organization}/audit/export" => audit::export;
    get    "/v1/organizations/{organization}/audit/check" => audit::check;
    post   "/v1/verify" => verify::verify;
    get    "/v1/self" => verify::about_itself;
    get    "/v1/meta" => status::meta;
    get    "/livez" => status::livez;
    get    "/readyz" => status::readyz;
    get    "/openapi.json" => openapi::document;
}

impl Server {
    /// The routes, under the layers that belong to them.
    pub fn router(&self) -> Router {
        let mut routes = routed();
        if cfg!(feature = "dialects") {
            routes = routes.merge(crate::dialects::routes()).merge(crate::forward_auth::routes());
        }
        layers::within_layers(routes, self)
    }
}

#[cfg(all(test, feature = "openapi"))]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_description_is_of_the_routes() {
        let document = serde_json::to_value(openapi::description()).expect("a description is JSON");
        let described: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .expect("paths")
            .iter()
            .flat_map(|(path, methods)| methods.as_object().expect("methods").keys().map(|method| (method.clone(), path.clone())))
            .collect();
        let routed: BTreeSet<(String, String)> =
            ROUTES.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
        assert_eq!(described, routed);
    }
}
