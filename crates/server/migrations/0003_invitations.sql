-- An invitation waits here until it is accepted or withdrawn; then its row is gone, and the audit log tells of it.
CREATE TABLE invitations (
    id              BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    digest          BLOB NOT NULL UNIQUE,
    email           TEXT NOT NULL,
    role            TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    created_by      BLOB NOT NULL REFERENCES users (id),
    expires_at      INTEGER NOT NULL,
    mac             BLOB NOT NULL,
    UNIQUE (organization_id, email)
) STRICT, WITHOUT ROWID;

-- Which program signed in, and from where. NULL where it is not known, as in every session from before.
ALTER TABLE sessions ADD COLUMN client TEXT;
ALTER TABLE sessions ADD COLUMN address TEXT;

-- The first entry about a thing holds the name that it was made with.
CREATE INDEX audit_by_target ON audit (organization_id, target, sequence);
