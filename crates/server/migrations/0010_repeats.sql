-- Requests for a new organization, so that a repeat makes no second one. What keys are repeated by is in `idempotency`.
CREATE TABLE organization_idempotency (
    user_id         BLOB NOT NULL REFERENCES users (id),
    token           BLOB NOT NULL,
    creation        BLOB NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (user_id, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX organization_idempotency_by_age ON organization_idempotency (created_at);
