//! How members are given another role and removed. What is allowed is decided within the transaction,
//! by the roles that hold then: two owners who demote each other at once leave one.

use keydeck_domain::api::members::Member as Listed;
use keydeck_domain::key::Person;
use keydeck_domain::{Permission, Role, UserId};

use super::record;
use crate::auth::member::Member;
use crate::error::Error;
use crate::server::Server;

const FORBIDDEN: Error = Error::Forbidden { missing: None };

/// `PATCH …/members/{id}`.
pub(super) async fn change(server: Server, caller: Member, user: UserId, to: Role) -> Result<Listed, Error> {
    let parts = &server.parts;
    let organization = caller.organization.id;
    let mut writing = parts.store.write().await?;
    let caller = caller.asked_again(&mut writing, &parts.subkeys).await?;
    if !caller.role.may(Permission::ManageMembers) {
        return Err(FORBIDDEN);
    }
    let member = record::find(&mut writing, &parts.subkeys, organization, user).await?.ok_or(Error::NotFound)?;
    if !caller.role.manages(member.role) || !caller.role.manages(to) {
        return Err(FORBIDDEN);
    }
    let person = Person { id: user, email: member.user.email.clone() };
    record::put(parts, &mut writing, organization, &person, to, Some(&caller.person)).await?;
    drop(writing.commit().await?);
    Ok(Listed { role: to, ..member })
}

/// `DELETE …/members/{id}`: everybody may leave.
pub(super) async fn remove(server: Server, caller: Member, user: UserId) -> Result<(), Error> {
    let parts = &server.parts;
    let organization = caller.organization.id;
    let mut writing = parts.store.write().await?;
    let caller = caller.asked_again(&mut writing, &parts.subkeys).await?;
    let leaves = caller.person.id == user;
    if !leaves && !caller.role.may(Permission::ManageMembers) {
        return Err(FORBIDDEN);
    }
    let member = record::find(&mut writing, &parts.subkeys, organization, user).await?.ok_or(Error::NotFound)?;
    if !leaves && !caller.role.manages(member.role) {
        return Err(FORBIDDEN);
    }
    record::remove(parts, &mut writing, organization, &member, &caller.person).await?;
    drop(writing.commit().await?);
    Ok(())
}
