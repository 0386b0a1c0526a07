-- Where an organization's alerts are sent to. No secret is here: it is made from the pepper and the webhook's id.
CREATE TABLE webhooks (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    id              BLOB NOT NULL,
    name            TEXT NOT NULL,
    url             TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    mac             BLOB NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;
