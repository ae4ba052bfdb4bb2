-- Users' invite codes; invitations.sql has the invitations of operators. A use is counted by one conditional
-- statement in the transaction that inserts the invited user (I2). If two transactions want the last use of
-- a code, the second waits for the first and then finds no row. The code of a user whose deletion is requested
-- is not valid: DeleteUsers (leave.sql) waits until no user has the deleted one as parent_id.

-- name: UseInviteCode :one
-- invite_id is 0 if the request has no id. A code and an id must belong to one user.
UPDATE users SET invites_used = invites_used + 1
WHERE site_id = @site_id
    AND invite_code = @invite_code
    AND (@invite_id::bigint = 0 OR id = @invite_id::bigint)
    AND status = 1
    AND delete_at IS NULL
    AND (invite_limit IS NULL OR invites_used < invite_limit)
RETURNING id;

-- name: UseInviteID :one
-- Ids are sequential, so a stranger could guess an id and use up what that user may invite. So an
-- inviter with a limit must be named by the code. The id alone suffices only if there is no limit.
UPDATE users SET invites_used = invites_used + 1
WHERE site_id = @site_id
    AND id = @invite_id
    AND status = 1
    AND delete_at IS NULL
    AND invite_limit IS NULL
RETURNING id;
