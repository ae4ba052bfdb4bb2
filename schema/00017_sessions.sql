-- Sessions (invariant I12 of internal/account): a token is valid only while its session is live. The
-- token's claim sid is the id of the row. A statement that ends single sessions (EndSession, EndToken, LogIn)
-- keeps their rows for 2 hours or longer. The end of all sessions deletes the rows. The kept row matters for
-- tokens of earlier releases: they have no sid, their jti is the id, and without a row they are valid.
--
-- A network and the name of a program are kept for the list in which a user can find a login of
-- another person.

-- +goose Up
CREATE TABLE sessions (
    user_id     bigint NOT NULL,
    id          text NOT NULL,
    created_at  timestamptz NOT NULL,
    used_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    network     text NOT NULL,
    agent       text NOT NULL,

    -- Every statement but the purge knows the user, so one index serves look-up, list and foreign key.
    CONSTRAINT sessions_pk PRIMARY KEY (user_id, id),
    CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT sessions_id_check CHECK (length(id) BETWEEN 1 AND 64),
    CONSTRAINT sessions_network_check CHECK (length(network) <= 64),
    CONSTRAINT sessions_agent_check CHECK (length(agent) <= 64)
-- Room on a page lets used_at change without a new entry in an index.
) WITH (fillfactor = 90);

CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

COMMENT ON COLUMN sessions.id IS 'claim sid of its tokens, or jti of a token without sid';
COMMENT ON COLUMN sessions.used_at IS 'last use, right to an hour';
COMMENT ON COLUMN sessions.expires_at IS 'not before the end of its last token; then the row may be purged';
COMMENT ON COLUMN sessions.network IS 'of the client that logged in: IPv4 /24 or IPv6 /48, empty if unknown';
COMMENT ON COLUMN sessions.agent IS 'program and system of that client in words, empty if unknown';

-- A change of tokens_valid_from ends all sessions of the user in the same transaction. It does not
-- matter what makes the change: this release, an earlier release that disables a user, or an
-- operator's UPDATE users SET tokens_valid_from = now(). The lock on the user is taken before the
-- sessions are read. If a login committed first, its session is deleted. If it commits later, it finds
-- the column changed and stores no session (LogIn).
-- +goose StatementBegin
CREATE FUNCTION users_end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM sessions WHERE user_id = NEW.id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER users_end_sessions AFTER UPDATE ON users
    FOR EACH ROW WHEN (NEW.tokens_valid_from IS DISTINCT FROM OLD.tokens_valid_from)
    EXECUTE FUNCTION users_end_sessions();

COMMENT ON COLUMN users.tokens_valid_from IS
    'tokens without a session that were issued before are refused; a change ends all sessions; NULL is none';
