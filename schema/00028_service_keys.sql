-- Keys by which programs of an operator use the admin API. A key is shown once; the row has a hash of
-- it. A revoked key stays, because entries of the audit log name it: its name is never given again.

-- +goose Up
CREATE TABLE service_keys (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    name        text NOT NULL,
    hash        bytea NOT NULL,
    scopes      text[] NOT NULL,
    site_id     bigint,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    revoked_at  timestamptz,
    used_at     timestamptz,

    CONSTRAINT service_keys_pk PRIMARY KEY (id),
    CONSTRAINT service_keys_name_unique UNIQUE (name),
    CONSTRAINT service_keys_name_check CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    CONSTRAINT service_keys_hash_check CHECK (length(hash) = 32),
    CONSTRAINT service_keys_scopes_check CHECK (
        cardinality(scopes) > 0 AND
        scopes <@ ARRAY['users:read', 'users:write', 'tokens:introspect', 'audit:read', 'events:read']
    ),
    CONSTRAINT service_keys_site_id_check CHECK (site_id > 0)
);

COMMENT ON COLUMN service_keys.hash IS 'SHA-256 of the key, which has 256 random bits';
COMMENT ON COLUMN service_keys.site_id IS 'the only site that the key is for; NULL is all';
COMMENT ON COLUMN service_keys.used_at IS 'last use, right to an hour; NULL is never';
