-- The audit log: actor, act, user, time, network and key. It has the acts of operators, the changes and
-- verifications of credentials, and the requested and canceled deletions of accounts. It names users by
-- their ids, and has no identifier and no secret.
--
-- The role that serves may read and add entries. It may not change or delete them. Two functions run
-- with the rights of the owner. One deletes old entries, but none younger than 30 days; the other
-- blanks the network in the own entries of a deleted user.

-- +goose Up
CREATE TABLE audit_entries (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    actor_name  text NOT NULL,
    act         text NOT NULL,
    site_id     bigint,
    user_id     bigint,
    network     text NOT NULL,
    detail      text NOT NULL,

    CONSTRAINT audit_entries_pk PRIMARY KEY (id),
    CONSTRAINT audit_entries_actor_check CHECK (actor IN ('self', 'key', 'command')),
    -- A holder acts without a name, so that no entry has an identifier.
    CONSTRAINT audit_entries_actor_name_check CHECK (
        (actor = 'self') = (actor_name = '') AND length(actor_name) <= 64
    ),
    CONSTRAINT audit_entries_act_check CHECK (length(act) BETWEEN 1 AND 64),
    CONSTRAINT audit_entries_network_check CHECK (length(network) <= 64),
    CONSTRAINT audit_entries_detail_check CHECK (length(detail) <= 200)
);

CREATE INDEX audit_entries_at_idx ON audit_entries (at);
CREATE INDEX audit_entries_user_id_idx ON audit_entries (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX audit_entries_site_id_idx ON audit_entries (site_id, id) WHERE site_id IS NOT NULL;

COMMENT ON TABLE audit_entries IS 'acts of operators and changes of credentials; entries are added and not changed';
COMMENT ON COLUMN audit_entries.actor IS 'self: the holder; key: a service key; command: the command line';
COMMENT ON COLUMN audit_entries.actor_name IS 'the key, or the system''s account that ran the command; empty for self';
COMMENT ON COLUMN audit_entries.user_id IS 'whom the act is about, without a foreign key: the entry outlives the user';
COMMENT ON COLUMN audit_entries.network IS 'of the client: IPv4 /24 or IPv6 /48, empty if unknown or forgotten';

-- The bound of 30 days is by the clock of the database: with a stolen password of the service, nothing that
-- was done in the last 30 days can be hidden.
-- +goose StatementBegin
CREATE FUNCTION purge_audit(kept_after timestamptz) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    WITH purged AS (
        DELETE FROM audit_entries WHERE id = ANY (ARRAY(
            SELECT e.id FROM audit_entries AS e
            WHERE e.at < least(kept_after, clock_timestamp() - interval '30 days')
            ORDER BY e.at
            LIMIT 1000
            FOR UPDATE SKIP LOCKED
        )) RETURNING 1
    )
    SELECT count(*) FROM purged
$$;
-- +goose StatementEnd

-- After the deletion of a user its id identifies no person, but a network may do so.
-- +goose StatementBegin
CREATE FUNCTION users_forget_networks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE audit_entries SET network = '' WHERE user_id = OLD.id AND actor = 'self' AND network <> '';
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER users_forget_networks AFTER DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION users_forget_networks();

-- The functions find the table only in the schema of this migration, not an object of the same name in
-- another schema.
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION purge_audit(timestamptz) SECURITY DEFINER SET search_path = %I, pg_temp',
        current_schema());
    EXECUTE format('ALTER FUNCTION users_forget_networks() SECURITY DEFINER SET search_path = %I, pg_temp',
        current_schema());
    REVOKE EXECUTE ON FUNCTION purge_audit(timestamptz) FROM PUBLIC;
    -- deploy/roles.sql grants all four rights on tables that are made later.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'enroll_app') THEN
        REVOKE UPDATE, DELETE ON audit_entries FROM enroll_app;
    END IF;
END
$$;
-- +goose StatementEnd
