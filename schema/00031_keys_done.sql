-- The version of the rules by which all keys of users have been computed. `enroll migrate` raises it when no
-- older key is left. Until then, replicas of the new version are not ready. The versions in the rows of users do
-- not show this, because replicas of the previous version go on inserting rows.

-- +goose Up
CREATE TABLE keys_done (
    single      boolean NOT NULL,
    version     integer NOT NULL,

    CONSTRAINT keys_done_pk PRIMARY KEY (single),
    CONSTRAINT keys_done_single_check CHECK (single),
    CONSTRAINT keys_done_version_check CHECK (version >= 0)
);

INSERT INTO keys_done (single, version) VALUES (true, 0);

COMMENT ON TABLE keys_done IS 'one row';
COMMENT ON COLUMN keys_done.version IS
    'all keys of users were computed by this version (identifier.DataVersion) when it was set';
