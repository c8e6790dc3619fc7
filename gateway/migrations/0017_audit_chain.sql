-- Each audit record is linked to the one before it on the same node, by a keyed hash; records from before have no node.
ALTER TABLE audit ADD COLUMN node text NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN seq bigint NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN link text NOT NULL DEFAULT '';
CREATE INDEX audit_by_node ON audit (node, seq);

-- The last link of each node; locked while a record is added to it.
CREATE TABLE audit_heads (
    node text   NOT NULL PRIMARY KEY,
    seq  bigint NOT NULL,
    link text   NOT NULL
);
