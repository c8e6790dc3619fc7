-- What people set up and change themselves. `address` is a keyed hash of a phone number, to count the accounts it is on.

ALTER TABLE authenticators ADD COLUMN channel text NOT NULL DEFAULT 'sms';
ALTER TABLE authenticators ADD COLUMN address text NOT NULL DEFAULT '';
ALTER TABLE authenticators ADD COLUMN preferred bigint NOT NULL DEFAULT 0;
ALTER TABLE authenticators ADD COLUMN last_used_at bigint NOT NULL DEFAULT 0;

-- Waiting for the first right answer; counts for nothing. `replaces` is the authenticator that goes when this one comes.
CREATE TABLE pending (
    id          text   NOT NULL PRIMARY KEY,
    user_id     text   NOT NULL,
    kind        text   NOT NULL,
    channel     text   NOT NULL,
    description text   NOT NULL,
    sealed      text   NOT NULL,
    address     text   NOT NULL,
    digits      bigint NOT NULL,
    replaces    text   NOT NULL,
    created_at  bigint NOT NULL
);
CREATE INDEX pending_by_user ON pending (user_id);

-- The codes of an authenticator of the kind 'emergency_codes'.
CREATE TABLE emergency_codes (
    authenticator_id text   NOT NULL,
    hash             text   NOT NULL,
    used_at          bigint NOT NULL,
    spent_by         text   NOT NULL,
    PRIMARY KEY (authenticator_id, hash)
);

-- What was removed, and when: the history of a person's authenticators, and what an objection brings back.
CREATE TABLE former_authenticators (
    id          text   NOT NULL PRIMARY KEY,
    user_id     text   NOT NULL,
    kind        text   NOT NULL,
    channel     text   NOT NULL,
    description text   NOT NULL,
    sealed      text   NOT NULL,
    address     text   NOT NULL,
    digits      bigint NOT NULL,
    last_step   bigint NOT NULL,
    created_at  bigint NOT NULL,
    removed_at  bigint NOT NULL
);
CREATE INDEX former_authenticators_by_user ON former_authenticators (user_id);

-- One row for each user whose authenticators change; locked by every change, so that changes queue up.
CREATE TABLE accounts (
    user_id text   NOT NULL PRIMARY KEY,
    changes bigint NOT NULL
);
