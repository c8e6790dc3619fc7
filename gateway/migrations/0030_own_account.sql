-- The one session that goes on after its owner has changed the password in it.
ALTER TABLE users ADD COLUMN kept_session text NOT NULL DEFAULT '';
-- When a session was seen last, to within minutes; 0 where it was not noted.
ALTER TABLE sessions ADD COLUMN last_seen_at bigint NOT NULL DEFAULT 0;
-- When the address of a profile was changed by its owner last.
ALTER TABLE users ADD COLUMN email_set_at bigint NOT NULL DEFAULT 0;
