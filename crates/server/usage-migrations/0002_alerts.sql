-- What somebody should look at. Times are microseconds since 1970.
CREATE TABLE alerts (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organizations (id),
    key          INTEGER NOT NULL,                  -- 0: it is about the organization
    subject      TEXT NOT NULL,                     -- the same is not said again before `until`
    notice       TEXT NOT NULL,                     -- as JSON
    at           INTEGER NOT NULL,
    until        INTEGER NOT NULL
);
CREATE INDEX alerts_of_organization ON alerts (organization, sequence);
CREATE INDEX alerts_by_subject ON alerts (organization, key, subject, until);
CREATE INDEX alerts_by_time ON alerts (at);

-- Messages to webhooks that wait to be sent, or to be sent again.
CREATE TABLE deliveries (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id BLOB NOT NULL,
    webhook_id      BLOB NOT NULL,
    body            TEXT NOT NULL,                  -- the same bytes in every attempt
    created_at      INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,               -- begun
    next_at         INTEGER NOT NULL
);
CREATE INDEX deliveries_of_webhook ON deliveries (webhook_id, next_at);

-- How the last attempt of a webhook ended.
CREATE TABLE attempts (
    webhook_id BLOB PRIMARY KEY,
    at         INTEGER NOT NULL,
    status     INTEGER,
    taken      INTEGER NOT NULL,
    error      TEXT
) WITHOUT ROWID;
