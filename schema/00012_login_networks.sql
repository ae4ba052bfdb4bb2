-- Guessing one password at many accounts (spraying) is bounded for each client network, and a
-- person who registers in a network is known there without a login.

-- +goose Up
CREATE TABLE login_networks (
    network     text NOT NULL,
    accounts    jsonb NOT NULL,
    last_at     timestamptz NOT NULL,

    CONSTRAINT login_networks_pk PRIMARY KEY (network),
    CONSTRAINT login_networks_network_check CHECK (length(network) <= 64),
    CONSTRAINT login_networks_accounts_check CHECK (jsonb_typeof(accounts) = 'object')
);

CREATE INDEX login_networks_last_at_idx ON login_networks (last_at);

COMMENT ON TABLE login_networks IS 'for each client network the accounts at which its logins failed within an hour';
COMMENT ON COLUMN login_networks.accounts IS
    'keyed hash of the account: time of its last failure, in Unix seconds; the service bounds how many';

ALTER TABLE users ADD COLUMN registration_network bytea
    CONSTRAINT users_registration_network_check CHECK (length(registration_network) = 32);

COMMENT ON COLUMN users.registration_network IS
    'keyed hash of the invite code and of the /24 or /64 of the registration; NULL if networks are not told apart';
