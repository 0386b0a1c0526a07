//! The question of a proxy.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::USER_AGENT;
use http::request::Parts;
use keydeck_domain::{Dialect, Outcome, Scopes};

use super::answer;
use super::asked;
use super::binding::Binding;
use super::refused;
use crate::dialects::carried::{Carried, carried, tenant};
use crate::dialects::judged::{Ask, judge_unheld};
use crate::error::Error;
use crate::server::Server;
use crate::times;
use crate::usage::cell::Verification;
use crate::web::peer::PeerAddress;

/// 200 where the request may pass; every other status says that it may not. The body is never read.
pub(super) async fn ask(State(server): State<Server>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let (answer, for_nginx) = answered(&server, &parts);
    let answer = if for_nginx { answer::for_nginx(answer).await } else { answer };
    answer::with_every_identity_header(answer)
}

/// The answer, and whether it is for nginx. What is wrong with the URL itself is said plainly to nginx too, which
/// then answers 500: it is the operator's to mend.
fn answered(server: &Server, parts: &Parts) -> (Response, bool) {
    let (Some(dialect), query) = (dialect_of(parts.uri.path()), parts.uri.query().unwrap_or_default()) else {
        return (Error::NotFound.into_response(), false);
    };
    match Binding::parse(query) {
        Ok(binding) => {
            let answer = judged(server, parts, dialect, &binding).unwrap_or_else(IntoResponse::into_response);
            (answer, binding.nginx)
        }
        Err(error) => (error.into_response(), false),
    }
}

/// The word behind `/forward-auth/`.
fn dialect_of(path: &str) -> Option<Dialect> {
    let rest = path.strip_prefix("/forward-auth/")?;
    rest.split_once('/').map_or(rest, |(word, _)| word).parse().ok()
}

fn judged(server: &Server, parts: &Parts, dialect: Dialect, binding: &Binding<'_>) -> Result<Response, Error> {
    let headers = &parts.headers;
    let peer = parts.extensions.get::<PeerAddress>().copied();
    let (address, by_proxy) = peer.map_or((None, false), |peer| (peer.address, peer.by_proxy));
    asked::no_secret_in_url(dialect, headers, binding, by_proxy)?;
    let tenant = tenant(dialect.contract(), headers);
    let nothing = Scopes::default();
    let ask = Ask {
        organization: binding.organization,
        headers,
        tenant: tenant.as_ref(),
        wanted: &nothing,
        address,
        user_agent: headers.get(USER_AGENT).and_then(|value| value.to_str().ok()),
        route: binding.route.as_ref(),
        now: times::now(),
    };
    if asked::deceives(headers) || carried(dialect.contract(), headers) == Carried::Disagreeing {
        count_deceiving(server, &ask);
        return Ok(refused::deceiving(dialect, &ask));
    }
    let method = asked::method(&parts.method, headers, binding, by_proxy)?;
    if binding.preflight && asked::is_preflight(&method, headers) {
        // No verification: nothing was presented, and nothing is told.
        return Ok(answer::accepted(None));
    }
    let wanted = binding.wanted(dialect.contract(), &method).ok_or(Error::MethodNotAllowed)?;
    let ask = Ask { wanted: &wanted, ..ask };
    let verdict = judge_unheld(server, dialect, &ask);
    let mut answer = match verdict.outcome {
        Outcome::Accepted => answer::accepted(verdict.entry.as_deref()),
        _ => refused::refused(dialect, &verdict, &ask),
    };
    if let Some(taken) = &verdict.taken {
        taken.headers(answer.headers_mut());
    }
    Ok(answer)
}

/// Which key it would have been is not looked at.
fn count_deceiving(server: &Server, ask: &Ask<'_>) {
    let organizations = &server.parts.organizations;
    server.parts.usage.note(&Verification {
        organization: ask.organization.filter(|id| organizations.find(*id).is_some()),
        key: None,
        outcome: Outcome::Malformed,
        at: ask.now,
        route: ask.route,
        scopes: None,
        address: ask.address,
        user_agent: ask.user_agent,
    });
}
