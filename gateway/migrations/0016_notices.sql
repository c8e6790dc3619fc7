-- Changes that people are told of. `due_at` is when somebody is to be told next, 0 once all were; `told` has the keyed
-- hashes of the addresses that were. Kept as long as a change can be objected to.
CREATE TABLE notices (
    id          text   NOT NULL PRIMARY KEY,
    user_id     text   NOT NULL,
    event       text   NOT NULL,
    at          bigint NOT NULL,
    source      text   NOT NULL,
    due_at      bigint NOT NULL,
    tries       bigint NOT NULL,
    told        text   NOT NULL,
    objected_at bigint NOT NULL
);
CREATE INDEX notices_by_due ON notices (due_at);

-- What was removed stays in former_authenticators as history, and for its address to hear of changes a while longer;
-- an objection brings nothing of it back.

-- Since when nothing about an account may be changed, and when its second factors are removed; 0 where neither.
ALTER TABLE accounts ADD COLUMN frozen_at bigint NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN reset_at bigint NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN reset_reason text NOT NULL DEFAULT '';

-- When the password was set; an objection takes it away only as long as it is still that one.
ALTER TABLE users ADD COLUMN password_set_at bigint NOT NULL DEFAULT 0;
