-- A client that knows an Idempotency-Key could try passwords and codes by repeating its request,
-- without a captcha and without a limit. Now a key allows five wrong repetitions.

-- +goose Up
ALTER TABLE idempotency_keys
    ADD COLUMN failures integer NOT NULL DEFAULT 0
    CONSTRAINT idempotency_keys_failures_check CHECK (failures BETWEEN 0 AND 5);

COMMENT ON COLUMN idempotency_keys.failures IS
    'repetitions that were not the remembered request, or had another password';
