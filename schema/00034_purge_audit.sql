-- purge_audit reads the entries that it deletes and no others. clock_timestamp() is volatile, so that no index could
-- be used for the bound: each call read all entries that are kept. now() is stable.

-- +goose Up
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION purge_audit(kept_after timestamptz) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    WITH purged AS (
        DELETE FROM audit_entries WHERE id = ANY (ARRAY(
            SELECT e.id FROM audit_entries AS e
            WHERE e.at < least(kept_after, now() - interval '30 days')
            ORDER BY e.at
            LIMIT 1000
            FOR UPDATE SKIP LOCKED
        )) RETURNING 1
    )
    SELECT count(*) FROM purged
$$;
-- +goose StatementEnd

-- The replacement has dropped these properties. Ownership and grants stay.
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION purge_audit(timestamptz) SECURITY DEFINER SET search_path = %I, pg_temp',
        current_schema());
END
$$;
-- +goose StatementEnd
