-- How often a registration was repeated under its key. The previous version inserts no value and counts nothing.

-- +goose Up
ALTER TABLE idempotency_keys ADD COLUMN IF NOT EXISTS replays integer NOT NULL DEFAULT 0;

COMMENT ON COLUMN idempotency_keys.replays IS 'repetitions that were right or are being verified';
