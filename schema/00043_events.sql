-- Events: what has happened to users, for programs that follow it (invariant I7 of internal/account: an event exists
-- if and only if its change does). Triggers write them, because many statements change users, some of them in servers
-- of the previous version or typed by an operator, and each would have to remember it. An event has no value, no
-- identifier and no network, so that the deletion of its user leaves nothing in it to erase.

-- +goose Up
CREATE TABLE events (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    tx          bigint NOT NULL,
    site_id     bigint NOT NULL,
    user_id     bigint NOT NULL,
    seq         integer NOT NULL,
    type        text NOT NULL,
    at          timestamptz NOT NULL,
    fields      text[] NOT NULL,

    CONSTRAINT events_pk PRIMARY KEY (tx, id),
    CONSTRAINT events_user_seq_unique UNIQUE (user_id, seq),
    CONSTRAINT events_seq_check CHECK (seq > 0),
    CONSTRAINT events_type_check CHECK (length(type) BETWEEN 1 AND 64)
);

CREATE INDEX events_at_idx ON events (at);

COMMENT ON TABLE events IS 'what has happened to users; the triggers users_write_* add rows, and none is changed';
COMMENT ON COLUMN events.tx IS
    'the order of the log, see next_event_tx: a reader that has passed one value finds no further event with it';
COMMENT ON COLUMN events.user_id IS 'without a foreign key: the event outlives the user';
COMMENT ON COLUMN events.seq IS 'the number of the event among those of its user, from 1 without a gap';
COMMENT ON COLUMN events.fields IS 'of user.updated, the names of the fields that have changed';

ALTER TABLE users
    ADD COLUMN event_seq integer NOT NULL DEFAULT 0,
    ADD COLUMN password_tx bigint;

COMMENT ON COLUMN users.event_seq IS 'the seq of the last event of the user; 0 is none';
COMMENT ON COLUMN users.password_tx IS
    'the transaction that has changed password_hash; it is a change of the password if it also ends the sessions';

-- What is added to ids of transactions. Another database cluster, into which a dump is restored, begins to count
-- transactions anew; `enroll restored` raises the shift, so that later events stay later. No row is 0.
CREATE TABLE event_shift (
    single      boolean NOT NULL,
    shift       bigint NOT NULL,

    CONSTRAINT event_shift_pk PRIMARY KEY (single),
    CONSTRAINT event_shift_single_check CHECK (single)
);

COMMENT ON TABLE event_shift IS 'one row at most';

-- deploy/roles.sql grants all four rights on tables that are made later.
-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'enroll_app') THEN
        REVOKE INSERT, UPDATE, DELETE ON event_shift FROM enroll_app;
    END IF;
END
$$;
-- +goose StatementEnd

-- next_event_tx returns the place in the log of an event that the transaction writes about a user whose last event is
-- number last_seq. The place is not less than the transaction's own id. So no event can still appear below the oldest
-- transaction that runs (events_below), and a reader that stops there misses none. The place is also not less than that
-- of the user's last event, so that the events of a user are in the order of seq. The caller has locked the user.
-- +goose StatementBegin
CREATE FUNCTION next_event_tx(of_user bigint, last_seq integer) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT greatest(
        pg_current_xact_id()::text::bigint + coalesce((SELECT s.shift FROM event_shift AS s), 0),
        (SELECT e.tx FROM events AS e WHERE e.user_id = of_user AND e.seq = last_seq)
    )
$$;
-- +goose StatementEnd

-- events_below returns the place below which the log is complete.
-- +goose StatementBegin
CREATE FUNCTION events_below() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + coalesce((SELECT s.shift FROM event_shift AS s), 0)
$$;
-- +goose StatementEnd

-- A new user gives user.registered. It also gives user.verified if its email is verified, and user.disabled if it is
-- disabled or waits for approval. The approval gives user.enabled later.
-- +goose StatementBegin
CREATE FUNCTION users_write_registered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- This statement is a part of each registration, so it calls no further function.
    INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
    VALUES (pg_current_xact_id()::text::bigint + coalesce((SELECT s.shift FROM event_shift AS s), 0),
        NEW.site_id, NEW.id, 1, 'user.registered', clock_timestamp(), '{}');
    NEW.event_seq := 1;
    IF NEW.email_verified_at IS NOT NULL THEN
        INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
        VALUES (next_event_tx(NEW.id, 1), NEW.site_id, NEW.id, 2, 'user.verified', clock_timestamp(), '{}');
        NEW.event_seq := 2;
    END IF;
    IF NEW.status = 0 THEN
        INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
        VALUES (next_event_tx(NEW.id, NEW.event_seq), NEW.site_id, NEW.id, NEW.event_seq + 1, 'user.disabled',
            clock_timestamp(), '{}');
        NEW.event_seq := NEW.event_seq + 1;
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

-- An import sets enroll.import for its transaction. Otherwise programs that follow the events would get one for each
-- imported user, perhaps a million.
CREATE TRIGGER users_write_registered BEFORE INSERT ON users
    FOR EACH ROW WHEN (current_setting('enroll.import', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION users_write_registered();

-- An import may bring back the id of a user that was deleted and whose events are still kept. The next event of the id
-- continues their numbers.
-- +goose StatementBegin
CREATE FUNCTION users_continue_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.event_seq := coalesce((SELECT max(e.seq) FROM events AS e WHERE e.user_id = NEW.id), 0);
    RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER users_continue_events BEFORE INSERT ON users
    FOR EACH ROW WHEN (current_setting('enroll.import', true) = 'on')
    EXECUTE FUNCTION users_continue_events();

-- A change of a user. One change may give several events.
--
-- A new password ends all sessions in its transaction. A hash that a login computes anew from the same password ends
-- none. So only the end of the sessions shows that the password has changed.
-- +goose StatementBegin
CREATE FUNCTION users_write_events() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own bigint := pg_current_xact_id()::text::bigint;
    types text[] := '{}';
    changed text[];
BEGIN
    changed := array_remove(ARRAY[
        CASE WHEN NEW.user_name IS DISTINCT FROM OLD.user_name THEN 'user_name' END,
        CASE WHEN NEW.email IS DISTINCT FROM OLD.email THEN 'email' END,
        CASE WHEN NEW.email_verified_at IS NULL AND OLD.email_verified_at IS NOT NULL THEN 'email_verified' END,
        CASE WHEN NEW.phone IS DISTINCT FROM OLD.phone THEN 'phone' END,
        CASE WHEN NEW.real_name <> OLD.real_name THEN 'real_name' END,
        CASE WHEN NEW.first_name <> OLD.first_name THEN 'first_name' END,
        CASE WHEN NEW.last_name <> OLD.last_name THEN 'last_name' END,
        CASE WHEN NEW.avatar_url <> OLD.avatar_url THEN 'avatar_url' END,
        CASE WHEN NEW.introduce <> OLD.introduce THEN 'introduce' END,
        CASE WHEN NEW.birthday IS DISTINCT FROM OLD.birthday THEN 'birthday' END,
        CASE WHEN NEW.extra IS DISTINCT FROM OLD.extra THEN 'extra' END,
        CASE WHEN NEW.group_id <> OLD.group_id THEN 'group_id' END,
        CASE WHEN NEW.delete_at IS DISTINCT FROM OLD.delete_at THEN 'delete_time' END
    ], NULL);
    IF cardinality(changed) > 0 THEN
        types := types || 'user.updated'::text;
    END IF;
    -- New rules for keys change email_key and not email. A letter in another case changes email and not email_key.
    IF NEW.email_verified_at IS NOT NULL AND (OLD.email_verified_at IS NULL
        OR NEW.email_key IS DISTINCT FROM OLD.email_key AND NEW.email IS DISTINCT FROM OLD.email) THEN
        types := types || 'user.verified'::text;
    END IF;
    IF NEW.password_hash IS DISTINCT FROM OLD.password_hash THEN
        NEW.password_tx := own;
    END IF;
    IF NEW.password_tx = own AND NEW.tokens_valid_from IS DISTINCT FROM OLD.tokens_valid_from THEN
        NEW.password_tx := NULL;
        types := types || 'user.password_changed'::text;
    END IF;
    IF NEW.status <> OLD.status THEN
        types := types || CASE NEW.status WHEN 0 THEN 'user.disabled' ELSE 'user.enabled' END;
    END IF;
    IF cardinality(types) > 0 THEN
        INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
        SELECT next_event_tx(NEW.id, OLD.event_seq), NEW.site_id, NEW.id, OLD.event_seq + t.n, t.type,
            clock_timestamp(), CASE t.type WHEN 'user.updated' THEN changed ELSE '{}' END
        FROM unnest(types) WITH ORDINALITY AS t (type, n)
        ORDER BY t.n;
        NEW.event_seq := OLD.event_seq + cardinality(types);
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

-- Triggers run in the order of their names, so this one sees what users_end_tokens and users_keep_on_login have set.
-- The condition keeps logins and counters away from the function.
CREATE TRIGGER users_write_events BEFORE UPDATE ON users
    FOR EACH ROW WHEN (
        (OLD.user_name, OLD.email, OLD.email_key, OLD.email_verified_at, OLD.phone, OLD.real_name, OLD.first_name,
            OLD.last_name, OLD.avatar_url, OLD.introduce, OLD.birthday, OLD.extra, OLD.group_id, OLD.delete_at,
            OLD.password_hash, OLD.status)
        IS DISTINCT FROM
        (NEW.user_name, NEW.email, NEW.email_key, NEW.email_verified_at, NEW.phone, NEW.real_name, NEW.first_name,
            NEW.last_name, NEW.avatar_url, NEW.introduce, NEW.birthday, NEW.extra, NEW.group_id, NEW.delete_at,
            NEW.password_hash, NEW.status)
        OR OLD.tokens_valid_from IS DISTINCT FROM NEW.tokens_valid_from
            AND OLD.password_tx = pg_current_xact_id()::text::bigint
    ) EXECUTE FUNCTION users_write_events();

-- +goose StatementBegin
CREATE FUNCTION users_write_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
    VALUES (next_event_tx(OLD.id, OLD.event_seq), OLD.site_id, OLD.id, OLD.event_seq + 1, 'user.deleted',
        clock_timestamp(), '{}');
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER users_write_deleted AFTER DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION users_write_deleted();
