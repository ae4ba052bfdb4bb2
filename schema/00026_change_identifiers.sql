-- Users change what they log in with.

-- +goose Up
ALTER TABLE users
    ADD COLUMN user_name_changed_at timestamptz,
    ADD COLUMN phone_since timestamptz,
    ADD COLUMN email_since timestamptz;

COMMENT ON COLUMN users.user_name_changed_at IS
    'when the user name was last changed, NULL for never; the next change is allowed ENROLL_NAME_CHANGE_AFTER later';
COMMENT ON COLUMN users.phone_since IS
    'when the phone took the place of another or of none, NULL if it is that of the registration; '
    'the phone recovers nothing for a day';
COMMENT ON COLUMN users.email_since IS 'as phone_since, for the email';
