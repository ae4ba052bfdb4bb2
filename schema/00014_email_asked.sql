-- Whether an email is taken is answered once for each code. Otherwise a person with one phone could
-- ask about as many emails as the life of a code allows.

-- +goose Up
ALTER TABLE one_time_codes ADD COLUMN email_asked boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN one_time_codes.email_asked IS
    'a registration by this code was answered that its email is taken; the code registers without an email only';
