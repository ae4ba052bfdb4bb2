-- Indexes by which the purge of users that have left reads only the users that are due, and finds the
-- codes that a user has requested for an address that the user has not verified.
--
-- The indexes are built while the service runs; what a build that was cut off has left behind
-- is removed first.

-- +goose NO TRANSACTION
-- +goose Up
SET lock_timeout = 0;

DROP INDEX CONCURRENTLY IF EXISTS users_delete_at_idx;
CREATE INDEX CONCURRENTLY users_delete_at_idx ON users (delete_at) WHERE delete_at IS NOT NULL;

DROP INDEX CONCURRENTLY IF EXISTS one_time_codes_user_id_idx;
CREATE INDEX CONCURRENTLY one_time_codes_user_id_idx ON one_time_codes (user_id) WHERE user_id <> 0;

RESET lock_timeout;
