//! A change that was refused because of who asked is an entry of its own.

use keydeck_domain::api::audit::Action;
use serde_json::json;

use super::chain::Event;
use crate::auth::member::Member;
use crate::error::Error;
use crate::server::Server;

/// Writes that a change was refused, and gives the refusal back. The refusal stands also where it
/// can't be written: that is logged.
pub(crate) async fn refuse(server: &Server, member: &Member, target: &str, refusal: Error) -> Error {
    let missing = match &refusal {
        Error::Forbidden { missing } => missing.clone(),
        _ => None,
    };
    let (writer, member, target) = (server.clone(), member.clone(), target.to_owned());
    let written = server.to_the_end(async move {
        let event = Event {
            organization: member.organization.id,
            actor: Some(&member.person),
            action: Action::Refused,
            target,
            before: None,
            after: missing.map(|scopes| json!({ "missing_scopes": scopes })),
        };
        let mut writing = writer.parts.store.write().await?;
        writer.parts.audit(&mut writing, event).await?;
        drop(writing.commit().await?);
        Ok(())
    });
    if let Err(error) = written.await {
        tracing::error!(%error, "a refusal could not be written to the audit log");
    }
    refusal
}

/// Hands a result on; where it is a refusal because of who asked, that is written first.
pub(crate) async fn audited<T>(server: &Server, member: &Member, target: &str, result: Result<T, Error>) -> Result<T, Error> {
    match result {
        Err(refusal @ Error::Forbidden { .. }) => Err(refuse(server, member, target, refusal).await),
        other => other,
    }
}
