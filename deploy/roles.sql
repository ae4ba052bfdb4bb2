-- The two roles of a deployment. enroll_owner migrates and owns the tables; enroll_app
-- serves and can only read, add, change and delete their rows, and of the audit log only
-- read and add. A stolen password of the service can then neither alter nor drop a table,
-- nor read another schema.
--
-- Run it in Enroll's own database before the first `enroll migrate`, as a superuser
-- or, from PostgreSQL 15 on, as the database's owner with CREATEROLE:
--
--     psql "$ADMIN_URL" -v ON_ERROR_STOP=1 --single-transaction -f deploy/roles.sql
--
-- It may be run again at any time, also on a database that one role has owned so
-- far: enroll_owner then gets its tables and functions. The roles have no password until you set
-- one with \password enroll_owner and \password enroll_app in psql, which send it
-- hashed.

DO $$
DECLARE
    role text;
    item record;
BEGIN
    FOREACH role IN ARRAY ARRAY['enroll_owner', 'enroll_app'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        END IF;
    END LOOP;
    -- A role that is not a superuser can act for the owner below only as its member.
    IF NOT pg_has_role('enroll_owner', 'USAGE') THEN
        EXECUTE format('GRANT enroll_owner TO %I', current_user);
    END IF;

    -- By default every role may connect and create temporary tables.
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO enroll_owner, enroll_app', current_database());
    -- Before PostgreSQL 15, every role may create tables in public.
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    GRANT USAGE, CREATE ON SCHEMA public TO enroll_owner;
    GRANT USAGE ON SCHEMA public TO enroll_app;

    -- Sequences of identity columns change their owner with their tables.
    FOR item IN
        SELECT c.oid::regclass AS name FROM pg_class AS c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND c.relowner <> 'enroll_owner'::regrole
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO enroll_owner', item.name);
    END LOOP;
    -- Functions of extensions stay with their extension.
    FOR item IN
        SELECT p.oid::regprocedure AS name FROM pg_proc AS p
        WHERE p.pronamespace = 'public'::regnamespace AND p.proowner <> 'enroll_owner'::regrole
            AND NOT EXISTS (SELECT FROM pg_depend AS d
                WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('ALTER ROUTINE %s OWNER TO enroll_owner', item.name);
    END LOOP;
END
$$;

-- Existing tables and functions, and those of later migrations. Ids come from identity
-- columns, which need no right to their sequences. A function runs with the rights of the
-- role that calls it, except for the two that change the audit log (SECURITY DEFINER).
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO enroll_app;
ALTER DEFAULT PRIVILEGES FOR ROLE enroll_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO enroll_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO enroll_app;
ALTER DEFAULT PRIVILEGES FOR ROLE enroll_owner IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO enroll_app;

-- enroll_app can read the audit log and add entries. A function of enroll_owner deletes old entries, and a
-- trigger of enroll_owner blanks the network in the own entries of a deleted user. Before the first migration
-- the table does not exist, and its migration revokes the same rights.
DO $$
BEGIN
    IF to_regclass('public.audit_entries') IS NOT NULL THEN
        REVOKE UPDATE, DELETE ON public.audit_entries FROM enroll_app;
    END IF;
    -- Only enroll_owner moves the places of later events (enroll migrate, enroll restored).
    IF to_regclass('public.event_shift') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON public.event_shift FROM enroll_app;
    END IF;
END
$$;
