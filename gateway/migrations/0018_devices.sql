-- What people are shown of their sessions and browsers: how they logged in, and from where last.
ALTER TABLE sessions ADD COLUMN methods text NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN last_used_at bigint NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN source text NOT NULL DEFAULT '';
CREATE INDEX devices_by_user ON devices (user_id);
