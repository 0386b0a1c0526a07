-- How much an organization and each of its keys may ask: all of it in one row, so that none can be taken out unseen.
CREATE TABLE limits (
    organization_id BLOB PRIMARY KEY REFERENCES organizations (id),
    items           TEXT NOT NULL,                  -- as JSON
    version         INTEGER NOT NULL,
    mac             BLOB NOT NULL
) STRICT, WITHOUT ROWID;
