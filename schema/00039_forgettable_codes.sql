-- Drops the index of an earlier purge of the table codes. The purge uses the index of 00010, and no other
-- statement reads the table. This version adds no rows to it.
--
-- The index is dropped while the service runs. That waits for running transactions, and no read or
-- write waits for it meanwhile, so it has no lock_timeout.

-- +goose NO TRANSACTION
-- +goose Up
SET lock_timeout = 0;

DROP INDEX CONCURRENTLY IF EXISTS codes_forgettable_idx;

RESET lock_timeout;
