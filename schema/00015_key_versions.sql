-- A key is computed from rules and tables that change with releases. Each row says by which
-- version of them its keys were made: `enroll migrate` computes older ones again. Rows of
-- earlier releases, and of those that run beside this one, are of version 0.

-- +goose Up
ALTER TABLE users ADD COLUMN keys_version integer NOT NULL DEFAULT 0;

COMMENT ON COLUMN users.keys_version IS
    'no key of the row is older than this version of the rules (identifier.DataVersion)';
