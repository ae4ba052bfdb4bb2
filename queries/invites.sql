-- An invitation is used by one conditional statement in the transaction that inserts the invited
-- user (I2). If two transactions want its last use, the second waits for the first and then finds
-- no row. A user that is about to be deleted invites none, so that it can be deleted.

-- name: UseInviteCode :one
UPDATE users SET invites_used = invites_used + 1
WHERE site_id = @site_id
    AND invite_code = @invite_code
    AND (@invite_id::bigint = 0 OR id = @invite_id::bigint)
    AND status = 1
    AND delete_at IS NULL
    AND (invite_limit IS NULL OR invites_used < invite_limit)
RETURNING id;

-- name: UseInviteID :one
-- Ids are sequential, so a stranger could use up another's invitations by guessing them: where
-- there is a limit, the id counts only beside the code.
UPDATE users SET invites_used = invites_used + 1
WHERE site_id = @site_id
    AND id = @invite_id
    AND status = 1
    AND delete_at IS NULL
    AND invite_limit IS NULL
RETURNING id;
