-- Counts of tries of passwords. A try is counted before the password is compared; a right one sets the
-- counts to 0. Each try is counted twice, by the identifier that was given and by the account. Each of the
-- two has a row for all networks together (network ''), for the client's network and for the IPv6 /48
-- around it. name_mac is a keyed hash of the site and the identifier or the user's id, so the table
-- contains no names. Names that do not exist are counted like all others.

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
