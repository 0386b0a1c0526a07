//! People and organizations, in the native protocol.

use async_trait::async_trait;
use keydeck_domain::api::account::{AccountChange, NewPassword};
use keydeck_domain::api::claim::Claim;
use keydeck_domain::api::invitations::{
    AcceptInvitation, Invitation, InvitationOffer, InvitationToken, IssuedInvitation, NewInvitation,
};
use keydeck_domain::api::members::{Member, MemberChange};
use keydeck_domain::api::organizations::{NewOrganization, Organization, OrganizationChange};
use keydeck_domain::api::problem::ProblemCode;
use keydeck_domain::api::sessions::{IssuedSession, SessionEntry, User};
use keydeck_domain::{InvitationId, OneTimeToken, OrganizationId, Role, SessionId, SessionToken, UserId};
use reqwest::Method;

use super::{Items, KeydeckServer, begins_session, create_failure};
use crate::error::{ErrorCode, Result};
use crate::servers::CreateFailure;
use crate::servers::http::failure::Failure;
use crate::servers::http::{Proof, Request};
use crate::servers::team::{OrganizationUpdated, Team};

pub(super) fn path(organization: OrganizationId, rest: &str) -> String {
    format!("/v1/organizations/{organization}{rest}")
}

/// What a delete that was perhaps sent twice came to: where the first one arrived, the second finds
/// nothing.
pub(super) fn gone(answer: std::result::Result<(), Failure>) -> Result<()> {
    match answer {
        Err(failure) if failure.error.code == ErrorCode::NotFound && failure.perhaps_done => Ok(()),
        other => Ok(other?),
    }
}

#[async_trait]
impl Team for KeydeckServer {
    async fn claim(&self, claim: &Claim) -> std::result::Result<IssuedSession, CreateFailure> {
        let request = begins_session(Request::new(Method::POST, "/v1/claim"))
            .and_then(|request| request.json(claim))
            .map_err(create_failure)?
            .secret_answer();
        self.http.json(request).await.map_err(create_failure)
    }

    async fn look(&self, token: &OneTimeToken) -> Result<InvitationOffer> {
        let body = InvitationToken { token: token.duplicate() };
        // Looking changes nothing.
        let request = Request::new(Method::POST, "/v1/invitations/look").json(&body)?.repeatable();
        Ok(self.http.json(request).await?)
    }

    async fn accept(&self, acceptance: &AcceptInvitation) -> std::result::Result<IssuedSession, CreateFailure> {
        let request = begins_session(Request::new(Method::POST, "/v1/invitations/accept"))
            .and_then(|request| request.json(acceptance))
            .map_err(create_failure)?
            .secret_answer();
        self.http.json(request).await.map_err(create_failure)
    }

    async fn sessions(&self, token: &SessionToken) -> Result<Vec<SessionEntry>> {
        let request = Request::new(Method::GET, "/v1/sessions").proof(Proof::Session(token));
        let answer: Items<SessionEntry> = self.http.json(request).await?;
        Ok(answer.items)
    }

    async fn end_session(&self, token: &SessionToken, session: SessionId) -> Result<()> {
        let request = Request::new(Method::DELETE, format!("/v1/sessions/{session}")).proof(Proof::Session(token));
        gone(self.http.nothing(request).await)
    }

    async fn change_account(&self, token: &SessionToken, change: &AccountChange) -> Result<User> {
        // The name is the same however often it is set.
        let request = Request::new(Method::PATCH, "/v1/account").proof(Proof::Session(token)).json(change)?.repeatable();
        Ok(self.http.json(request).await?)
    }

    async fn change_password(&self, token: &SessionToken, passwords: &NewPassword) -> Result<()> {
        // Once: the second time the password of now would be the new one already.
        let request = Request::new(Method::PUT, "/v1/account/password").proof(Proof::Session(token)).json(passwords)?.once();
        Ok(self.http.nothing(request).await?)
    }

    async fn create_organization(&self, token: &SessionToken, organization: &NewOrganization) -> Result<Organization> {
        let request = Request::new(Method::POST, "/v1/organizations").proof(Proof::Session(token)).json(organization)?;
        Ok(self.http.json(request).await?)
    }

    async fn change_organization(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        version: u32,
        change: &OrganizationChange,
    ) -> Result<OrganizationUpdated> {
        let request =
            Request::new(Method::PATCH, path(organization, "")).proof(Proof::Session(token)).if_match(version).json(change)?;
        match self.http.json::<Organization>(request).await {
            Ok(organization) => Ok(OrganizationUpdated::Saved(organization)),
            Err(Failure { problem: Some(ProblemCode::Changed), current_organization: Some(current), .. }) => {
                Ok(OrganizationUpdated::Changed(*current))
            }
            Err(failure) => Err(failure.error),
        }
    }

    async fn members(&self, token: &SessionToken, organization: OrganizationId) -> Result<Vec<Member>> {
        let request = Request::new(Method::GET, path(organization, "/members")).proof(Proof::Session(token));
        let answer: Items<Member> = self.http.json(request).await?;
        Ok(answer.items)
    }

    async fn change_member(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        user: UserId,
        role: Role,
    ) -> Result<Member> {
        // The role is the same however often it is given.
        let request = Request::new(Method::PATCH, path(organization, &format!("/members/{user}")))
            .proof(Proof::Session(token))
            .json(&MemberChange { role })?
            .repeatable();
        Ok(self.http.json(request).await?)
    }

    async fn remove_member(&self, token: &SessionToken, organization: OrganizationId, user: UserId) -> Result<()> {
        let request = Request::new(Method::DELETE, path(organization, &format!("/members/{user}"))).proof(Proof::Session(token));
        gone(self.http.nothing(request).await)
    }

    async fn invitations(&self, token: &SessionToken, organization: OrganizationId) -> Result<Vec<Invitation>> {
        let request = Request::new(Method::GET, path(organization, "/invitations")).proof(Proof::Session(token));
        let answer: Items<Invitation> = self.http.json(request).await?;
        Ok(answer.items)
    }

    async fn invite(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        invitation: &NewInvitation,
    ) -> Result<IssuedInvitation> {
        let request = Request::new(Method::POST, path(organization, "/invitations"))
            .proof(Proof::Session(token))
            .json(invitation)?
            .secret_answer();
        Ok(self.http.json(request).await?)
    }

    async fn withdraw(&self, token: &SessionToken, organization: OrganizationId, invitation: InvitationId) -> Result<()> {
        let request =
            Request::new(Method::DELETE, path(organization, &format!("/invitations/{invitation}"))).proof(Proof::Session(token));
        gone(self.http.nothing(request).await)
    }
}
