-- Which organization a session acts for, where a dialect keeps that with the session; NULL until one was chosen. Whether
-- its person is a member there is asked at every use.
ALTER TABLE sessions ADD COLUMN active_organization BLOB;

-- What Azen's organizations have beside those of every dialect. One that was made otherwise has no row: its id is its
-- slug. The metadata is the JSON text of an object.
CREATE TABLE azen_organizations (
    organization_id BLOB PRIMARY KEY REFERENCES organizations (id),
    slug            TEXT NOT NULL UNIQUE,
    metadata        TEXT
) STRICT, WITHOUT ROWID;
