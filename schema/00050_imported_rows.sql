-- A repetition of an import tells the row of a user from the row of another user with the same id. A server of the
-- version before does not write the column.

-- +goose Up
ALTER TABLE imported_users ADD COLUMN fingerprint smallint;

COMMENT ON COLUMN imported_users.fingerprint IS
    'hash of the row; NULL if not known. It is short, so that it does not tell who a deleted user was';
