-- The data of users that a deployment describes by a JSON Schema. The previous version inserts none.

-- +goose NO TRANSACTION
-- +goose Up
-- The rows are checked by a statement of its own, which lets others read and write meanwhile.
ALTER TABLE users
    ADD COLUMN IF NOT EXISTS extra jsonb,
    DROP CONSTRAINT IF EXISTS users_extra_check,
    ADD CONSTRAINT users_extra_check CHECK (
        jsonb_typeof(extra) = 'object' AND octet_length(extra::text) <= 16384
    ) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT users_extra_check;

COMMENT ON COLUMN users.extra IS
    'NULL if none was given; 8 KiB at most as the client has sent it, without the blanks that jsonb writes';
