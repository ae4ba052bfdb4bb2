-- Who knows an Idempotency-Key could try passwords and codes by repeating its
-- request: neither a captcha nor a count was in the way. A key bears five
-- repetitions that are wrong.

-- +goose Up
ALTER TABLE idempotency_keys
    ADD COLUMN failures integer NOT NULL DEFAULT 0
    CONSTRAINT idempotency_keys_failures_check CHECK (failures BETWEEN 0 AND 5);

COMMENT ON COLUMN idempotency_keys.failures IS
    'repetitions that were not the remembered request, or had another password';
