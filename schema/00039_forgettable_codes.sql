-- Drops the index of a purge that 00010 has replaced. No statement reads codes by it. The index of
-- 00010 has all rows, and the table gets none any more.
--
-- The index is dropped while the service runs. That waits for running transactions, and no read or
-- write waits for it meanwhile, so it has no lock_timeout.

-- +goose NO TRANSACTION
-- +goose Up
SET lock_timeout = 0;

DROP INDEX CONCURRENTLY IF EXISTS codes_forgettable_idx;

RESET lock_timeout;
