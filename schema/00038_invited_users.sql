-- The invitation of an operator by which a user has registered. The previous version inserts none.
--
-- The column is not a foreign key: invitations are purged, but users keep the id, by which the audit log names the
-- invitation. Ids of invitations are never used again. The index is for the list of the users of an invitation. It
-- has no entries of users that registered without one.

-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE users
    ADD COLUMN IF NOT EXISTS invitation_id bigint;

COMMENT ON COLUMN users.invitation_id IS 'the invitation of an operator that was used; NULL for none, no foreign key';

SET lock_timeout = 0;

DROP INDEX CONCURRENTLY IF EXISTS users_invitation_id_idx;
CREATE INDEX CONCURRENTLY users_invitation_id_idx ON users (site_id, invitation_id, created_at, id)
    WHERE invitation_id IS NOT NULL;

RESET lock_timeout;
