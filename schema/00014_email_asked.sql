-- Whether an email is taken is answered once for a code: a person with one phone could ask for
-- as many emails as fit into the life of a code.

-- +goose Up
ALTER TABLE one_time_codes ADD COLUMN email_asked boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN one_time_codes.email_asked IS
    'a registration by this code was answered that its email is taken; the code registers without an email only';
