-- Captchas carry their answer sealed in their id; all that is kept is which
-- ones have been spent (I2), until they would have expired anyway.

-- +goose Up
CREATE TABLE spent_captchas (
    nonce       bytea NOT NULL,
    expires_at  timestamptz NOT NULL,

    CONSTRAINT spent_captchas_pk PRIMARY KEY (nonce),
    CONSTRAINT spent_captchas_nonce_check CHECK (length(nonce) BETWEEN 16 AND 64)
);

CREATE INDEX spent_captchas_expires_at_idx ON spent_captchas (expires_at);
