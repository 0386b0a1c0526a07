-- When a member joined. Of those that are there already only the organization's own beginning is known.
ALTER TABLE members ADD COLUMN joined_at INTEGER NOT NULL DEFAULT 0;
UPDATE members
SET joined_at = coalesce((SELECT created_at FROM organizations WHERE organizations.id = members.organization_id), 0);

-- Counts the changes of name, prefix, catalogue and presets.
ALTER TABLE organizations ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- The scopes are in order, separated by blanks, as those of a key.
CREATE TABLE organization_presets (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    position        INTEGER NOT NULL,
    name            TEXT NOT NULL,
    scopes          TEXT NOT NULL,
    PRIMARY KEY (organization_id, position),
    UNIQUE (organization_id, name)
) STRICT, WITHOUT ROWID;

-- Who made which keys: for the list of members, and for the keys of one of them.
CREATE INDEX keys_by_creator ON keys (organization_id, created_by, created_at, id);
