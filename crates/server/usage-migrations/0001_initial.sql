-- What was counted. A file of its own, so that it never waits for keys nor they for it.
--
-- Times are whole minutes, quarters of an hour, hours, UTC days or calendar months since the beginning of 1970.
-- An outcome is its number: accepted 0, missing 1, malformed 2, unknown 3, revoked 4, expired 5, disabled 6,
-- wrong_tenant 7, missing_scope 8, address_refused 9, rate_limited 10, quota_exhausted 11.
-- An environment: 0 for what names no key, 1 live, 2 test. Key 0 is what names no key; route 0 is no tag,
-- route -1 every tag beyond the hundredth. Organization 0 is nobody's: keys that asked about themselves and
-- were not known.
--
-- Counts are totals of one writer (a node's boot), set and never added to: writing one twice changes nothing.

CREATE TABLE writers (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    node       BLOB NOT NULL,
    boot       BLOB NOT NULL,
    started_at INTEGER NOT NULL,                    -- microseconds since 1970
    UNIQUE (node, boot)
);

-- Short numbers for long ids.
CREATE TABLE organizations (
    id              INTEGER PRIMARY KEY,
    organization_id BLOB NOT NULL UNIQUE
);
CREATE TABLE keys (
    id              INTEGER PRIMARY KEY,
    organization    INTEGER NOT NULL REFERENCES organizations (id),
    key_id          BLOB NOT NULL,
    environment     INTEGER NOT NULL,
    last_at         INTEGER,                        -- accepted; microseconds since 1970
    last_address    TEXT,
    last_user_agent TEXT,
    UNIQUE (organization, key_id)
);
CREATE TABLE routes (
    id           INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL REFERENCES organizations (id),
    route        TEXT NOT NULL,
    UNIQUE (organization, route)
);

-- Detail: written by every flush.
CREATE TABLE key_hours (
    organization INTEGER NOT NULL,
    hour         INTEGER NOT NULL,
    key          INTEGER NOT NULL,
    outcome      INTEGER NOT NULL,
    writer       INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (organization, hour, key, outcome, writer)
) WITHOUT ROWID;
CREATE TABLE route_hours (
    organization INTEGER NOT NULL,
    hour         INTEGER NOT NULL,
    route        INTEGER NOT NULL,
    environment  INTEGER NOT NULL,
    outcome      INTEGER NOT NULL,
    writer       INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (organization, hour, route, environment, outcome, writer)
) WITHOUT ROWID;
CREATE TABLE minutes (
    organization INTEGER NOT NULL,
    minute       INTEGER NOT NULL,
    environment  INTEGER NOT NULL,
    outcome      INTEGER NOT NULL,
    writer       INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (organization, minute, environment, outcome, writer)
) WITHOUT ROWID;

-- Roll-ups: recomputed from detail and set, never added to. A roll-up holds the periods before its mark in
-- `rolled`; the periods from the mark on are summed from the detail. A flush that writes detail before a mark
-- moves the mark back to it, in the same transaction.
CREATE TABLE rolled (
    rollup TEXT PRIMARY KEY,                        -- quarters, days, key_days, key_months, route_days
    until  INTEGER NOT NULL                         -- in the roll-up's own periods
) WITHOUT ROWID;
INSERT INTO rolled VALUES ('quarters', 0), ('days', 0), ('key_days', 0), ('key_months', 0), ('route_days', 0);
-- What is no longer there: a table's periods before this one have been deleted. What is counted late is counted
-- to the first of these that is left, so that no roll-up is ever recomputed from detail that is gone.
CREATE TABLE kept (
    name  TEXT PRIMARY KEY,                         -- minutes, key_hours, route_hours and the roll-ups' names
    since INTEGER NOT NULL                          -- in the table's own periods
) WITHOUT ROWID;
INSERT INTO kept VALUES ('minutes', 0), ('key_hours', 0), ('route_hours', 0),
    ('quarters', 0), ('days', 0), ('key_days', 0), ('key_months', 0), ('route_days', 0);
CREATE TABLE quarters (                             -- from minutes
    organization INTEGER NOT NULL,
    quarter      INTEGER NOT NULL,
    environment  INTEGER NOT NULL,
    outcome      INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (organization, quarter, environment, outcome)
) WITHOUT ROWID;
-- One outcome's quarters side by side: in zones other than UTC a day is a sum of quarters.
CREATE INDEX quarters_by_outcome ON quarters (organization, environment, outcome, quarter, count);
CREATE TABLE days (                                 -- from quarters
    organization INTEGER NOT NULL,
    day          INTEGER NOT NULL,
    environment  INTEGER NOT NULL,
    outcome      INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (organization, day, environment, outcome)
) WITHOUT ROWID;
CREATE TABLE key_days (                             -- from key_hours
    organization INTEGER NOT NULL,
    key          INTEGER NOT NULL,
    day          INTEGER NOT NULL,
    outcome      INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (organization, key, day, outcome)
) WITHOUT ROWID;
-- Who was busiest in these days, without looking at the others.
CREATE INDEX key_days_by_day ON key_days (organization, day, key, outcome, count);
CREATE TABLE key_months (                           -- from key_days
    organization INTEGER NOT NULL,
    key          INTEGER NOT NULL,
    month        INTEGER NOT NULL,
    outcome      INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (organization, key, month, outcome) -- a key's months side by side: the busiest are found by them
) WITHOUT ROWID;
CREATE TABLE route_days (                           -- from route_hours
    organization INTEGER NOT NULL,
    day          INTEGER NOT NULL,
    route        INTEGER NOT NULL,
    environment  INTEGER NOT NULL,
    outcome      INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (organization, day, route, environment, outcome)
) WITHOUT ROWID;

-- Which scopes a key used: wanted in verifications that were accepted.
CREATE TABLE key_scopes (
    key     INTEGER NOT NULL,
    scope   TEXT NOT NULL,
    writer  INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    last_at INTEGER NOT NULL,                       -- microseconds since 1970
    PRIMARY KEY (key, scope, writer)
) WITHOUT ROWID;

-- The networks that a key was accepted from: /24 of IPv4, /48 of IPv6. At most 64 of a key.
CREATE TABLE key_networks (
    key      INTEGER NOT NULL,
    network  TEXT NOT NULL,
    first_at INTEGER NOT NULL,                      -- microseconds since 1970
    last_at  INTEGER NOT NULL,
    PRIMARY KEY (key, network)
) WITHOUT ROWID;

-- What a flush noticed, until the alerts have looked at it; written in the flush's own transaction.
CREATE TABLE noticed (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    key          INTEGER NOT NULL,
    kind         INTEGER NOT NULL,                  -- 1 accepted after 30 days or for the first time, 2 a new network
    at           INTEGER NOT NULL,                  -- microseconds since 1970
    before_at    INTEGER,                           -- kind 1: the last use before
    address      TEXT                               -- kind 2
);
