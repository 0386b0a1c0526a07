//! Organizations and memberships as they are stored.

use keydeck_domain::api::organizations::{AccessDefinition, Organization, Preset, ScopeDefinition};
use keydeck_domain::{Access, Dialect, Name, OrganizationId, Prefix, Role, Scope, Scopes, TenantId, UserId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::Error;
use crate::subkeys::{Subkeys, Tag, same};

/// An organization, without regard to who asks.
#[derive(Clone, PartialEq)]
pub(crate) struct OrganizationRecord {
    pub(crate) id: OrganizationId,
    pub(crate) name: Name,
    pub(crate) prefix: Prefix,
    pub(crate) dialect: Dialect,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) catalogue: Vec<ScopeDefinition>,
    pub(crate) presets: Vec<Preset>,
    /// Counts the changes.
    pub(crate) version: u32,
}

impl OrganizationRecord {
    /// Every scope that a key can have here.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &Scope> + Clone {
        self.catalogue.iter().map(|definition| &definition.scope)
    }

    /// As one of its members sees it.
    pub(crate) fn seen_by(self, role: Role) -> Organization {
        let accesses = [Access::ReadOnly, Access::WriteOnly, Access::Full]
            .map(|access| AccessDefinition { access, scopes: access.of(self.scopes()) })
            .into();
        let grantable: Scopes = role.grantable(self.scopes());
        Organization {
            id: self.id,
            name: self.name,
            prefix: self.prefix,
            dialect: self.dialect,
            tenant: self.tenant,
            role,
            scopes: self.catalogue,
            accesses,
            presets: self.presets,
            grantable,
            permissions: role.permissions(),
            version: self.version,
        }
    }
}

/// The organization with this id.
pub(crate) async fn find(connection: &mut SqliteConnection, id: OrganizationId) -> Result<Option<OrganizationRecord>, Error> {
    let row = sqlx::query("SELECT name, prefix, dialect, tenant, version FROM organizations WHERE id = ?")
        .bind(id.0)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let damaged = || Error::Damaged(format!("the row of organization {id} can't be read"));
    let rows = sqlx::query("SELECT scope, description FROM organization_scopes WHERE organization_id = ? ORDER BY position")
        .bind(id.0)
        .fetch_all(&mut *connection)
        .await?;
    let catalogue = rows
        .iter()
        .map(|row| {
            let scope = row.try_get::<String, _>("scope")?.parse().map_err(|_| damaged())?;
            Ok(ScopeDefinition { scope, description: row.try_get("description")? })
        })
        .collect::<Result<_, Error>>()?;
    let rows = sqlx::query("SELECT name, scopes FROM organization_presets WHERE organization_id = ? ORDER BY position")
        .bind(id.0)
        .fetch_all(connection)
        .await?;
    let presets = rows
        .iter()
        .map(|row| {
            let scopes = row.try_get::<String, _>("scopes")?;
            Ok(Preset {
                name: row.try_get::<String, _>("name")?.parse().map_err(|_| damaged())?,
                scopes: scopes.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>().map_err(|_| damaged())?,
            })
        })
        .collect::<Result<_, Error>>()?;
    Ok(Some(OrganizationRecord {
        id,
        name: row.try_get::<String, _>("name")?.parse().map_err(|_| damaged())?,
        prefix: row.try_get::<String, _>("prefix")?.parse().map_err(|_| damaged())?,
        dialect: row.try_get::<String, _>("dialect")?.parse().map_err(|_| damaged())?,
        tenant: tenant(&row).map_err(|_| damaged())?,
        catalogue,
        presets,
        version: row.try_get("version")?,
    }))
}

fn tenant(row: &SqliteRow) -> Result<Option<TenantId>, Box<dyn std::error::Error + Send + Sync>> {
    Ok(row.try_get::<Option<String>, _>("tenant")?.map(|tenant| tenant.parse()).transpose()?)
}

/// The dialect and the tenant of an organization, authenticated.
pub(crate) async fn dialect(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    id: OrganizationId,
) -> Result<Option<(Dialect, Option<TenantId>)>, Error> {
    let row = sqlx::query("SELECT dialect, tenant, dialect_mac FROM organizations WHERE id = ?")
        .bind(id.0)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let damaged = || Error::Damaged(format!("the dialect of organization {id} is not as it was written"));
    let dialect = row.try_get::<String, _>("dialect")?.parse().map_err(|_| damaged())?;
    let tenant = tenant(&row).map_err(|_| damaged())?;
    let mac: Option<Vec<u8>> = row.try_get("dialect_mac")?;
    let expected = dialect_mac(subkeys, id, dialect, tenant.as_ref());
    let good = match (mac, expected) {
        (Some(mac), Some(expected)) => same(&mac, &expected),
        (None, None) => true,
        _ => false,
    };
    if good { Ok(Some((dialect, tenant))) } else { Err(damaged()) }
}

/// `None` where nothing was chosen: Keydeck's own dialect, which has no tenants.
pub(crate) fn dialect_mac(subkeys: &Subkeys, id: OrganizationId, dialect: Dialect, tenant: Option<&TenantId>) -> Option<Tag> {
    let named = tenant.map_or("", TenantId::as_str);
    let chosen = dialect != Dialect::Keydeck || tenant.is_some();
    chosen.then(|| subkeys.row.over("dialect", &[id.as_bytes(), dialect.as_str().as_bytes(), named.as_bytes()]))
}

/// Writes what can be changed of an organization. Catalogue and presets are written whole: they are
/// short, and their order is part of them.
pub(crate) async fn update(connection: &mut SqliteConnection, organization: &OrganizationRecord) -> Result<(), Error> {
    let id = organization.id;
    sqlx::query("UPDATE organizations SET name = ?, prefix = ?, version = ? WHERE id = ?")
        .bind(organization.name.as_str())
        .bind(organization.prefix.as_str())
        .bind(organization.version)
        .bind(id.0)
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM organization_scopes WHERE organization_id = ?").bind(id.0).execute(&mut *connection).await?;
    for (position, definition) in (0_i64..).zip(&organization.catalogue) {
        sqlx::query("INSERT INTO organization_scopes (organization_id, position, scope, description) VALUES (?, ?, ?, ?)")
            .bind(id.0)
            .bind(position)
            .bind(definition.scope.as_str())
            .bind(&definition.description)
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query("DELETE FROM organization_presets WHERE organization_id = ?").bind(id.0).execute(&mut *connection).await?;
    for (position, preset) in (0_i64..).zip(&organization.presets) {
        sqlx::query("INSERT INTO organization_presets (organization_id, position, name, scopes) VALUES (?, ?, ?, ?)")
            .bind(id.0)
            .bind(position)
            .bind(preset.name.as_str())
            .bind(preset.scopes.spaced())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// What people call an organization, in a database of whatever version; its id where it is not there.
pub(crate) async fn shown(connection: &mut SqliteConnection, id: OrganizationId) -> Result<String, Error> {
    let name = sqlx::query_scalar("SELECT name FROM organizations WHERE id = ?").bind(id.0).fetch_optional(connection).await?;
    Ok(name.unwrap_or_else(|| id.to_string()))
}

/// The role of a person in an organization. A membership that was written from outside is none.
pub(crate) async fn role(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Role>, Error> {
    let row = sqlx::query("SELECT role, mac FROM members WHERE organization_id = ? AND user_id = ?")
        .bind(organization.0)
        .bind(user.0)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let role: String = row.try_get("role")?;
    let mac: Vec<u8> = row.try_get("mac")?;
    match role.parse::<Role>() {
        Ok(role) if same(&mac, &member_mac(subkeys, organization, user, role)) => Ok(Some(role)),
        _ => {
            tracing::error!(alert = true, %organization, %user, "a membership was changed from outside: it is not served");
            Ok(None)
        }
    }
}

/// Every membership of every organization, in a database of whatever version. One that was written from outside
/// is none.
pub(crate) async fn all_members(
    connection: &mut SqliteConnection,
    subkeys: &Subkeys,
) -> Result<Vec<((OrganizationId, UserId), Role)>, Error> {
    let rows = sqlx::query("SELECT organization_id, user_id, role, mac FROM members").fetch_all(connection).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let (organization, user) = (OrganizationId(row.try_get("organization_id")?), UserId(row.try_get("user_id")?));
        let mac: Vec<u8> = row.try_get("mac")?;
        let role = row.try_get::<String, _>("role")?.parse::<Role>().ok();
        if let Some(role) = role.filter(|role| same(&mac, &member_mac(subkeys, organization, user, *role))) {
            all.push(((organization, user), role));
        }
    }
    Ok(all)
}

/// The organizations that a person is a member of, in the order in which they were made.
pub(crate) async fn of_user(connection: &mut SqliteConnection, user: UserId) -> Result<Vec<OrganizationId>, Error> {
    let ids: Vec<uuid::Uuid> =
        sqlx::query_scalar("SELECT organization_id FROM members WHERE user_id = ? ORDER BY organization_id")
            .bind(user.0)
            .fetch_all(connection)
            .await?;
    Ok(ids.into_iter().map(OrganizationId).collect())
}

pub(crate) fn member_mac(subkeys: &Subkeys, organization: OrganizationId, user: UserId, role: Role) -> Tag {
    subkeys.row.over("member", &[organization.as_bytes(), user.as_bytes(), role.as_str().as_bytes()])
}
