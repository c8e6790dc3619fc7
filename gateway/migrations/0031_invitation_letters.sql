-- Links that are to go out by e-mail: a row stays until its letter is sent, or its link works no more. `name` is the
-- link's in invitations; `token` is sealed to it, and gone with the row. `due_at` is when somebody is to try next.
CREATE TABLE invitation_letters (
    name   text   NOT NULL PRIMARY KEY,
    token  bytea  NOT NULL,
    due_at bigint NOT NULL,
    tries  bigint NOT NULL
);
CREATE INDEX invitation_letters_by_due ON invitation_letters (due_at);
