-- Users that were imported from another system. A row says which user a row of the source has become, so that an
-- import can be repeated: a source row that is here is not imported again, also if its user is deleted by now.

-- +goose Up
CREATE TABLE imported_users (
    source      text NOT NULL,
    source_id   text NOT NULL,
    user_id     bigint NOT NULL,
    parent_id   text,

    CONSTRAINT imported_users_pk PRIMARY KEY (source, source_id),
    CONSTRAINT imported_users_source_check CHECK (source ~ '^[a-z0-9][a-z0-9._-]{0,31}$'),
    CONSTRAINT imported_users_source_id_check CHECK (length(source_id) BETWEEN 1 AND 64),
    CONSTRAINT imported_users_parent_id_check CHECK (length(parent_id) BETWEEN 1 AND 64)
);

-- Few rows wait for their inviter, and for a short time.
CREATE INDEX imported_users_waiting_idx ON imported_users (source, source_id) WHERE parent_id IS NOT NULL;

COMMENT ON TABLE imported_users IS 'rows of other systems that were imported, for a repetition of the import';
COMMENT ON COLUMN imported_users.source IS 'the name of the source, which the operator gives';
COMMENT ON COLUMN imported_users.user_id IS
    'the user that the row has become, without a foreign key: a deleted user is not imported again';
COMMENT ON COLUMN imported_users.parent_id IS 'source id of the inviter while it is not imported; NULL for none';

-- hold_user_ids makes the ids up to a bound available to an import: from its commit on, no registration gets one of
-- them. The lock waits for the inserts that are running, because each may have drawn an id that it has not stored. It
-- keeps writers waiting for the time of this function. The caller needs rights on the sequence.
-- +goose StatementBegin
CREATE FUNCTION hold_user_ids(upto bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ids regclass := pg_get_serial_sequence('users', 'id')::regclass;
BEGIN
    LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;
    -- The sequence begins at 1000, so that smaller ids are free for imports.
    IF upto >= 1000 AND upto > coalesce(pg_sequence_last_value(ids), 0) THEN
        PERFORM setval(ids, upto);
    END IF;
END
$$;
-- +goose StatementEnd
