-- Invitations that have ended are purged. The end of one that is used up is the time of its last use, which the
-- previous version does not write: one that it uses up during the upgrade stays until it is revoked.

-- +goose Up
ALTER TABLE invitations
    ADD COLUMN used_up_at timestamptz,
    ADD CONSTRAINT invitations_used_up_at_check CHECK (used_up_at IS NULL OR used = quota);

UPDATE invitations SET used_up_at = now() WHERE used = quota;

COMMENT ON COLUMN invitations.used_up_at IS 'when the last person of the quota has registered';

-- least ignores NULLs: it is the end of an invitation, and NULL if that has none.
CREATE INDEX invitations_ended_at_idx ON invitations ((least(revoked_at, expires_at, used_up_at)));
