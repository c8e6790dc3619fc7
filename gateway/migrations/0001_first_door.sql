-- One text for SQLite and PostgreSQL: portable types only, no NULLs (empty text means "the directory has none").
-- Times are milliseconds since 1970; sealed values are base64.

CREATE TABLE users (
    id           text   NOT NULL PRIMARY KEY,
    name         text   NOT NULL UNIQUE,
    display_name text   NOT NULL,
    email        text   NOT NULL,
    standing     text   NOT NULL,
    password     text   NOT NULL,
    proofs_since bigint NOT NULL,
    created_at   bigint NOT NULL
);

CREATE TABLE memberships (
    user_id    text NOT NULL,
    group_name text NOT NULL,
    PRIMARY KEY (user_id, group_name)
);

CREATE TABLE authenticators (
    id          text   NOT NULL PRIMARY KEY,
    user_id     text   NOT NULL,
    kind        text   NOT NULL,
    description text   NOT NULL,
    sealed      text   NOT NULL,
    digits      bigint NOT NULL,
    last_step   bigint NOT NULL,
    spent_by    text   NOT NULL,
    created_at  bigint NOT NULL
);
CREATE INDEX authenticators_by_user ON authenticators (user_id);

-- Challenges that were answered, and by which login.
CREATE TABLE spends (
    mark     text   NOT NULL PRIMARY KEY,
    spent_by text   NOT NULL,
    at       bigint NOT NULL
);

-- Failures that still count; the tally is JSON.
CREATE TABLE budgets (
    scope   text   NOT NULL PRIMARY KEY,
    tally   text   NOT NULL,
    changes bigint NOT NULL,
    at      bigint NOT NULL
);

CREATE TABLE devices (
    token_hash text   NOT NULL PRIMARY KEY,
    user_id    text   NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE sessions (
    id        text   NOT NULL PRIMARY KEY,
    user_id   text   NOT NULL,
    opened_at bigint NOT NULL,
    ends_at   bigint NOT NULL,
    ended_at  bigint NOT NULL,
    source    text   NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- Append-only; read by every node each 250 ms.
CREATE TABLE revocations (
    id      text   NOT NULL PRIMARY KEY,
    kind    text   NOT NULL,
    target  text   NOT NULL,
    at      bigint NOT NULL
);
CREATE INDEX revocations_by_time ON revocations (at);

-- Append-only.
CREATE TABLE audit (
    id      text   NOT NULL PRIMARY KEY,
    at      bigint NOT NULL,
    user_id text   NOT NULL,
    kind    text   NOT NULL,
    record  text   NOT NULL
);
CREATE INDEX audit_by_time ON audit (at);
