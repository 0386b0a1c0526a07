//! `init`, `organization add`, `member add`, `verifier add` and `password set`.

use std::error::Error;

use keydeck_domain::api::organizations::NewOrganization;
use keydeck_domain::{Email, Name, OrganizationId};
use keydeck_server::Server;

use super::arguments::{Init, MemberAdd, OrganizationAdd, PasswordSet, VerifierAdd};
use super::prompt::new_password;
use super::serving::{config, open, open_or_create};
use super::{Outcome, say};

/// Sets up a fresh server.
pub(crate) async fn init(init: Init) -> Outcome {
    let ask = || new_password(init.email.as_str());
    // Before anything is made: who gives none leaves nothing behind.
    let early = if init.place.data_dir.join(keydeck_server::DATABASE_FILE).exists() { None } else { Some(ask()?) };
    let server = open_or_create(&init.place, config(&init.place)).await?;
    let set_up = async {
        if server.has_people().await? {
            return Err("this server is set up already: use `member add` for further people".into());
        }
        let password = early.map_or_else(ask, Ok)?;
        let name = called(init.name, &init.email)?;
        let owner = server.add_person(&init.email, &name, &password).await?;
        let organization = server.add_organization(&init.organization, &init.prefix, owner).await?;
        say(&format!("organization {organization}"))
    };
    closing(&server, set_up.await).await
}

/// Makes a further organization.
pub(crate) async fn add_organization(add: OrganizationAdd) -> Outcome {
    let server = open(&add.place, config(&add.place)).await?;
    let added = async {
        let owner = match &add.owner {
            Some(email) => server.person(email).await?.ok_or_else(|| format!("nobody signs in with {email}"))?,
            None => server.only_person().await?.ok_or("there is not exactly one person here: name one with --owner")?,
        };
        let wanted = NewOrganization { name: add.name, prefix: add.prefix, dialect: add.dialect, tenant: add.tenant };
        let organization = server.add_organization_of(wanted, owner).await?;
        say(&format!("organization {organization}"))?;
        match server.tenant_of(organization) {
            Some(tenant) => say(&format!("tenant {tenant}")),
            None => Ok(()),
        }
    };
    closing(&server, added.await).await
}

/// Makes somebody a member.
pub(crate) async fn add_member(add: MemberAdd) -> Outcome {
    let server = open(&add.place, config(&add.place)).await?;
    let added = async {
        let user = match server.person(&add.email).await? {
            Some(user) => user,
            None => {
                let password = new_password(add.email.as_str())?;
                server.add_person(&add.email, &called(add.name, &add.email)?, &password).await?
            }
        };
        server.add_member(add.organization, user, add.role).await?;
        say(&format!("member {user}"))
    };
    closing(&server, added.await).await
}

/// Makes a verifier.
pub(crate) async fn add_verifier(add: VerifierAdd) -> Outcome {
    let server = open(&add.place, config(&add.place)).await?;
    let added = async {
        let by = server.person(&add.by).await?.ok_or_else(|| format!("nobody signs in with {}", add.by))?;
        let organization = match add.organization {
            Some(organization) => organization,
            None => only_one(&server.organizations_of(by).await?, &add.by)?,
        };
        let issued = server.add_verifier(organization, &add.name, by).await?;
        // Exposed to be told once: this command exists for it.
        say(issued.secret.expose())
    };
    closing(&server, added.await).await
}

/// Gives somebody another password.
pub(crate) async fn set_password(set: PasswordSet) -> Outcome {
    let server = open(&set.place, config(&set.place)).await?;
    let changed = async {
        if server.person(&set.email).await?.is_none() {
            return Err(format!("nobody signs in with {}", set.email).into());
        }
        server.set_password(&set.email, &new_password(set.email.as_str())?).await?;
        say(&format!("{} has another password, and has to sign in again everywhere", set.email))
    };
    closing(&server, changed.await).await
}

/// Closes the database whatever came of it, and hands on what came of it.
async fn closing(server: &Server, outcome: Outcome) -> Outcome {
    server.close().await;
    outcome
}

/// The one organization that a person belongs to. Its id is shown nowhere in the window, so who has several
/// is told them.
fn only_one(organizations: &[(OrganizationId, String)], email: &Email) -> Result<OrganizationId, Box<dyn Error>> {
    match organizations {
        [(organization, _)] => Ok(*organization),
        [] => Err(format!("{email} is a member of no organization").into()),
        several => {
            let named: Vec<String> = several.iter().map(|(id, name)| format!("{id} ({name})")).collect();
            Err(format!("{email} is a member of {}: name one with --organization: {}", several.len(), named.join(", ")).into())
        }
    }
}

/// The name that was given, or the address.
fn called(name: Option<Name>, email: &Email) -> Result<Name, Box<dyn Error>> {
    match name {
        Some(name) => Ok(name),
        None => Ok(email.as_str().chars().take(keydeck_domain::name::NAME_MAX).collect::<String>().parse()?),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

    use super::*;

    #[test]
    fn an_organization_is_left_out_only_where_there_is_one() {
        let [first, second]: [OrganizationId; 2] =
            ["01a2021c-aa53-77f8-8960-7128569a9cc6", "01a2021c-aa53-77f8-8960-7128569a9cc7"].map(|id| id.parse().unwrap());
        let ada = "ada@example.org".parse().unwrap();

        let named = |id: OrganizationId, name: &str| (id, name.to_owned());
        assert_eq!(only_one(&[named(first, "Northwind")], &ada).unwrap(), first);
        assert!(only_one(&[], &ada).is_err());
        let told = only_one(&[named(first, "Northwind"), named(second, "Contoso")], &ada).unwrap_err().to_string();
        assert!(told.contains(&format!("{first} (Northwind)")) && told.contains(&format!("{second} (Contoso)")), "{told}");
    }
}
