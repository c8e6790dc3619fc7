-- Since when a password must be thought to be known to somebody else: it is changed at the next login. 0 where it is not.
ALTER TABLE users ADD COLUMN password_compromised_at bigint NOT NULL DEFAULT 0;
