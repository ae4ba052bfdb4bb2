-- Codes that are on their way to a phone or an email, and the budgets of sending them.
-- They take the place of codes, sms_budgets and mail_budgets, which stay for servers of
-- the previous version that run beside this one. 00033 drops the two tables of budgets; no
-- migration drops codes yet.

-- +goose Up
-- One row for each code that may still be typed in. It is written before the message is
-- handed to the sender, so that a code is good however late the sender answers, and
-- deleted when it is spent. Several may be good at once: a subnet may have three for one
-- purpose, and a fourth one ends the oldest of them (TakeAndKeepCode).
CREATE TABLE one_time_codes (
    site_id         bigint NOT NULL,
    address         text NOT NULL,
    purpose         text NOT NULL,
    user_id         bigint NOT NULL,
    code_mac        bytea NOT NULL,
    subnet          text NOT NULL,
    network         text NOT NULL,
    sent_at         timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    tries           integer NOT NULL,
    tries_elsewhere integer NOT NULL,

    CONSTRAINT one_time_codes_pk PRIMARY KEY (address, site_id, code_mac),
    CONSTRAINT one_time_codes_address_check
        CHECK (address ~ '^\+[1-9][0-9]{6,14}$' OR (address LIKE '%_@_%' AND length(address) <= 254)),
    CONSTRAINT one_time_codes_purpose_check CHECK (purpose IN ('register', 'login', 'verify')),
    CONSTRAINT one_time_codes_mac_check CHECK (length(code_mac) = 32),
    CONSTRAINT one_time_codes_network_check CHECK (length(subnet) <= 64 AND length(network) <= 64),
    -- I2, I3: no code is tried without end.
    CONSTRAINT one_time_codes_tries_check CHECK (tries BETWEEN 0 AND 5 AND tries_elsewhere BETWEEN 0 AND 5)
);

CREATE INDEX one_time_codes_expires_at_idx ON one_time_codes (expires_at);

COMMENT ON COLUMN one_time_codes.address IS 'a phone in E.164, or the key of an email';
COMMENT ON COLUMN one_time_codes.user_id IS 'the user whose address is to be verified, 0 for other purposes';
COMMENT ON COLUMN one_time_codes.code_mac IS 'keyed hash of site, address, purpose, user and code';
COMMENT ON COLUMN one_time_codes.subnet IS 'the client that asked for the code: its /24 (IPv4) or /64 (IPv6), or empty';
COMMENT ON COLUMN one_time_codes.network IS 'the same client''s /24 or /48';
COMMENT ON COLUMN one_time_codes.tries IS 'wrong answers from the subnet that asked for the code';
COMMENT ON COLUMN one_time_codes.tries_elsewhere IS 'wrong answers from all other subnets';

-- A budget is a count over a window that starts with the first event counted. One
-- conditional statement takes from it, so that it holds over all replicas. Addresses
-- are stored here as keyed hashes: the table shows no phone and no email.
CREATE TABLE budgets (
    scope       text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    ends_at     timestamptz NOT NULL,
    used        integer NOT NULL,
    redeemed    integer NOT NULL,

    CONSTRAINT budgets_pk PRIMARY KEY (scope, key),
    CONSTRAINT budgets_key_check CHECK (length(key) <= 128),
    CONSTRAINT budgets_counts_check CHECK (used >= 0 AND redeemed >= 0)
);

CREATE INDEX budgets_ends_at_idx ON budgets (ends_at);

COMMENT ON COLUMN budgets.scope IS 'what is counted; internal/code has the list';
COMMENT ON COLUMN budgets.key IS 'a network, a prefix of numbers, a user, or a keyed hash of an address';
COMMENT ON COLUMN budgets.redeemed IS 'codes that came back, of those counted by used';
