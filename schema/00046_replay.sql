-- Operators have events sent again that were set aside, also by the admin API, with a key that has events:write.

-- +goose Up
COMMENT ON COLUMN deliveries.turn IS
    'changes with each claim and each replay: a replica whose claim has ended changes nothing';

ALTER TABLE service_keys
    DROP CONSTRAINT service_keys_scopes_check,
    ADD CONSTRAINT service_keys_scopes_check CHECK (
        cardinality(scopes) > 0 AND
        scopes <@ ARRAY['users:read', 'users:write', 'tokens:introspect', 'audit:read', 'events:read', 'events:write']
    );
