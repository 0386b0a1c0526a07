//! Verifiers: listed, made, their secrets copied, revoked. The server tells a secret once; it stays in
//! this program's memory until it is handed over: the page never has it, and no file does.

use keydeck_domain::api::verifiers::{NewVerifier, Verifier};
use keydeck_domain::dialect::KeyHeader;
use keydeck_domain::{OrganizationId, VerifierId};

use super::Console;
use crate::clipboard::{ClipboardState, CopyAs, form};
use crate::connection::ConnectionId;
use crate::error::{Error, ErrorCode, Result};
use crate::servers::CreateFailure;

/// Said where an answer was lost that may have held the secret.
const PERHAPS: &str =
    "It may have been made all the same. Its secret can't be had any more: where the list shows it, revoke it and make another.";

impl Console {
    /// The verifiers of an organization, newest first, revoked ones included.
    ///
    /// # Errors
    /// [`ErrorCode::Incompatible`] where the server has none, and those of the network.
    pub async fn verifiers(&self, id: ConnectionId, organization: OrganizationId) -> Result<Vec<Verifier>> {
        let verifiers = self
            .in_organization(id, organization, |session| async move {
                session.server.verifiers()?.list(&session.token, organization).await
            })
            .await?;
        // One that was made while the list was under way may not be in it: only revoked ones go.
        self.inner.live.verifiers(|held| {
            verifiers.iter().filter(|one| one.revoked_at.is_some()).for_each(|revoked| held.forget(revoked.id));
        });
        Ok(verifiers)
    }

    /// Makes a verifier. Its secret can be copied until it is forgotten or this program ends.
    ///
    /// # Errors
    /// [`ErrorCode::Forbidden`], and those of the network: where the answer was lost, the message says
    /// what to do.
    pub async fn make_verifier(&self, id: ConnectionId, organization: OrganizationId, new: NewVerifier) -> Result<Verifier> {
        self.changeable(id)?;
        let new = &new;
        let issued = self
            .in_organization(id, organization, |session| async move {
                session.server.verifiers()?.make(&session.token, organization, new).await.map_err(lost)
            })
            .await?;
        let shown = format!("verifier {}", issued.verifier.name);
        self.inner.live.verifiers(|held| held.add(issued.verifier.id, (id, organization), issued.secret, shown));
        Ok(issued.verifier)
    }

    /// Copies the secret of a verifier, kept out of clipboard histories and cleared in time.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where it was forgotten, or was never told to this start of the program;
    /// [`ErrorCode::Invalid`] for a form that it can't be copied in; [`ErrorCode::Clipboard`].
    pub async fn copy_verifier(&self, verifier: VerifierId, form: CopyAs) -> Result<ClipboardState> {
        let found = self.inner.live.verifiers(|held| held.find(verifier));
        let (secret, shown) = found.ok_or_else(|| {
            Error::new(
                ErrorCode::NotFound,
                "The secret of this verifier is not in this program any more: revoke it and make another.",
            )
        })?;
        self.inner.countdown.copy(form::render(&secret, &form, KeyHeader::Bearer, None)?, shown, self.clipboard_time()).await
    }

    /// Forgets the secret of a verifier, which was handed over. The verifier goes on working.
    ///
    /// # Errors
    /// None.
    pub async fn forget_verifier(&self, verifier: VerifierId) -> Result<()> {
        self.inner.live.verifiers(|held| held.forget(verifier));
        Ok(())
    }

    /// Revokes a verifier for good: what asks with it is refused from now on.
    ///
    /// # Errors
    /// Those of the network.
    pub async fn revoke_verifier(&self, id: ConnectionId, organization: OrganizationId, verifier: VerifierId) -> Result<()> {
        self.changeable(id)?;
        self.in_organization(id, organization, |session| async move {
            session.server.verifiers()?.revoke(&session.token, organization, verifier).await
        })
        .await?;
        self.inner.live.verifiers(|held| held.forget(verifier));
        Ok(())
    }
}

fn lost(failure: CreateFailure) -> Error {
    let CreateFailure { mut error, perhaps_made } = failure;
    if perhaps_made {
        error.message = format!("{} {PERHAPS}", error.message);
    }
    error
}
