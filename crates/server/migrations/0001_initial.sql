-- Times are microseconds since 1970 in UTC. Ids are 16 bytes. Every `mac` authenticates its row with a
-- subkey of the pepper, which is not in this file: a row that was written from outside is not served.

CREATE TABLE instance (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    pepper_id    TEXT NOT NULL,
    pepper_check BLOB NOT NULL
) STRICT;

CREATE TABLE users (
    id         BLOB PRIMARY KEY,
    email      TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    password   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    mac        BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    digest     BLOB PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE,
    user_id    BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    mac        BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE organizations (
    id         BLOB PRIMARY KEY,
    name       TEXT NOT NULL,
    prefix     TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE organization_scopes (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    position        INTEGER NOT NULL,
    scope           TEXT NOT NULL,
    description     TEXT NOT NULL,
    PRIMARY KEY (organization_id, position),
    UNIQUE (organization_id, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    user_id         BLOB NOT NULL REFERENCES users (id),
    role            TEXT NOT NULL,
    mac             BLOB NOT NULL,
    PRIMARY KEY (organization_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_of_user ON members (user_id);

CREATE TABLE keys (
    organization_id   BLOB NOT NULL REFERENCES organizations (id),
    id                BLOB NOT NULL,
    digest            BLOB NOT NULL UNIQUE,
    hint              TEXT NOT NULL,
    name              TEXT NOT NULL,
    environment       TEXT NOT NULL,
    kind              TEXT NOT NULL,
    scopes            TEXT NOT NULL,
    note              TEXT NOT NULL,
    metadata          TEXT NOT NULL,
    allowed_addresses TEXT NOT NULL,
    enabled           INTEGER NOT NULL,
    expires_at        INTEGER,
    revoked_at        INTEGER,
    created_at        INTEGER NOT NULL,
    created_by        BLOB NOT NULL REFERENCES users (id),
    updated_at        INTEGER NOT NULL,
    last_used_at      INTEGER,
    version           INTEGER NOT NULL,
    creation          BLOB NOT NULL,
    name_key          TEXT NOT NULL,
    search            TEXT NOT NULL,
    mac               BLOB NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_by_created ON keys (organization_id, created_at, id);
CREATE INDEX keys_by_name ON keys (organization_id, name_key, id);
CREATE INDEX keys_by_last_used ON keys (organization_id, ifnull(last_used_at, -1), id);
CREATE INDEX keys_by_expiry ON keys (organization_id, ifnull(expires_at, 9223372036854775807), id);

-- What a repeated POST is recognised by. The answer itself is not kept: it held the secret.
CREATE TABLE idempotency (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    user_id         BLOB NOT NULL REFERENCES users (id),
    token           BLOB NOT NULL,
    creation        BLOB NOT NULL,
    key_id          BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (organization_id, user_id, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE verifiers (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    id              BLOB NOT NULL,
    digest          BLOB NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    created_by      BLOB NOT NULL REFERENCES users (id),
    revoked_at      INTEGER,
    mac             BLOB NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    sequence        INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    actor_id        BLOB,
    actor_email     TEXT,
    action          TEXT NOT NULL,
    target          TEXT NOT NULL,
    before          TEXT,
    after           TEXT,
    mac             BLOB NOT NULL,
    PRIMARY KEY (organization_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_heads (
    organization_id BLOB PRIMARY KEY REFERENCES organizations (id),
    sequence        INTEGER NOT NULL,
    entry_mac       BLOB NOT NULL,
    mac             BLOB NOT NULL
) STRICT, WITHOUT ROWID;
