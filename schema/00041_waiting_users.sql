-- Users that wait until an operator approves them (ENROLL_SIGNUP=approval). Their status is 0, as in AnQiCMS, so that
-- each statement that needs an active user refuses them, also one of the previous version, which takes them for
-- disabled.
--
-- A trigger ends the wait of a user that is enabled. So the previous version, and an UPDATE of the status by hand,
-- admit a user as an approval does. The constraint is about new rows only until it is validated, which locks nothing
-- that a registration needs.
--
-- The index of disabled users is built again without those that wait: strangers can make any number of them, and a page
-- of the list of disabled users must not read them all. Until that is done, the list reads other indexes.

-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE users
    ADD COLUMN IF NOT EXISTS waiting boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN users.status IS '1 active, 0 disabled or waiting; an operator sets it';
COMMENT ON COLUMN users.waiting IS 'registered, and no operator has approved it yet';

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION users_end_wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.waiting := false;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

-- PostgreSQL 13 cannot replace a trigger.
DROP TRIGGER IF EXISTS users_end_wait ON users;
CREATE TRIGGER users_end_wait BEFORE UPDATE OF status ON users
    FOR EACH ROW WHEN (NEW.status <> 0 AND NEW.waiting) EXECUTE FUNCTION users_end_wait();

ALTER TABLE users DROP CONSTRAINT IF EXISTS users_waiting_check;
ALTER TABLE users ADD CONSTRAINT users_waiting_check CHECK (NOT waiting OR status = 0) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT users_waiting_check;

SET lock_timeout = 0;

DROP INDEX CONCURRENTLY IF EXISTS users_waiting_idx;
CREATE INDEX CONCURRENTLY users_waiting_idx ON users (site_id, created_at, id) WHERE waiting;

DROP INDEX CONCURRENTLY IF EXISTS users_disabled_idx;
CREATE INDEX CONCURRENTLY users_disabled_idx ON users (site_id, created_at, id) WHERE status = 0 AND NOT waiting;

RESET lock_timeout;
