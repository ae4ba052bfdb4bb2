-- The captchas that have been spent (I2), until they expire. Captchas themselves are not stored: their
-- id contains the answer, encrypted.

-- +goose Up
CREATE TABLE spent_captchas (
    nonce       bytea NOT NULL,
    expires_at  timestamptz NOT NULL,

    CONSTRAINT spent_captchas_pk PRIMARY KEY (nonce),
    CONSTRAINT spent_captchas_nonce_check CHECK (length(nonce) BETWEEN 16 AND 64)
);

CREATE INDEX spent_captchas_expires_at_idx ON spent_captchas (expires_at);
