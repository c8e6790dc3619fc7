-- How often the thousand numbers around one were sent codes, and how often one of them was then typed: whoever sells the
-- messages of a network profits from those that nobody reads. A block is a number without its last three digits.
CREATE TABLE number_blocks (
    block      text   NOT NULL PRIMARY KEY,
    began_at   bigint NOT NULL,
    sent       bigint NOT NULL,
    proven     bigint NOT NULL,
    stopped_at bigint NOT NULL
);
