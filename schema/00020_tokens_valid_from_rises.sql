-- A disabling always moves users.tokens_valid_from forward, also within one second of the end of all
-- sessions. The trigger users_end_sessions runs if the column has changed, and a login compares its
-- values.

-- +goose Up
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION users_end_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Tokens carry whole seconds: one of the same second may have been issued before.
    NEW.tokens_valid_from := greatest(
        date_trunc('second', clock_timestamp()) + interval '1 second',
        OLD.tokens_valid_from + interval '1 microsecond'
    );
    RETURN NEW;
END
$$;
-- +goose StatementEnd
