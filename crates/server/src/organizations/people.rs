//! What the server's own command line, and the app that holds a local server, can do without a
//! session: make people, organizations, members and verifiers.

use keydeck_domain::api::audit::Action;
use keydeck_domain::api::organizations::NewOrganization;
use keydeck_domain::api::sessions::{IssuedSession, User};
use keydeck_domain::api::verifiers::IssuedVerifier;
use keydeck_domain::key::Person;
use keydeck_domain::{Dialect, Email, Name, OrganizationId, Password, Prefix, Role, TenantId, UserId};
use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection};

use super::index::Known;
use super::record::dialect_mac;
use crate::audit::chain::Event;
use crate::error::Error;
use crate::members::record::put as put_member;
use crate::server::{Parts, Server};
use crate::sessions::client::Client;
use crate::sessions::record::user_mac;
use crate::store::Writing;
use crate::subkeys::Subkeys;
use crate::times;
use crate::verifiers::record as verifiers;

impl Server {
    /// Whether anybody can sign in: a fresh server has nobody.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn has_people(&self) -> Result<bool, Error> {
        let mut connection = self.parts.store.read().await?;
        Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users)").fetch_one(&mut *connection).await?)
    }

    /// The id of the person who signs in with this address.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn person(&self, email: &Email) -> Result<Option<UserId>, Error> {
        let mut connection = self.parts.store.read().await?;
        let found = crate::sessions::record::user_by_email(&mut connection, &self.parts.subkeys, email).await?;
        Ok(found.map(|found| found.user.id))
    }

    /// The person who signs in here, where there is exactly one.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn only_person(&self) -> Result<Option<UserId>, Error> {
        let emails: Vec<String> = {
            let mut connection = self.parts.store.read().await?;
            sqlx::query_scalar("SELECT email FROM users LIMIT 2").fetch_all(&mut *connection).await?
        };
        match emails.as_slice() {
            [only] => match only.parse() {
                Ok(email) => self.person(&email).await,
                Err(_) => Err(Error::Damaged("the row of a person can't be read".to_owned())),
            },
            _ => Ok(None),
        }
    }

    /// Makes a person who can sign in.
    ///
    /// # Errors
    /// `Conflict` where the address is taken, `InvalidBody` where the password is too short.
    pub async fn add_person(&self, email: &Email, name: &Name, password: &Password) -> Result<UserId, Error> {
        let hash = self.parts.passwords.hash(password).await?;
        let (server, email, name) = (self.clone(), email.clone(), name.clone());
        self.to_the_end(async move {
            let mut writing = server.parts.store.write().await?;
            let user = insert_person(&mut writing, &server.parts.subkeys, email, name, &hash).await?;
            drop(writing.commit().await?);
            Ok(user.id)
        })
        .await
    }

    /// Gives a person another password and ends every session of theirs.
    ///
    /// # Errors
    /// `NotFound` where nobody has this address, `InvalidBody` where the password is too short.
    pub async fn set_password(&self, email: &Email, password: &Password) -> Result<(), Error> {
        let hash = self.parts.passwords.hash(password).await?;
        let (server, email) = (self.clone(), email.clone());
        self.to_the_end(async move {
            let mut writing = server.parts.store.write().await?;
            // Not by `user_by_email`: a new password is also how a row that was changed is made good.
            let id = sqlx::query_scalar("SELECT id FROM users WHERE email = ?")
                .bind(email.as_str())
                .fetch_optional(&mut *writing)
                .await?;
            let id = UserId(id.ok_or(Error::NotFound)?);
            sqlx::query("UPDATE users SET password = ?, mac = ? WHERE id = ?")
                .bind(&hash)
                .bind(user_mac(&server.parts.subkeys, id, &email, &hash).as_slice())
                .bind(id.0)
                .execute(&mut *writing)
                .await?;
            sqlx::query("DELETE FROM sessions WHERE user_id = ?").bind(id.0).execute(&mut *writing).await?;
            drop(writing.commit().await?);
            Ok(())
        })
        .await
    }

    /// Makes an organization with its owner and the first catalogue of scopes.
    ///
    /// # Errors
    /// `NotFound` where there is no such person, `InvalidBody` where the prefix is the server's own.
    pub async fn add_organization(&self, name: &Name, prefix: &Prefix, owner: UserId) -> Result<OrganizationId, Error> {
        let (name, prefix) = (name.clone(), prefix.clone());
        self.add_organization_of(NewOrganization { name, prefix, dialect: Dialect::Keydeck, tenant: None }, owner).await
    }

    /// The same, of any dialect.
    ///
    /// # Errors
    /// As there; `InvalidBody` also where a tenant is given to a dialect without tenants, `Conflict` where another
    /// organization has it.
    pub async fn add_organization_of(&self, wanted: NewOrganization, owner: UserId) -> Result<OrganizationId, Error> {
        let server = self.clone();
        self.to_the_end(async move {
            let mut writing = server.parts.store.write().await?;
            let owner = person(&mut writing, owner).await?;
            let made = insert_organization(&server.parts, &mut writing, &wanted, &owner, None).await?;
            let turn = writing.commit().await?;
            let id = made.id;
            server.parts.organizations.put(made);
            drop(turn);
            Ok(id)
        })
        .await
    }

    /// What the dialect's tenant header names an organization by.
    #[must_use]
    pub fn tenant_of(&self, organization: OrganizationId) -> Option<TenantId> {
        self.parts.organizations.find(organization)?.tenant.clone()
    }

    /// Makes a person a member, or gives a member another role.
    ///
    /// # Errors
    /// `NotFound` where there is no such person or organization, `LastOwner` where no owner would be left.
    pub async fn add_member(&self, organization: OrganizationId, user: UserId, role: Role) -> Result<(), Error> {
        let server = self.clone();
        self.to_the_end(async move {
            let mut writing = server.parts.store.write().await?;
            let user = person(&mut writing, user).await?;
            if super::record::find(&mut writing, organization).await?.is_none() {
                return Err(Error::NotFound);
            }
            put_member(&server.parts, &mut writing, organization, &user, role, None).await?;
            drop(writing.commit().await?);
            Ok(())
        })
        .await
    }

    /// The organizations that a person is a member of.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn organizations_of(&self, user: UserId) -> Result<Vec<(OrganizationId, String)>, Error> {
        let mut connection = self.parts.store.read().await?;
        let mut known = Vec::new();
        for organization in super::record::of_user(&mut connection, user).await? {
            known.push((organization, super::record::shown(&mut connection, organization).await?));
        }
        Ok(known)
    }

    /// Makes a verifier on behalf of a person.
    ///
    /// # Errors
    /// `NotFound` where there is no such person or organization.
    pub async fn add_verifier(&self, organization: OrganizationId, name: &Name, by: UserId) -> Result<IssuedVerifier, Error> {
        let by = {
            let mut connection = self.parts.store.read().await?;
            if super::record::find(&mut connection, organization).await?.is_none() {
                return Err(Error::NotFound);
            }
            person(&mut connection, by).await?
        };
        verifiers::create(self, name.clone(), verifiers::Asking::CommandLine(organization, by)).await
    }

    /// Signs a person in without a password: for the app that holds this server, and nobody else.
    ///
    /// # Errors
    /// `NotFound` where nobody has this address.
    pub async fn issue_session(&self, email: &Email) -> Result<IssuedSession, Error> {
        let found = {
            let mut connection = self.parts.store.read().await?;
            crate::sessions::record::user_by_email(&mut connection, &self.parts.subkeys, email).await?
        };
        let stored = found.ok_or(Error::NotFound)?;
        let server = self.clone();
        let issued = self.to_the_end(async move { crate::sessions::record::issue(&server, stored, &Client::default()).await });
        issued.await?.ok_or(Error::NotFound)
    }
}

/// Adds a person, in the transaction of what they are made for.
pub(crate) async fn insert_person(
    writing: &mut Writing,
    subkeys: &Subkeys,
    email: Email,
    name: Name,
    hash: &str,
) -> Result<User, Error> {
    let id = UserId::generate();
    let inserted = sqlx::query("INSERT INTO users (id, email, name, password, created_at, mac) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(id.0)
        .bind(email.as_str())
        .bind(name.as_str())
        .bind(hash)
        .bind(times::stored(times::now()))
        .bind(user_mac(subkeys, id, &email, hash).as_slice())
        .execute(&mut **writing)
        .await;
    match inserted {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            Err(Error::Conflict("somebody signs in with this address already"))
        }
        Err(error) => Err(error.into()),
        Ok(_) => Ok(User { id, email, name }),
    }
}

/// Adds an organization with its owner, the first catalogue and the beginning of its audit log.
/// `actor` is who made it; `None` for the server's own command line. What comes back is put into the index when it is
/// committed.
pub(crate) async fn insert_organization(
    parts: &Parts,
    writing: &mut Writing,
    wanted: &NewOrganization,
    owner: &Person,
    actor: Option<&Person>,
) -> Result<Known, Error> {
    let NewOrganization { name, prefix, dialect, tenant } = wanted;
    super::rules::check_prefix(prefix)?;
    let id = OrganizationId::generate();
    let tenant = super::rules::tenant(id, *dialect, tenant.clone())?;
    let inserted = sqlx::query(
        "INSERT INTO organizations (id, name, prefix, created_at, dialect, tenant, dialect_mac) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id.0)
    .bind(name.as_str())
    .bind(prefix.as_str())
    .bind(times::stored(times::now()))
    .bind(dialect.as_str())
    .bind(tenant.as_ref().map(TenantId::as_str))
    .bind(dialect_mac(&parts.subkeys, id, *dialect, tenant.as_ref()).map(|mac| mac.to_vec()))
    .execute(&mut **writing)
    .await;
    match inserted {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            return Err(Error::Conflict("another organization has this tenant"));
        }
        result => result?,
    };
    for (position, (scope, description)) in (0_i64..).zip(dialect.contract().catalogue.iter().copied()) {
        sqlx::query("INSERT INTO organization_scopes (organization_id, position, scope, description) VALUES (?, ?, ?, ?)")
            .bind(id.0)
            .bind(position)
            .bind(scope)
            .bind(description)
            .execute(&mut **writing)
            .await?;
    }
    let event = Event {
        organization: id,
        actor,
        action: Action::OrganizationCreated,
        target: id.to_string(),
        before: None,
        after: Some(created(wanted, tenant.as_ref())),
    };
    parts.audit(writing, event).await?;
    put_member(parts, writing, id, owner, Role::Owner, actor).await?;
    crate::limits::insert_first(parts, writing, id, *dialect, actor).await?;
    Ok(Known { id, dialect: *dialect, tenant })
}

/// A new organization as the audit log holds it.
fn created(wanted: &NewOrganization, tenant: Option<&TenantId>) -> Value {
    let mut fields = json!({ "name": wanted.name, "prefix": wanted.prefix });
    if let (Some(fields), true) = (fields.as_object_mut(), wanted.dialect != Dialect::Keydeck) {
        fields.insert("dialect".to_owned(), json!(wanted.dialect));
        fields.extend(tenant.map(|tenant| ("tenant".to_owned(), json!(tenant))));
    }
    fields
}

/// The person with this id, as the audit log names him.
pub(crate) async fn person(connection: &mut SqliteConnection, id: UserId) -> Result<Person, Error> {
    let row = sqlx::query("SELECT email FROM users WHERE id = ?").bind(id.0).fetch_optional(connection).await?;
    let email: String = row.ok_or(Error::NotFound)?.try_get("email")?;
    let email = email.parse().map_err(|_| Error::Damaged(format!("the row of person {id} can't be read")))?;
    Ok(Person { id, email })
}
