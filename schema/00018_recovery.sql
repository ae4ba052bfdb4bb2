-- Codes to reset a password, and notices: messages to the holder of an account about a change
-- of the account. A notice is written in the transaction of its change (the pattern is called a
-- transactional outbox) and sent after the commit, so that a crash loses no notice, and no notice
-- is sent about a change that did not happen.

-- +goose Up
-- Purposes are only added, so what the previous version of the service writes stays valid.
-- 'change' is for a new phone or email of an account.
ALTER TABLE one_time_codes
    DROP CONSTRAINT one_time_codes_purpose_check,
    ADD CONSTRAINT one_time_codes_purpose_check
        CHECK (purpose IN ('register', 'login', 'verify', 'reset', 'change'));

CREATE TABLE notices (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    user_id     bigint NOT NULL,
    kind        text NOT NULL,
    address     text NOT NULL,
    locale      text NOT NULL,
    created_at  timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    attempts    integer NOT NULL,

    CONSTRAINT notices_pk PRIMARY KEY (id),
    CONSTRAINT notices_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT notices_kind_check CHECK (length(kind) BETWEEN 1 AND 32),
    CONSTRAINT notices_address_check CHECK (length(address) BETWEEN 3 AND 254),
    CONSTRAINT notices_locale_check CHECK (length(locale) <= 35),
    CONSTRAINT notices_attempts_check CHECK (attempts >= 0)
);

CREATE INDEX notices_due_at_idx ON notices (due_at);
-- The deletion of a user looks its notices up by this index, because of the foreign key.
CREATE INDEX notices_user_id_idx ON notices (user_id);

COMMENT ON COLUMN notices.kind IS 'what has happened; internal/notice has the list';
COMMENT ON COLUMN notices.address IS 'the email that gets the message, as it was when the change was made';
COMMENT ON COLUMN notices.created_at IS 'when the change was made, which the message says';
COMMENT ON COLUMN notices.due_at IS 'when the next attempt may begin; the running one has moved it';
COMMENT ON COLUMN notices.attempts IS 'attempts that have begun, the running one included';
