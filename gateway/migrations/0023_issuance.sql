-- By which key this installation is known to an authority of certificates. All keys here are sealed.
CREATE TABLE issuer_accounts (
    issuer text NOT NULL PRIMARY KEY,
    key    text NOT NULL
);

-- What was issued for each host, and how the orders for it went. `serial` grows with each certificate; nothing is ordered
-- before `wait_until`.
CREATE TABLE issued_certificates (
    issuer     text   NOT NULL,
    name       text   NOT NULL,
    bundle     text   NOT NULL,
    serial     bigint NOT NULL,
    failures   bigint NOT NULL,
    wait_until bigint NOT NULL,
    problem    text   NOT NULL,
    PRIMARY KEY (issuer, name)
);
