-- An invitation of an operator is used by one conditional statement in the transaction that inserts the invited user,
-- like the invite code of a user (invites.sql). A use, another use and a revocation wait for each other by the row's
-- lock, and then check all conditions again.

-- name: UseInvitation :one
-- group_id is 0 if the invitation names no group, or one that was deleted since. The group is held, so that it is not
-- deleted before the user is in it.
UPDATE invitations AS i
SET used = i.used + 1, used_up_at = CASE WHEN i.used + 1 = i.quota THEN @now::timestamptz END
WHERE i.hash = @hash
    AND i.site_id = @site_id
    AND i.revoked_at IS NULL
    AND (i.expires_at IS NULL OR i.expires_at > @now::timestamptz)
    AND i.used < i.quota
    AND (i.bound_mac IS NULL OR i.bound_mac = @bound_mac::bytea)
RETURNING i.id, coalesce((
    SELECT g.id FROM groups AS g WHERE g.site_id = i.site_id AND g.id = i.group_id FOR KEY SHARE
), 0)::bigint AS group_id;

-- name: InvitationIsOpen :one
-- The conditions of UseInvitation. It is asked before a captcha, a message or a hash is spent, and decides nothing:
-- the invitation may end before it is used.
SELECT EXISTS (
    SELECT FROM invitations AS i
    WHERE i.hash = @hash
        AND i.site_id = @site_id
        AND i.revoked_at IS NULL
        AND (i.expires_at IS NULL OR i.expires_at > @now::timestamptz)
        AND i.used < i.quota
        AND (i.bound_mac IS NULL OR i.bound_mac = @bound_mac::bytea)
);

-- name: InsertInvitation :one
INSERT INTO invitations (
    site_id, hash, bound_to, bound_mac, group_id, quota, used, note, created_by, created_at, expires_at
) VALUES (
    @site_id, @hash, sqlc.narg(bound_to), sqlc.narg(bound_mac), sqlc.narg(group_id), @quota, 0, @note, @created_by,
    @created_at, sqlc.narg(expires_at)
)
RETURNING *;

-- name: Invitations :many
-- The newest invitations of a site before an id.
SELECT * FROM invitations
WHERE site_id = @site_id AND id < @before
ORDER BY id DESC
LIMIT @page;

-- name: RevokeInvitation :one
-- No row: the site has no such invitation, or it was revoked before.
UPDATE invitations SET revoked_at = @now::timestamptz
WHERE site_id = @site_id AND id = @id AND revoked_at IS NULL
RETURNING *;

-- name: PurgeInvitations :execrows
-- Those that ended before a time. An invitation without an end has NULL here, and stays.
DELETE FROM invitations
WHERE ctid = ANY (ARRAY(
    SELECT i.ctid FROM invitations AS i
    WHERE least(i.revoked_at, i.expires_at, i.used_up_at) < @ended_before::timestamptz
    ORDER BY least(i.revoked_at, i.expires_at, i.used_up_at)
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));
