-- Counts of wrong passwords, for each account from all networks together (network '') and from each
-- network. name_mac is a keyed hash of the site and of an identifier or the user's id. So names that
-- do not exist are counted like all others, and the table contains no names.

-- +goose Up
CREATE TABLE login_tries (
    name_mac        bytea NOT NULL,
    network         text NOT NULL,
    window_start    timestamptz NOT NULL,
    tries           integer NOT NULL,
    known_until     timestamptz,

    CONSTRAINT login_tries_pk PRIMARY KEY (name_mac, network),
    CONSTRAINT login_tries_mac_check CHECK (length(name_mac) = 32),
    CONSTRAINT login_tries_network_check CHECK (length(network) <= 64),
    CONSTRAINT login_tries_tries_check CHECK (tries >= 0)
);

CREATE INDEX login_tries_window_start_idx ON login_tries (window_start);

COMMENT ON COLUMN login_tries.known_until IS
    'until when the network counts as the account holder''s, after a login that succeeded';
