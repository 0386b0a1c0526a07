-- Whose contract an organization's keys follow, for good; and what its tenant header names it by. An organization of
-- Keydeck's own dialect has no `dialect_mac`; every other is authenticated with it.
ALTER TABLE organizations ADD COLUMN dialect TEXT NOT NULL DEFAULT 'keydeck';
ALTER TABLE organizations ADD COLUMN tenant TEXT;
ALTER TABLE organizations ADD COLUMN dialect_mac BLOB;
CREATE UNIQUE INDEX organizations_by_tenant ON organizations (dialect, tenant) WHERE tenant IS NOT NULL;
