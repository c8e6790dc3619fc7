-- Who gives an address or a number to an account takes the turn of that name first, and keeps it until the transaction ends:
-- of two at once, the second sees what the first has written.
CREATE TABLE turns (
    name  text   PRIMARY KEY,
    taken bigint NOT NULL
);
INSERT INTO turns (name, taken) VALUES ('addresses', 0);
