-- The user name of a deleted user is kept from others for a time, so that no stranger registers it and
-- is mistaken for the former user. The table has keyed hashes and no name.

-- +goose Up
CREATE TABLE kept_names (
    site_id     bigint NOT NULL,
    name_mac    bytea NOT NULL,
    kept_until  timestamptz NOT NULL,

    CONSTRAINT kept_names_pk PRIMARY KEY (site_id, name_mac),
    CONSTRAINT kept_names_mac_check CHECK (length(name_mac) = 32)
);

CREATE INDEX kept_names_kept_until_idx ON kept_names (kept_until);

COMMENT ON COLUMN kept_names.name_mac IS 'keyed hash of the key of a user name, or of its skeleton';

-- refuse_kept_name returns an id, or fails like a violated unique constraint if one of the hashes is kept.
-- The statement that inserts a user calls it for the inserted row. It is volatile, so it sees what was
-- committed while that statement waited for the deletion of the earlier user. A query in the statement
-- itself would not see that.
-- +goose StatementBegin
CREATE FUNCTION refuse_kept_name(id bigint, of_site bigint, macs bytea[], at timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF EXISTS (SELECT FROM kept_names AS k
        WHERE k.site_id = of_site AND k.name_mac = ANY (macs) AND k.kept_until > at) THEN
        RAISE EXCEPTION USING ERRCODE = 'unique_violation', CONSTRAINT = 'kept_names_pk', TABLE = 'kept_names',
            MESSAGE = 'the user name is kept';
    END IF;
    RETURN id;
END
$$;
-- +goose StatementEnd
