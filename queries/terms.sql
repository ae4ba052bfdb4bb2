-- name: AcceptTerms :one
-- Stores the terms that a user accepts by a login or by a token. No row: the user has accepted this version before,
-- whose time stays, or was disabled or deleted meanwhile.
UPDATE users SET terms_version = @version::text, terms_at = @now::timestamptz, terms_language = @language::text
WHERE id = @id AND status = 1 AND terms_version IS DISTINCT FROM @version::text
RETURNING *;
