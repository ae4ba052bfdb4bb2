-- Disabling a user ends its tokens permanently: they stay refused when the user is enabled again. A
-- trigger sets the time, so that an UPDATE of the status by hand ends them, too.

-- +goose Up
ALTER TABLE users ADD COLUMN tokens_valid_from timestamptz;

COMMENT ON COLUMN users.tokens_valid_from IS 'tokens that were issued before are refused; NULL is none';

-- +goose StatementBegin
CREATE FUNCTION users_end_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Tokens carry whole seconds: one of the same second may have been issued before.
    NEW.tokens_valid_from := date_trunc('second', clock_timestamp()) + interval '1 second';
    RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER users_end_tokens BEFORE UPDATE OF status ON users
    FOR EACH ROW WHEN (NEW.status = 0 AND OLD.status <> 0) EXECUTE FUNCTION users_end_tokens();
