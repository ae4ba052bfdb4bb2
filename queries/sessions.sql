-- name: LogIn :one
-- Records a login, begins its session, and returns the user's group, NULL if the group has no row. No row:
-- since the credentials were looked up the user was disabled or deleted, all its sessions were ended, as by
-- a change of the password, or its deletion became due. EndSessions locks the same row, so one of the two
-- comes first (I12). If the user has more than @others sessions, the least recently used are ended, as by
-- EndSession: without its row, a token without a claim sid would be valid again.
-- Logins at one moment may exceed that number until the next login. The trigger users_keep_on_login
-- cancels a requested deletion. The join with groups compares results of subqueries, because for a comparison
-- of columns PostgreSQL 17 may read the whole index of groups.
WITH recorded AS (
    UPDATE users SET last_login_at = @last_login_at
    WHERE users.id = @user_id AND status = 1 AND (delete_at IS NULL OR delete_at > @now::timestamptz)
        AND tokens_valid_from IS NOT DISTINCT FROM sqlc.narg(tokens_valid_from)::timestamptz
    RETURNING users.id, users.site_id, users.group_id
), crowded AS (
    UPDATE sessions AS d SET ended_at = @now, expires_at = @kept_until::timestamptz, network = '', agent = ''
    WHERE d.user_id = (SELECT recorded.id FROM recorded) AND d.id IN (
        SELECT s.id FROM sessions AS s
        WHERE s.user_id = (SELECT recorded.id FROM recorded) AND s.ended_at IS NULL
        ORDER BY s.used_at DESC
        OFFSET @others::integer
    )
), begun AS (
    INSERT INTO sessions (user_id, id, created_at, used_at, expires_at, network, agent)
    SELECT recorded.id, @id::text, @now::timestamptz, @now::timestamptz, @expires_at::timestamptz,
        @network::text, @agent::text
    FROM recorded
)
SELECT recorded.group_id, g.title, g.description, g.level
FROM recorded LEFT JOIN groups AS g
    ON g.site_id = (SELECT r.site_id FROM recorded AS r) AND g.id = (SELECT r.group_id FROM recorded AS r);

-- name: UserAndSession :one
-- The user of a token, the token's session and the user's group. The columns of the session, or of the
-- group, are NULL if it has no row.
SELECT sqlc.embed(users), s.created_at, s.used_at, s.expires_at, s.ended_at, g.title, g.description, g.level
FROM users
LEFT JOIN sessions AS s ON s.user_id = users.id AND s.id = @session_id::text
LEFT JOIN groups AS g ON g.site_id = users.site_id AND g.id = users.group_id
WHERE users.site_id = @site_id AND users.id = @user_id;

-- name: TouchSession :execrows
-- Stores the time of a use if the stored one is before stale, and moves the end of a session whose token is
-- renewed. No row means that another request did so, or that the session was ended, or was deleted and inserted
-- again meanwhile (KeepSession). The commit does not wait for the disk or a standby: if it is lost, the
-- session is at worst purged before its last token ends.
UPDATE sessions AS s SET used_at = @now, expires_at = greatest(s.expires_at, @expires_at)
FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unsynced
WHERE s.user_id = @user_id AND s.id = @id AND s.ended_at IS NULL
    AND (s.used_at <= @stale::timestamptz OR s.expires_at < @expires_at);

-- name: AdoptToken :execrows
-- Stores a session for a token without a claim sid. Its id is the token's jti, so that a repetition finds the
-- session. It began when the token was issued, so that a renewal does not count as a login. No row: that
-- session was ended, or all sessions were. The user is locked against EndSessions.
INSERT INTO sessions AS s (user_id, id, created_at, used_at, expires_at, network, agent)
SELECT u.id, @id::text, @issued_at::timestamptz, @now::timestamptz, @expires_at::timestamptz,
    @network::text, @agent::text
FROM (
    SELECT users.id FROM users
    WHERE users.id = @user_id AND users.status = 1
        AND (users.tokens_valid_from IS NULL OR users.tokens_valid_from <= @issued_at::timestamptz)
    FOR SHARE
) AS u
ON CONFLICT ON CONSTRAINT sessions_pk DO UPDATE SET
    used_at = excluded.used_at, expires_at = greatest(s.expires_at, excluded.expires_at)
WHERE s.ended_at IS NULL;

-- name: SessionsOfUser :many
-- The sessions that a user may still use, the most recently used first. A session may be listed for up to an
-- hour after its last token has expired: expires_at is the latest time at which that token can expire, and
-- a session that is live must not be missing. Sessions that began before begun_after have reached the
-- greatest age of a session.
SELECT id, created_at, used_at, network, agent FROM sessions
WHERE user_id = @user_id AND ended_at IS NULL AND expires_at > @now AND created_at > @begun_after
ORDER BY used_at DESC, id
LIMIT @max_sessions;

-- name: EndSession :execrows
-- Ends one session and forgets its client. No row: there is no such session, or it was ended before. The row
-- stays until kept_until: a token without a claim sid is then expired or refused for another reason.
UPDATE sessions SET ended_at = @now::timestamptz, expires_at = @kept_until, network = '', agent = ''
WHERE user_id = @user_id AND id = @id AND ended_at IS NULL;

-- name: EndToken :exec
-- Ends a token without a claim sid, by the row of a session that has ended and whose id is the token's jti.
INSERT INTO sessions AS s (user_id, id, created_at, used_at, expires_at, ended_at, network, agent)
VALUES (@user_id, @id, @now, @now, @kept_until, @now, '', '')
ON CONFLICT ON CONSTRAINT sessions_pk DO UPDATE SET
    ended_at = excluded.ended_at, expires_at = excluded.expires_at, network = '', agent = '';

-- name: EndSessions :execrows
-- Ends all sessions of a user, by the trigger users_end_sessions, and its tokens without a session. The
-- time is later than that of any earlier call, because LogIn compares it. No row: there is no such user.
UPDATE users SET tokens_valid_from = greatest(
    date_trunc('second', @now::timestamptz) + interval '1 second',
    tokens_valid_from + interval '1 microsecond'
) WHERE id = @user_id;

-- name: LockUser :exec
-- Locks a user as EndSessions does. The next statement reads what the last holder of the lock has
-- committed. This statement itself would read what was there before the wait.
SELECT users.id FROM users WHERE users.id = @user_id FOR NO KEY UPDATE;

-- name: SessionOfUser :one
-- A live session. Lock the user before, so that it cannot end, or be deleted and inserted again, meanwhile.
SELECT * FROM sessions WHERE user_id = @user_id AND id = @id AND ended_at IS NULL FOR UPDATE;

-- name: KeepSession :exec
-- Inserts again a session that EndSessions has deleted with the others, in the same transaction.
INSERT INTO sessions (user_id, id, created_at, used_at, expires_at, network, agent)
VALUES (@user_id, @id, @created_at, @used_at, @expires_at, @network, @agent);

-- name: PurgeSessions :execrows
DELETE FROM sessions
WHERE ctid = ANY (ARRAY(
    SELECT s.ctid FROM sessions AS s
    WHERE s.expires_at < @expired_before
    ORDER BY s.expires_at
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));
