-- A holder may have the account deleted. users.delete_at says when the row, and all else that is held
-- about the person, is deleted; until then a login cancels the deletion.

-- +goose Up
ALTER TABLE users ADD COLUMN delete_at timestamptz;

COMMENT ON COLUMN users.delete_at IS 'when the user is deleted, by request of the holder; NULL unless requested';

-- This is a trigger and not a part of the statement LogIn, because servers of the previous version log
-- people in, too, while they are replaced, and do not know the column.
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
