-- A person may leave. users.delete_at says when the row, and all else that is held about the
-- person, is deleted; until then a login takes the deletion back.

-- +goose Up
ALTER TABLE users ADD COLUMN delete_at timestamptz;

COMMENT ON COLUMN users.delete_at IS 'when the user is deleted, by request of the holder; NULL unless requested';

-- A trigger and not the statement that logs in, because servers of the previous version, which do
-- not know the column, log people in as well while they are replaced.
-- +goose StatementBegin
CREATE FUNCTION users_keep_on_login() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.delete_at := NULL;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER users_keep_on_login BEFORE UPDATE OF last_login_at ON users
    FOR EACH ROW WHEN (OLD.delete_at IS NOT NULL) EXECUTE FUNCTION users_keep_on_login();
