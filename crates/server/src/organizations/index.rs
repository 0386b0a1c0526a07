//! What is known of every organization without asking the database: its dialect, and whom a tenant header names.
//! Readers never wait, and what is here never changes: an organization keeps its dialect and its tenant for good.

use std::sync::Arc;

use keydeck_domain::{Dialect, OrganizationId, TenantId};
use sqlx::SqliteConnection;

use crate::error::Error;
use crate::subkeys::Subkeys;

/// An organization as a verification looks at it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) id: OrganizationId,
    pub(crate) dialect: Dialect,
    pub(crate) tenant: Option<TenantId>,
}

/// Every organization whose dialect is as this server wrote it.
#[derive(Default)]
pub(crate) struct Organizations {
    by_id: papaya::HashMap<OrganizationId, Arc<Known>>,
    by_tenant: papaya::HashMap<(Dialect, TenantId), Arc<Known>>,
}

impl Organizations {
    /// Those of the database. One that was written from outside is set aside: none of its keys is good.
    pub(crate) async fn load(connection: &mut SqliteConnection, subkeys: &Subkeys) -> Result<Self, Error> {
        let organizations = Self::default();
        for id in crate::open::organizations(connection).await? {
            match super::record::dialect(connection, subkeys, id).await {
                Ok(Some((dialect, tenant))) => organizations.put(Known { id, dialect, tenant }),
                Ok(None) => {}
                Err(Error::Damaged(why)) => {
                    tracing::error!(alert = true, organization = %id, why, "an organization is set aside: its keys are refused");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(organizations)
    }

    /// Adds a new one, once it is committed.
    pub(crate) fn put(&self, known: Known) {
        let known = Arc::new(known);
        if let Some(tenant) = &known.tenant {
            self.by_tenant.pin().insert((known.dialect, tenant.clone()), Arc::clone(&known));
        }
        self.by_id.pin().insert(known.id, known);
    }

    pub(crate) fn find(&self, id: OrganizationId) -> Option<Arc<Known>> {
        self.by_id.pin().get(&id).cloned()
    }

    /// The dialect alone, without counting a reference.
    pub(crate) fn dialect(&self, id: OrganizationId) -> Option<Dialect> {
        self.by_id.pin().get(&id).map(|known| known.dialect)
    }

    /// The organization of this dialect, where there is exactly one.
    pub(crate) fn only(&self, dialect: Dialect) -> Option<Arc<Known>> {
        let known = self.by_id.pin();
        let mut of_dialect = known.values().filter(|known| known.dialect == dialect);
        let only = of_dialect.next()?;
        of_dialect.next().is_none().then(|| Arc::clone(only))
    }

    /// Whom a tenant header names, among the organizations of its dialect.
    #[allow(dead_code, reason = "for the dialect with tenants, whose routes come next")]
    pub(crate) fn of_tenant(&self, dialect: Dialect, tenant: &TenantId) -> Option<Arc<Known>> {
        self.by_tenant.pin().get(&(dialect, tenant.clone())).cloned()
    }
}
