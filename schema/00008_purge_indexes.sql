-- A batch of a purge reads the rows that it deletes and no others, however many
-- are kept. A known network is kept for 30 days after its window, an address with
-- failures for longer than its day: by the time of the window or of the last code
-- alone the purge walked past all of them. And a user is deleted without a look
-- at every other one for those that it has invited.
--
-- The indexes are built while the service runs. A build waits for transactions,
-- not for a lock that makes others wait, so it may wait longer than other steps.
-- What a build that was cut off has left behind is removed first.

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
