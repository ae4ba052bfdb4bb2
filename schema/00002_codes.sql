-- The code that was last sent to an address (a phone or an email), and its counts. There is one row
-- for each address and site. A new code replaces the old one in its row, so that it resets neither
-- the budget of codes nor the count of failures. one_time_codes (00009) takes the place of this table.

-- +goose Up
CREATE TABLE codes (
    site_id     bigint NOT NULL,
    address     text NOT NULL,
    purpose     text,
    code_mac    bytea,
    expires_at  timestamptz,
    tries       integer NOT NULL,
    failures    integer NOT NULL,
    sent_at     timestamptz NOT NULL,
    hour_start  timestamptz NOT NULL,
    hour_sent   integer NOT NULL,
    day_start   timestamptz NOT NULL,
    day_sent    integer NOT NULL,

    CONSTRAINT codes_pk PRIMARY KEY (site_id, address),
    CONSTRAINT codes_whole_check CHECK (
        code_mac IS NULL OR (purpose IS NOT NULL AND expires_at IS NOT NULL)
    ),
    CONSTRAINT codes_address_check
        CHECK (address ~ '^\+[1-9][0-9]{6,14}$' OR (address LIKE '%_@_%' AND length(address) <= 254)),
    CONSTRAINT codes_purpose_check CHECK (purpose IN ('register', 'login', 'verify')),
    CONSTRAINT codes_mac_check CHECK (length(code_mac) = 32),
    -- I2, I3: the number of tries is bounded even if the service has a bug.
    CONSTRAINT codes_tries_check CHECK (tries BETWEEN 0 AND 5),
    CONSTRAINT codes_failures_check CHECK (failures BETWEEN 0 AND 100),
    CONSTRAINT codes_sent_check CHECK (hour_sent >= 0 AND day_sent >= 0)
);

CREATE INDEX codes_sent_at_idx ON codes (sent_at);

COMMENT ON COLUMN codes.address IS 'a phone in E.164, or the key of an email';
COMMENT ON COLUMN codes.code_mac IS 'keyed hash of site, address, purpose, user and code; NULL once it is spent';
COMMENT ON COLUMN codes.tries IS 'wrong answers to this code';
COMMENT ON COLUMN codes.failures IS 'wrong answers in a row, over all codes';
COMMENT ON COLUMN codes.sent_at IS 'when the last code that counts was handed to the sender';
