-- Lists of users for operators: newest first, of a site, of a group, and those that are disabled. Each page
-- is one range of an index, so that it costs the same at any place in the list.
--
-- The indexes are built while the service runs; what a build that was cut off has left behind
-- is removed first. The update of a login changes an indexed column only if it cancels a
-- deletion.

-- +goose NO TRANSACTION
-- +goose Up
SET lock_timeout = 0;

DROP INDEX CONCURRENTLY IF EXISTS users_created_at_idx;
CREATE INDEX CONCURRENTLY users_created_at_idx ON users (site_id, created_at, id);

DROP INDEX CONCURRENTLY IF EXISTS users_group_id_idx;
CREATE INDEX CONCURRENTLY users_group_id_idx ON users (site_id, group_id, created_at, id);

DROP INDEX CONCURRENTLY IF EXISTS users_disabled_idx;
CREATE INDEX CONCURRENTLY users_disabled_idx ON users (site_id, created_at, id) WHERE status = 0;

RESET lock_timeout;
