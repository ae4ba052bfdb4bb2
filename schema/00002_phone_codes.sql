-- The code that was last sent to a phone, and what may still be done with it.
-- One row a phone and site, kept over codes, so that asking for a new code
-- resets neither the budget of codes nor the count of failures.

-- +goose Up
CREATE TABLE phone_codes (
    site_id     bigint NOT NULL,
    phone       text NOT NULL,
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

    CONSTRAINT phone_codes_pk PRIMARY KEY (site_id, phone),
    CONSTRAINT phone_codes_whole_check CHECK (
        code_mac IS NULL OR (purpose IS NOT NULL AND expires_at IS NOT NULL)
    ),
    CONSTRAINT phone_codes_purpose_check CHECK (purpose IN ('register', 'login')),
    CONSTRAINT phone_codes_mac_check CHECK (length(code_mac) = 32),
    -- I2, I3: whatever the service does, no code is tried without end.
    CONSTRAINT phone_codes_tries_check CHECK (tries BETWEEN 0 AND 5),
    CONSTRAINT phone_codes_failures_check CHECK (failures BETWEEN 0 AND 100),
    CONSTRAINT phone_codes_sent_check CHECK (hour_sent >= 0 AND day_sent >= 0)
);

CREATE INDEX phone_codes_sent_at_idx ON phone_codes (sent_at);

COMMENT ON COLUMN phone_codes.code_mac IS 'keyed hash of site, phone, purpose and code; NULL once it is spent';
COMMENT ON COLUMN phone_codes.tries IS 'wrong answers to this code';
COMMENT ON COLUMN phone_codes.failures IS 'wrong answers in a row, over all codes';
COMMENT ON COLUMN phone_codes.sent_at IS 'when the last code that counts was handed to the sender';
