-- Since when a user has a password that they set by a code sent to their mailbox; 0 where it came otherwise.
ALTER TABLE users ADD COLUMN password_by_mailbox_at bigint NOT NULL DEFAULT 0;

-- People who forgot their user name are found by their address.
CREATE INDEX users_by_email ON users (lower(email));
