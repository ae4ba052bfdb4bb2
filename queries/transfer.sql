-- Export and import of users.

-- name: ExportUsers :many
-- The next users by id, of all sites.
SELECT * FROM users
WHERE id > @after::bigint
ORDER BY id
LIMIT @page;

-- name: ExportGroups :many
-- The next groups of all sites.
SELECT * FROM groups
WHERE (site_id, id) > (@after_site::bigint, @after_id::bigint)
ORDER BY site_id, id
LIMIT @page;

-- name: ImportGroup :execrows
-- A group that exists stays as it is.
INSERT INTO groups (site_id, id, title, description, level)
VALUES (@site_id, @id, @title, @description, @level)
ON CONFLICT ON CONSTRAINT groups_pk DO NOTHING;

-- name: ImportedBefore :many
-- The users that rows of a source have become. gone says that the user is deleted, and now that this run has imported
-- it: all users of a run have its time as that from which tokens without a session are good.
SELECT i.source_id, i.user_id, (u.id IS NULL)::boolean AS gone,
    COALESCE(u.tokens_valid_from = @run_at::timestamptz, false)::boolean AS now,
    i.fingerprint, u.site_id, u.user_name_key, u.email_key, u.phone, u.invite_code
FROM (SELECT unnest(@source_ids::text[]) AS source_id) AS w
JOIN imported_users AS i ON i.source = @source::text AND i.source_id = w.source_id
LEFT JOIN users AS u ON u.id = i.user_id;

-- name: UsersInTheWay :many
-- The users that have an id, an identifier or an invite code of the rows of an import. An empty text matches no user.
-- A user may be returned several times.
WITH w AS (
    SELECT unnest(@ids::bigint[]) AS id, unnest(@site_ids::bigint[]) AS site_id,
        unnest(@user_name_keys::text[]) AS user_name_key, unnest(@user_name_skeletons::text[]) AS user_name_skeleton,
        unnest(@email_keys::text[]) AS email_key, unnest(@phones::text[]) AS phone,
        unnest(@invite_codes::text[]) AS invite_code
), found AS (
    SELECT u.id FROM w JOIN users AS u ON u.id = w.id
    UNION ALL
    SELECT u.id FROM w JOIN users AS u ON u.site_id = w.site_id AND u.user_name_key = w.user_name_key
    UNION ALL
    SELECT u.id FROM w JOIN users AS u ON u.site_id = w.site_id AND u.user_name_skeleton = w.user_name_skeleton
    UNION ALL
    SELECT u.id FROM w JOIN users AS u ON u.site_id = w.site_id AND u.email_key = w.email_key
    UNION ALL
    SELECT u.id FROM w JOIN users AS u ON u.site_id = w.site_id AND u.phone = w.phone
    UNION ALL
    SELECT u.id FROM w JOIN users AS u ON u.site_id = w.site_id AND u.invite_code = w.invite_code
)
SELECT u.id, u.site_id, u.user_name_key, u.user_name_skeleton, u.email_key, u.email_verified_at, u.phone, u.invite_code,
    u.created_at
FROM found JOIN users AS u ON u.id = found.id;

-- name: KeptNamesAmong :many
-- The hashes among these that reserve the name of a deleted user.
SELECT k.name_mac
FROM (SELECT unnest(@site_ids::bigint[]) AS site_id, unnest(@name_macs::bytea[]) AS name_mac) AS w
JOIN kept_names AS k ON k.site_id = w.site_id AND k.name_mac = w.name_mac
WHERE k.kept_until > @now::timestamptz;

-- name: HoldGroups :many
-- The groups among these that exist. None of them can be deleted before the end of the transaction.
SELECT g.site_id, g.id
FROM (SELECT unnest(@site_ids::bigint[]) AS site_id, unnest(@ids::bigint[]) AS id) AS w
JOIN groups AS g ON g.site_id = w.site_id AND g.id = w.id
ORDER BY g.site_id, g.id
FOR KEY SHARE OF g;

-- name: WaitForReader :exec
-- The transaction of an export waits for the program that reads it, for any time.
SELECT set_config('idle_in_transaction_session_timeout', '0', true);

-- name: HoldUserIDs :exec
SELECT hold_user_ids(@upto::bigint);

-- name: DrawUserIDs :many
SELECT nextval(pg_get_serial_sequence('users', 'id')::regclass)::bigint AS id
FROM generate_series(1, @amount::integer);

-- name: ImportQuietly :exec
-- The users of this transaction get no events (schema/00043_events.sql).
SELECT set_config('enroll.import', 'on', true);

-- name: ImportUsers :copyfrom
INSERT INTO users (
    id, site_id, parent_id, user_name, user_name_key, user_name_skeleton, email, email_key, email_verified_at, phone,
    password_hash, real_name, first_name, last_name, avatar_url, introduce, birthday, extra, group_id, status,
    is_retailer, balance, total_reward, invite_code, invite_limit, invites_used, created_at, updated_at, last_login_at,
    expires_at, delete_at, user_name_changed_at, phone_since, email_since, tokens_valid_from, keys_version, waiting,
    terms_version, terms_at, terms_language
) VALUES (
    @id, @site_id, @parent_id, @user_name, @user_name_key, @user_name_skeleton, @email, @email_key, @email_verified_at,
    @phone, @password_hash, @real_name, @first_name, @last_name, @avatar_url, @introduce, @birthday, @extra, @group_id,
    @status, @is_retailer, @balance, @total_reward, @invite_code, @invite_limit, @invites_used, @created_at,
    @updated_at, @last_login_at, @expires_at, @delete_at, @user_name_changed_at, @phone_since, @email_since,
    @tokens_valid_from, @keys_version, @waiting, @terms_version, @terms_at, @terms_language
);

-- name: NoteImported :copyfrom
INSERT INTO imported_users (source, source_id, user_id, parent_id, fingerprint)
VALUES (@source, @source_id, @user_id, @parent_id, @fingerprint);

-- name: WaitingForInviter :many
-- The next users of a source that were imported before their inviters.
SELECT i.source_id, i.user_id, i.parent_id::text AS parent_id FROM imported_users AS i
WHERE i.source = @source::text AND i.source_id > @after::text AND i.parent_id IS NOT NULL
ORDER BY i.source_id
LIMIT 1000;

-- name: LinkInvited :exec
-- Gives users their inviters, which have been imported since.
WITH w AS (
    SELECT unnest(@source_ids::text[]) AS source_id, unnest(@user_ids::bigint[]) AS user_id,
        unnest(@parent_ids::bigint[]) AS parent_id
), linked AS (
    UPDATE users SET parent_id = w.parent_id FROM w WHERE users.id = w.user_id AND users.parent_id IS NULL
)
UPDATE imported_users AS i SET parent_id = NULL FROM w WHERE i.source = @source::text AND i.source_id = w.source_id;
