-- How often a request that has created a user was repeated under its key, with a right password or a wrong one. A
-- repetition whose password could not be compared does not count. The previous version inserts no value and counts
-- nothing.

-- +goose Up
ALTER TABLE idempotency_keys ADD COLUMN IF NOT EXISTS replays integer NOT NULL DEFAULT 0;

COMMENT ON COLUMN idempotency_keys.replays IS 'repetitions that were right or are being verified';
