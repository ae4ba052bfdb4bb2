-- The table codes of the version before names phones and emails. Nothing adds to it any
-- more, and its rows go when they are a day old, those with failures too.
--
-- The index is built while the service runs; what a build that was cut off has left behind
-- is removed first.

-- +goose NO TRANSACTION
-- +goose Up
SET lock_timeout = 0;

DROP INDEX CONCURRENTLY IF EXISTS codes_sent_at_idx;
CREATE INDEX CONCURRENTLY codes_sent_at_idx ON codes (sent_at);

RESET lock_timeout;
