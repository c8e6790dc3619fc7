-- One-use links of operators; `name` is a keyed hash of the link's token. A link of somebody who is in the directory has
-- their id and sets their first password; any other makes an account of that address. `member_of` is JSON.
CREATE TABLE invitations (
    name         text   NOT NULL PRIMARY KEY,
    email        text   NOT NULL,
    display_name text   NOT NULL,
    member_of    text   NOT NULL,
    user_id      text   NOT NULL,
    created_at   bigint NOT NULL,
    expires_at   bigint NOT NULL,
    used_at      bigint NOT NULL
);

-- To count the accounts that a number is on.
CREATE INDEX authenticators_by_address ON authenticators (address);
