//! What the console asks of a key server about people and organizations.

use async_trait::async_trait;
use keydeck_domain::api::account::{AccountChange, NewPassword};
use keydeck_domain::api::claim::Claim;
use keydeck_domain::api::invitations::{AcceptInvitation, Invitation, InvitationOffer, IssuedInvitation, NewInvitation};
use keydeck_domain::api::members::Member;
use keydeck_domain::api::organizations::{NewOrganization, Organization, OrganizationChange};
use keydeck_domain::api::sessions::{IssuedSession, SessionEntry, User};
use keydeck_domain::{InvitationId, OneTimeToken, OrganizationId, Role, SessionId, SessionToken, UserId};

use super::CreateFailure;
use crate::error::Result;

/// A key server with people. Cancelled by dropping.
#[async_trait]
pub trait Team: Send + Sync {
    /// Makes the first person of a fresh server and signs him in. Sent once.
    async fn claim(&self, claim: &Claim) -> std::result::Result<IssuedSession, CreateFailure>;

    /// What an invitation is for.
    async fn look(&self, token: &OneTimeToken) -> Result<InvitationOffer>;

    /// Uses an invitation and signs in. Sent once.
    async fn accept(&self, acceptance: &AcceptInvitation) -> std::result::Result<IssuedSession, CreateFailure>;

    /// The person's sessions.
    async fn sessions(&self, token: &SessionToken) -> Result<Vec<SessionEntry>>;

    /// Ends one of the person's sessions; one that is over already is fine.
    async fn end_session(&self, token: &SessionToken, session: SessionId) -> Result<()>;

    /// Changes what people call the person.
    async fn change_account(&self, token: &SessionToken, change: &AccountChange) -> Result<User>;

    /// Changes the password, which ends every other session. Sent once.
    async fn change_password(&self, token: &SessionToken, passwords: &NewPassword) -> Result<()>;

    /// Makes an organization. Sent once.
    async fn create_organization(&self, token: &SessionToken, organization: &NewOrganization) -> Result<Organization>;

    /// Changes an organization, if it is still at this version.
    async fn change_organization(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        version: u32,
        change: &OrganizationChange,
    ) -> Result<OrganizationUpdated>;

    /// Who belongs to an organization.
    async fn members(&self, token: &SessionToken, organization: OrganizationId) -> Result<Vec<Member>>;

    /// Gives a member another role.
    async fn change_member(&self, token: &SessionToken, organization: OrganizationId, user: UserId, role: Role)
    -> Result<Member>;

    /// Removes a member, or lets the person himself leave.
    async fn remove_member(&self, token: &SessionToken, organization: OrganizationId, user: UserId) -> Result<()>;

    /// The invitations that nobody has used yet.
    async fn invitations(&self, token: &SessionToken, organization: OrganizationId) -> Result<Vec<Invitation>>;

    /// Invites somebody. Sent once.
    async fn invite(
        &self,
        token: &SessionToken,
        organization: OrganizationId,
        invitation: &NewInvitation,
    ) -> Result<IssuedInvitation>;

    /// Withdraws an invitation.
    async fn withdraw(&self, token: &SessionToken, organization: OrganizationId, invitation: InvitationId) -> Result<()>;
}

/// How a change of an organization ended.
pub enum OrganizationUpdated {
    /// Saved.
    Saved(Organization),
    /// Somebody was faster; the organization as it is now.
    Changed(Organization),
}
