-- Indexes by which a batch of a purge reads only the rows that it deletes, however many are
-- kept. A known network is kept for 30 days after its window, and an address with failures
-- for longer than a day. An index on the time of the window or of the last code alone would
-- make each purge read all those rows as well. The last index is for the deletion of a user,
-- which would otherwise read the whole table to find the users that it has invited.
--
-- The indexes are built while the service runs. A build waits for running transactions. No read
-- or write waits for the build meanwhile, so it has no lock_timeout. If a
-- build was cut off, it has left an invalid index behind, which is dropped first.

-- +goose NO TRANSACTION
-- +goose Up
SET lock_timeout = 0;

DROP INDEX CONCURRENTLY IF EXISTS login_tries_ended_at_idx;
CREATE INDEX CONCURRENTLY login_tries_ended_at_idx ON login_tries ((greatest(window_start, known_until)));
DROP INDEX CONCURRENTLY IF EXISTS login_tries_window_start_idx;

DROP INDEX CONCURRENTLY IF EXISTS codes_forgettable_idx;
CREATE INDEX CONCURRENTLY codes_forgettable_idx ON codes (sent_at) WHERE failures = 0;
DROP INDEX CONCURRENTLY IF EXISTS codes_sent_at_idx;

DROP INDEX CONCURRENTLY IF EXISTS users_parent_id_idx;
CREATE INDEX CONCURRENTLY users_parent_id_idx ON users (parent_id) WHERE parent_id IS NOT NULL;

RESET lock_timeout;
