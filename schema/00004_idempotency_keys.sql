-- The registration of each Idempotency-Key (I5): the user that it inserted, and a keyed digest of the
-- request without its password (I6). A row without a user is a claim: an attempt is working on the
-- request, until claimed_until at the latest.

-- +goose Up
CREATE TABLE idempotency_keys (
    site_id         bigint NOT NULL,
    key             text NOT NULL,
    request_mac     bytea NOT NULL,
    claim           bytea NOT NULL,
    claimed_until   timestamptz NOT NULL,
    user_id         bigint,
    created_at      timestamptz NOT NULL,

    CONSTRAINT idempotency_keys_pk PRIMARY KEY (site_id, key),
    CONSTRAINT idempotency_keys_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT idempotency_keys_key_check CHECK (length(key) BETWEEN 1 AND 64),
    CONSTRAINT idempotency_keys_mac_check CHECK (length(request_mac) = 32),
    CONSTRAINT idempotency_keys_claim_check CHECK (length(claim) = 16)
);

CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_user_id_idx ON idempotency_keys (user_id);

COMMENT ON COLUMN idempotency_keys.claim IS
    'names the attempt that holds the key; a later attempt takes over when the claim has run out';
